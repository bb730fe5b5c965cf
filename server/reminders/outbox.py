"""What is to be told: noted once, gathered, and claimed by whoever sends it. Nothing here talks to anybody."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, update
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
SWEEP_LOCK: Final = 0x1E6_0006  # any number, as long as it stays the same


def sweep(database: Database, settings: Settings, now: datetime) -> int:
    """Notes what has come due, and how many notifications that makes. Mostly nothing has, and nothing is written."""
    with database.reading() as session:
        if not _found(session, settings, now):
            return 0
    with database.writing() as session:
        _wait_for_others(session)
        found = _found(session, settings, now)
        note(session, found, now, settings.session_days)
        _forget_old(session, now)
    return len(found)


def _found(session: Session, settings: Settings, now: datetime) -> list[Gathered]:
    people = reachable(session, now, settings.session_days, settings.time_zone)
    return find_due(session, people, now)


def _wait_for_others(session: Session) -> None:
    """Two that look at once would both find the same, and the second would fail at the key."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(SWEEP_LOCK)))


def note(session: Session, found: Sequence[Gathered], now: datetime, session_days: int) -> None:
    if not found:
        return
    pairs = [(new_id(), gathered) for gathered in found]
    session.execute(
        insert(Notification),
        [
            {"id": id_, "user_id": due.person.user.id, "kind": due.kind.name, "due_at": now}
            for id_, due in pairs
        ],
    )
    session.execute(
        insert(NotificationItem),
        [
            {
                "user_id": due.person.user.id,
                "kind": due.kind.name,
                "subject_id": row.subject_id,
                "occasion": row.occasion,
                "notification_id": id_,
                "told_at": now,
            }
            for id_, due in pairs
            for row in due.rows
        ],
    )
    _to_every_browser(session, {id_: due.person.user.id for id_, due in pairs}, now, session_days)


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
