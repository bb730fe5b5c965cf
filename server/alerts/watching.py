"""Counts the figure of each alert, as its owner may see it, and stores since which day it has been at its limit.

`Alert.risen_on` is that day in the owner's calendar, `risen_number` the figure that the owner was last told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import delete, exists, update
from sqlmodel import Session, col, select

from server.alerts.kinds import KINDS
from server.models.alert import Alert
from server.models.reminder import Delivery, NotificationItem
from server.models.scope import manages
from server.questions.answering import Question, totals_of
from server.questions.asking import Asking, Company
from server.questions.definition import Definition
from server.questions.dimensions import ALWAYS
from server.reminders.person import Person
from server.views.reader import Reader

DIMENSIONS: Final = {dimension.name: dimension for dimension in ALWAYS}
ALERT: Final = "alert"  # the kind of reminder


@dataclass(frozen=True)
class Watched:
    alert: Alert
    number: int

    @property
    def is_so(self) -> bool:
        return bool(self.number >= self.alert.terms["limit"])


def question_of(alert: Alert, asking: Asking, rows: bool = False) -> Question:
    """`rows`: for the list of rows behind its number, else for the number."""
    kind = KINDS[alert.kind]
    measure = kind.behind(alert.terms) if rows else kind.measure(alert.terms)
    only = {"territory": (alert.territory_id,)} if alert.territory_id else {}
    return Question(asking, Definition("", (), "week", only), DIMENSIONS, measure)


def numbers_of(session: Session, alerts: Sequence[Alert], readers: Mapping[str, Reader]) -> list[Watched]:
    """The figures of all alerts, with one statement; data of the company are read once. `readers`: by user id."""
    company = Company(session)
    asking = {id_: Asking(session, reader, company) for id_, reader in readers.items()}
    asked = [question_of(alert, asking[alert.user_id]) for alert in alerts]
    if not asked:
        return []
    told = totals_of(asked[0].asking, asked)
    return [Watched(alert, number) for alert, number in zip(alerts, told, strict=True)]


def look(session: Session, people: Iterable[Person], now: datetime) -> list[dict[str, Any]]:
    """The alerts whose `risen_on` has changed, of people who want to be told at this time: rows for `note`."""
    alerts = session.exec(select(Alert).order_by(col(Alert.id))).all()
    watched, days = _watched(session, alerts, people, now)
    found = [(one, _state(one, days[one.alert.user_id])) for one in watched]
    return [{"id": one.alert.id, **state} for one, state in found if state["risen_on"] != one.alert.risen_on]


def look_again(session: Session, people: Iterable[Person], now: datetime) -> None:
    """Just before notifications are sent: ends alerts that are below their limit by now, and updates the numbers of
    the others."""
    named = {person.user.id: person for person in people}
    risen = select(Alert).where(col(Alert.user_id).in_(named), col(Alert.risen_on).is_not(None))
    watched, _ = _watched(session, session.exec(risen).all(), named.values(), now)
    note(
        session,
        [
            {
                "id": one.alert.id,
                "risen_on": one.alert.risen_on if one.is_so else None,
                "risen_number": one.number if one.is_so else None,
            }
            for one in watched
        ],
    )
    _forget_untold(session, [one.alert.id for one in watched if not one.is_so])


def _forget_untold(session: Session, ids: Sequence[str]) -> None:
    """Forgets notifications that were never delivered, so that the alert can be told again the same day."""
    if not ids:
        return
    read = exists().where(
        col(Delivery.notification_id) == col(NotificationItem.notification_id),
        col(Delivery.delivered_at).is_not(None),
    )
    noted = col(NotificationItem.kind) == ALERT, col(NotificationItem.subject_id).in_(ids)
    session.execute(
        delete(NotificationItem).where(*noted, ~read).execution_options(synchronize_session=False)
    )


def _watched(
    session: Session, alerts: Sequence[Alert], people: Iterable[Person], now: datetime
) -> tuple[list[Watched], dict[str, date]]:
    heard = {one.user.id: one for one in people if manages(one.user) and one.hears(now) and one.wants(ALERT)}
    mine = [alert for alert in alerts if alert.user_id in heard and alert.kind in KINDS]
    readers = {id_: _reader(one, now) for id_, one in heard.items()}
    return numbers_of(session, mine, readers), {id_: one.day_of(now) for id_, one in heard.items()}


def _reader(one: Person, now: datetime) -> Reader:
    return Reader(one.user, now, one.time_zone, one.t, company_zone=one.company_zone)


def _state(one: Watched, today: date) -> dict[str, Any]:
    """The alert's new `risen_on` and `risen_number`. It is told again when the figure has doubled since it was last
    told, at most once a day."""
    alert = one.alert
    if not one.is_so:
        return {"risen_on": None, "risen_number": None}
    grown = alert.risen_number is not None and one.number >= 2 * alert.risen_number
    if alert.risen_on is None or (grown and alert.risen_on < today):
        return {"risen_on": today, "risen_number": one.number}
    return {"risen_on": alert.risen_on, "risen_number": alert.risen_number}


def note(session: Session, states: Sequence[Mapping[str, Any]]) -> None:
    for state in states:
        session.execute(update(Alert).where(col(Alert.id) == state["id"]).values(**state))
