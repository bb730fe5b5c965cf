"""Finds what is due and not told yet, in one statement however many people there are; and what of it is still due."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Date, Integer, Row, String, cast, exists, literal, null, union_all
from sqlmodel import Session, col, select

from server.database import UtcMoment
from server.days import DAY
from server.models.reminder import NotificationItem
from server.models.user import User
from server.reminders.access import AccessAsked, AccessChanged
from server.reminders.alerted import Alerts
from server.reminders.colleagues import ApprovalAnswered, ApprovalAsked, ColleaguesWork
from server.reminders.entries import EntryAsked
from server.reminders.given import GivenToDo
from server.reminders.kinds import (
    WITHIN_DAYS,
    Birthdays,
    DueFollowUps,
    GoingCold,
    HandedBack,
    Kind,
    LateFollowUps,
    ParkedEntries,
    PlannedVisits,
    Span,
    Unheeded,
)
from server.reminders.person import Person
from server.reminders.tasks import TaskAnswered, TaskAsked, TaskLate
from server.reminders.weekly import ReportSentOn, WeekOver, week_told

KINDS: Final[tuple[Kind, ...]] = (
    DueFollowUps(),
    LateFollowUps(),
    PlannedVisits(),
    GoingCold(),
    HandedBack(),
    Birthdays(),
    ParkedEntries(),
    Unheeded(),
    EntryAsked(),
    AccessAsked(),
    AccessChanged(),
    ApprovalAsked(),
    ApprovalAnswered(),
    ColleaguesWork(),
    GivenToDo(),
    TaskAsked(),
    TaskLate(),
    TaskAnswered(),
    WeekOver(),
    ReportSentOn(),
    Alerts(),
)
KIND_NAMED: Final = {kind.name: kind for kind in KINDS}
# The columns of the statement for all kinds. Each kind has the first four, and those of the others that its sentences
# need; the rest is NULL.
COLUMNS: Final[dict[str, Any]] = {
    "user_id": String(), "subject_id": String(), "occasion": String(), "customer_id": String(), "name": String(),
    "note": String(), "due_on": Date(), "planned_on": Date(), "planned_time": String(), "silent_since": UtcMoment(),
    "cadence_days": Integer(), "rep": String(), "customer": String(), "author_id": String(),
    "terms": String(), "territory": String(), "number": Integer(),
}  # fmt: skip


@dataclass(frozen=True)
class Gathered:
    """What one person is told of one kind in one notification, such as seven cold customers."""

    person: Person
    kind: Kind
    rows: Sequence[Row[Any]]


def find_due(session: Session, people: Sequence[Person], now: datetime, which: Any = None) -> list[Gathered]:
    """What these people should hear now. `which`: the same people as an SQL condition on User, so that the statement
    need not name each of them where there are many."""
    awake = {any_day: [one for one in people if one.hears(now, any_day)] for any_day in (True, False)}
    listening = {kind.name: _listening(awake[kind.any_day], kind) for kind in KINDS}
    asked = [kind for kind in KINDS if listening[kind.name]]
    if not asked:
        return []
    if which is None:
        which = col(User.id).in_([person.user.id for person in people])
    span = span_of(people, now)
    untold = union_all(*(_untold(kind, span, which) for kind in asked))
    return _gathered(session.connection().execute(untold).all(), listening, now)


def _listening(awake: Iterable[Person], kind: Kind) -> dict[str, Person]:
    return {person.user.id: person for person in awake if person.wants(kind.name)}


def _untold(kind: Kind, span: Span, which: Any) -> Any:
    query = kind.query(span)
    they = select(User.id).where(which, col(User.deactivated_at).is_(None))
    has = query.selected_columns
    query = query.where(has.user_id.in_(they), ~exists().where(_told(query, kind)))
    return _with_all_columns(query, literal(kind.name).label("kind"))


def _with_all_columns(query: Any, *more: Any) -> Any:
    """A kind's query with all of COLUMNS, so that UNION ALL can put kinds together and every row has every column."""
    has = query.selected_columns
    columns = [
        has[name] if name in has else cast(null(), type_).label(name) for name, type_ in COLUMNS.items()
    ]
    return query.with_only_columns(*more, *columns, maintain_column_froms=True)


def _gathered(
    rows: Iterable[Row[Any]], listening: Mapping[str, Mapping[str, Person]], now: datetime
) -> list[Gathered]:
    heard = [
        row
        for row in rows
        if (person := listening[row.kind].get(row.user_id))
        and _is_due(KIND_NAMED[row.kind], row, person, now)
    ]
    due: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in sorted(heard, key=_in_order):
        due.setdefault((row.kind, row.user_id), []).append(row)
    return [
        Gathered(listening[kind][user_id], KIND_NAMED[kind], found) for (kind, user_id), found in due.items()
    ]


def _in_order(row: Row[Any]) -> tuple[str, str, str]:
    """By occasion, then as Today sorts: planned visits by their time, those without a time last."""
    return row.occasion, row.planned_time or "~", row.subject_id


def still_due(
    session: Session, kind: Kind, people: Mapping[str, Person], notification_ids: Sequence[str], now: datetime
) -> dict[str, list[Row[Any]]]:
    """By notification id: those of its rows that are still due as they were when it was noted."""
    asked = _select_due(kind, people, now)
    items = col(NotificationItem.notification_id)
    asked = asked.add_columns(items).where(_told(asked, kind), items.in_(notification_ids))
    due: dict[str, list[Row[Any]]] = {}
    for row in sorted(session.connection().execute(asked), key=_in_order):
        if _is_due(kind, row, people[row.user_id], now):
            due.setdefault(row.notification_id, []).append(row)
    return due


def waits_still(now: datetime) -> Any:
    """Ids of the notifications about what lasts and is as it was when they were noted, as a query."""
    today = now.date()
    asked = [(kind, kind.query(Span(now, today, today, today, today))) for kind in KINDS if kind.lasts]
    noted = col(NotificationItem.notification_id)
    return union_all(
        *(
            query.where(_told(query, kind)).with_only_columns(noted, maintain_column_froms=True)
            for kind, query in asked
        )
    )


def all_due(
    session: Session, kind: Kind, person: Person, now: datetime
) -> list[tuple[Row[Any], datetime | None]]:
    """All rows of a kind that are due for this person, even if they mute it; each with when they were told, or None."""
    asked = _select_due(kind, {person.user.id: person}, now)
    asked = asked.outerjoin(NotificationItem, _told(asked, kind)).add_columns(col(NotificationItem.told_at))
    rows = sorted(session.connection().execute(asked), key=_in_order)
    return [(row, row.told_at) for row in rows if _is_due(kind, row, person, now)]


def _select_due(kind: Kind, people: Mapping[str, Person], now: datetime) -> Any:
    query = kind.query(span_of(people.values(), now))
    columns = query.selected_columns
    query = query.where(columns.user_id.in_(list(people)))
    return _with_all_columns(query)


def _told(asked: Any, kind: Kind) -> Any:
    """SQL: the NotificationItem that says that a row of the query `asked` was told."""
    columns = asked.selected_columns
    return (
        (col(NotificationItem.user_id) == columns.user_id)
        & (col(NotificationItem.kind) == kind.name)
        & (col(NotificationItem.subject_id) == columns.subject_id)
        & (col(NotificationItem.occasion) == columns.occasion)
    )


def _is_due(kind: Kind, row: Row[Any], person: Person, now: datetime) -> bool:
    return kind.is_due(row, person, person.day_of(now))


def span_of(people: Iterable[Person], now: datetime) -> Span:
    days = [(person, person.day_of(now)) for person in people]
    chances = [person.working_day_from(day + DAY) for person, day in days]
    since = [person.free_since(day - WITHIN_DAYS * DAY) for person, day in days]
    today = [day for _, day in days]
    weeks = frozenset(week for person, day in days if (week := week_told(person, day)))
    return Span(now, min(today), max(today), max(chances) - DAY, min(since), weeks)
