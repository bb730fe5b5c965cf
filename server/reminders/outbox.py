"""What is to be told: noted once, gathered, and claimed by whoever sends it. Nothing here talks to anybody."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from server.config import Settings
from server.database import Database
from server.models.identity import new_id
from server.models.push_subscription import PushSubscription, live
from server.models.reminder import Delivery, Notification, NotificationItem
from server.reminders.due import Gathered, find_due
from server.reminders.person import reachable

# Longer than any message takes. Whoever claimed one and died is followed by another after it.
CLAIMED_FOR: Final = timedelta(minutes=2)
KEPT_FOR: Final = timedelta(days=60)  # longer than anything could come due again under the same name
TRIAL: Final = "trial"


def sweep(database: Database, settings: Settings, now: datetime) -> int:
    """Notes what has come due, and how many notifications that makes. Mostly nothing has, and nothing is written."""
    with database.reading() as session:
        people = reachable(session, now, settings.session_days, settings.time_zone)
        found = find_due(session, people, now)
    if not found:
        return 0
    with database.writing() as session:
        noted = note(session, found, now, settings.session_days)
        _forget_old(session, now)
    return noted


def note(session: Session, found: Sequence[Gathered], now: datetime, session_days: int) -> int:
    """How many were new. What another one noted in the meantime is left to that one: the key says so."""
    due_by_id = {new_id(): due for due in found}
    session.execute(
        insert(Notification),
        [
            {"id": id_, "user_id": due.person.user.id, "kind": due.kind.name, "due_at": now}
            for id_, due in due_by_id.items()
        ],
    )
    session.execute(
        _insert_unless_told(session),
        [item for id_, due in due_by_id.items() for item in _items(id_, due, now)],
    )
    noted = _with_items(session, list(due_by_id))
    session.execute(delete(Notification).where(col(Notification.id).in_(due_by_id.keys() - noted)))
    users = {id_: due_by_id[id_].person.user.id for id_ in noted}
    _to_every_browser(session, users, now, session_days)
    return len(noted)


def _items(notification_id: str, due: Gathered, now: datetime) -> list[dict[str, Any]]:
    common = {"user_id": due.person.user.id, "kind": due.kind.name, "notification_id": notification_id}
    return [
        {**common, "subject_id": row.subject_id, "occasion": row.occasion, "told_at": now} for row in due.rows
    ]


def _insert_unless_told(session: Session) -> Any:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(NotificationItem).on_conflict_do_nothing()


def _with_items(session: Session, ids: Sequence[str]) -> set[str]:
    items = col(NotificationItem.notification_id)
    return set(session.execute(select(items).where(items.in_(ids)).distinct()).scalars())


def _to_every_browser(session: Session, user_of: dict[str, str], now: datetime, session_days: int) -> None:
    columns = col(PushSubscription.id), col(PushSubscription.user_id)
    mine = live(now, session_days).where(columns[1].in_(set(user_of.values())))
    browsers: dict[str, list[str]] = {}
    for id_, user_id in session.execute(mine.with_only_columns(*columns)):
        browsers.setdefault(user_id, []).append(id_)
    rows = [
        _delivery(notification_id, browser, now)
        for notification_id, user_id in user_of.items()
        for browser in browsers.get(user_id, ())
    ]
    if rows:
        session.execute(insert(Delivery), rows)


def _delivery(notification_id: str, subscription_id: str, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "notification_id": notification_id,
        "subscription_id": subscription_id,
        "next_try_at": now,
        "attempts": 0,
    }


def note_trial(session: Session, subscription: PushSubscription, now: datetime) -> str:
    """A message to this one browser, because its user wants to see one arrive. Returns its id."""
    notification = Notification(id=new_id(), user_id=subscription.user_id, kind=TRIAL, due_at=now)
    session.add(notification)
    session.flush()
    session.execute(insert(Delivery), [_delivery(notification.id, subscription.id, now)])
    return notification.id


def waiting(now: datetime) -> tuple[Any, ...]:
    return (
        col(Delivery.delivered_at).is_(None),
        col(Delivery.failed_at).is_(None),
        col(Delivery.withdrawn_at).is_(None),
        col(Delivery.next_try_at) <= now,
    )


def claim(session: Session, now: datetime, count: int) -> list[str]:
    """Ids of deliveries that are the caller's alone until CLAIMED_FOR is over. One statement."""
    free = select(col(Delivery.id)).where(*waiting(now)).order_by(col(Delivery.next_try_at)).limit(count)
    if session.get_bind().dialect.name == "postgresql":
        free = free.with_for_update(skip_locked=True)
    claimed = (
        update(Delivery)
        .where(col(Delivery.id).in_(free))
        .values(next_try_at=now + CLAIMED_FOR, attempts=Delivery.attempts + 1)
        .returning(col(Delivery.id))
        .execution_options(synchronize_session=False)
    )
    return list(session.execute(claimed).scalars())


def _forget_old(session: Session, now: datetime) -> None:
    old = select(col(Notification.id)).where(col(Notification.due_at) < now - KEPT_FOR)
    for model in (Delivery, NotificationItem):
        session.execute(delete(model).where(col(model.notification_id).in_(old)))
    session.execute(delete(Notification).where(col(Notification.due_at) < now - KEPT_FOR))
