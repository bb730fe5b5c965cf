"""What a manager wants to be told without looking. The kinds there are, and their terms: server/alerts/kinds.py."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlmodel import Field, Session, SQLModel, col, select

from server.models.column import json_value, key, link, maybe_link, moment
from server.models.identity import is_id, new_id
from server.models.refusal import NotAllowed
from server.models.user import User

MOST_ALERTS: Final = 20  # of one person: the worker evaluates each of them again and again


class Alert(SQLModel, table=True):
    """`terms`: what its kind asks for, such as a limit. `risen_on`: the day, in the reader's time zone, on which its
    condition began to hold, or its figure last doubled. `risen_number`: the figure that the reader was last told. Both
    None: it does not hold."""

    __tablename__ = "alerts"

    id: str = key()
    user_id: str = link("users.id")  # who set it, and is told
    kind: str = Field(max_length=20)
    territory_id: str | None = maybe_link("territories.id", index=False)  # None: all that its user may see
    terms: dict[str, Any] = json_value()
    created_at: datetime = moment()
    risen_on: date | None = None
    risen_number: int | None = None


def alerts_of(session: Session, user: User) -> Sequence[Alert]:
    return session.exec(select(Alert).where(Alert.user_id == user.id).order_by(col(Alert.id))).all()


def own_alert(session: Session, user: User, alert_id: str) -> Alert:
    found = session.get(Alert, alert_id) if is_id(alert_id) else None
    if found is None or found.user_id != user.id:
        raise NotAllowed
    return found


def set_alert(session: Session, user: User, now: datetime, kind: str, **values: Any) -> Alert:
    """Returns the user's alert with the same values if there is one: two would tell the same twice."""
    if known := _same(session, user.id, kind, values):
        return known
    made = Alert(id=new_id(), user_id=user.id, kind=kind, created_at=now, **values)
    session.add(made)
    return made


def change(session: Session, alert: Alert, **values: Any) -> None:
    """Sets other values and forgets what was told by the old ones. With the same values it stays as it is; with those
    of another alert of the user it is deleted in favour of that one."""
    known = _same(session, alert.user_id, alert.kind, values)
    if known is alert:
        return
    if known is not None:
        session.delete(alert)
        return
    for name, value in values.items():
        setattr(alert, name, value)
    alert.risen_on = alert.risen_number = None


def _same(session: Session, user_id: str, kind: str, values: dict[str, Any]) -> Alert | None:
    known = session.exec(select(Alert).where(Alert.user_id == user_id, Alert.kind == kind)).all()
    return next(
        (one for one in known if all(getattr(one, name) == value for name, value in values.items())), None
    )
