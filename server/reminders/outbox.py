"""Notifications on their way: noted once, with their deliveries, and claimed by the worker that sends them.
Only the database is touched here."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from server.alerts import watching
from server.config import Settings
from server.database import Database
from server.models.column import insert_into
from server.models.identity import new_id
from server.models.push_subscription import PushSubscription, live
from server.models.reminder import Delivery, Notification, NotificationItem
from server.models.user import User
from server.reminders.due import Gathered, find_due, waits_still
from server.reminders.person import is_reached, reachable
from server.reminders.sending import LONGEST_WISH

# Longer than sending a message takes. After it another worker may claim the delivery of a worker that died.
CLAIMED_FOR: Final = timedelta(minutes=2)
# Longer than anything stays due, so that nothing is told again after it; what lasts until somebody acts is kept longer.
KEPT_FOR: Final = timedelta(days=60)
LONGEST_WAIT: Final = 2 * LONGEST_WISH
TRIAL: Final = "trial"
BY_MAIL: Final = None  # the subscription of a delivery that goes by e-mail


def sweep(database: Database, settings: Settings, now: datetime) -> int:
    """Notes what has come due, and returns how many notifications that makes. Mostly it is none: then it only reads."""
    which = is_reached(settings, now)
    with database.reading() as session:
        people = reachable(session, settings, now)
        news = watching.look(session, people, now) if people else []
        found = find_due(session, people, now, which) if people and not news else []
    if not found and not news:
        return 0
    with database.writing() as session:
        if news:
            watching.note(session, news)
            found = find_due(session, people, now, which)
        return note(session, found, settings, now) if found else 0


def note(session: Session, found: Sequence[Gathered], settings: Settings, now: datetime) -> int:
    """Notes notifications with their items and deliveries, and returns how many. Items that another worker has noted
    meanwhile are left to it: the primary key of NotificationItem decides."""
    due_by_id = {new_id(): due for due in found}
    session.execute(
        insert(Notification),
        [
            {"id": id_, "user_id": due.person.user.id, "kind": due.kind.name, "due_at": now}
            for id_, due in due_by_id.items()
        ],
    )
    session.execute(
        insert_into(NotificationItem, session.get_bind().dialect.name).on_conflict_do_nothing(),
        [item for id_, due in due_by_id.items() for item in _items(id_, due, now)],
    )
    for id_ in _without_items(session, now):
        due_by_id.pop(id_, None)
    _add_deliveries(session, due_by_id, settings, now)
    return len(due_by_id)


def _items(notification_id: str, due: Gathered, now: datetime) -> list[dict[str, Any]]:
    common = {"user_id": due.person.user.id, "kind": due.kind.name, "notification_id": notification_id}
    return [
        {**common, "subject_id": row.subject_id, "occasion": row.occasion, "told_at": now} for row in due.rows
    ]


def _without_items(session: Session, now: datetime) -> Iterable[str]:
    """Deletes the new notifications whose items were all noted by another worker, and returns their ids."""
    about = exists().where(col(NotificationItem.notification_id) == col(Notification.id))
    empty = delete(Notification).where(
        col(Notification.due_at) == now, col(Notification.kind) != TRIAL, ~about
    )
    taken_back = empty.returning(col(Notification.id)).execution_options(synchronize_session=False)
    return session.execute(taken_back).scalars().all()


def _add_deliveries(
    session: Session, due_by_id: dict[str, Gathered], settings: Settings, now: datetime
) -> None:
    """A delivery to each browser of the person; one by e-mail instead if they prefer that, or have no browser."""
    browsers = browsers_of({due.person.user.id for due in due_by_id.values()}, session, settings, now)
    rows = []
    for id_, due in due_by_id.items():
        ways: Sequence[str | None] = browsers.get(due.person.user.id, ())
        if settings.sends_mail and (due.person.prefers_mail(due.kind.name) or not ways):
            ways = [BY_MAIL]
        rows += [_delivery(id_, way, now) for way in ways]
    if rows:
        session.execute(insert(Delivery), rows)


def browsers_of(
    user_ids: Iterable[str], session: Session, settings: Settings, now: datetime
) -> dict[str, list[str]]:
    columns = col(PushSubscription.id), col(PushSubscription.user_id)
    theirs = live(now, settings.session_days).where(columns[1].in_(user_ids))
    browsers: dict[str, list[str]] = {}
    for id_, user_id in session.execute(theirs.with_only_columns(*columns)):
        browsers.setdefault(user_id, []).append(id_)
    return browsers


def _delivery(notification_id: str, subscription_id: str | None, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "notification_id": notification_id,
        "subscription_id": subscription_id,
        "next_try_at": now,
        "attempts": 0,
    }


def note_trial(session: Session, subscription: PushSubscription, now: datetime) -> str:
    """Notes a test message to one browser, whose user asked for it. Returns the notification's id."""
    notification = Notification(id=new_id(), user_id=subscription.user_id, kind=TRIAL, due_at=now)
    session.add(notification)
    session.flush()
    session.execute(insert(Delivery), [_delivery(notification.id, subscription.id, now)])
    return notification.id


def fall_back_to_mail(session: Session, notification_ids: Iterable[str], now: datetime) -> None:
    """Adds a delivery by e-mail to those of these notifications whose pushes have all failed."""
    other = aliased(Delivery)
    reaches = or_(
        col(other.subscription_id).is_(None), col(other.delivered_at).is_not(None), _is_waiting(other)
    )
    lost = (
        select(col(Notification.id))
        .where(col(Notification.id).in_(list(notification_ids)), col(Notification.kind) != TRIAL)
        .where(~exists().where(col(other.notification_id) == col(Notification.id), reaches))
    )
    rows = [_delivery(id_, BY_MAIL, now) for id_ in session.execute(lost).scalars()]
    if rows:
        session.execute(insert(Delivery), rows)


def claim(session: Session, now: datetime, count: int, by_mail: bool = False) -> list[str]:
    """Claims deliveries for the caller until CLAIMED_FOR is over, and returns their ids: at most `count` pushes; or of
    e-mails, all that waits for `count` people, so that each gets one e-mail."""
    waits = select(col(Delivery.id)).where(*waiting(now, by_mail))
    if not by_mail:
        return _claim(session, waits.order_by(col(Delivery.next_try_at)).limit(count), now)
    people = _claim_people(session, now, count)
    if not people:
        return []
    of = waits.join(Notification, col(Notification.id) == col(Delivery.notification_id))
    theirs = of.where(col(Notification.user_id).in_(people), ~_is_written_to(col(Notification.user_id), now))
    return _claim(session, theirs, now)


def _claim_people(session: Session, now: datetime, count: int) -> Sequence[str]:
    """The ids of people for whom e-mails wait and whose e-mails no other worker is claiming or sending. Their rows stay
    locked until the transaction ends, so no other worker claims their e-mails meanwhile. (If another one committed its
    claim between the two statements of `claim`, the second one sees that.)"""
    since = func.min(col(Delivery.next_try_at))
    waits = (
        select(col(Notification.user_id).label("user_id"), since.label("since"))
        .join(Delivery, col(Delivery.notification_id) == col(Notification.id))
        .where(*waiting(now, True), ~_is_written_to(col(Notification.user_id), now))
        .group_by(col(Notification.user_id))
        .subquery()
    )
    people = (
        select(col(User.id)).join(waits, waits.c.user_id == col(User.id)).order_by(waits.c.since).limit(count)
    )
    return session.scalars(people.with_for_update(of=User, key_share=True, skip_locked=True)).all()


def _is_written_to(user_id: Any, now: datetime) -> Any:
    """SQL: an e-mail to this user is claimed, or is about to be tried again: what waits can go along with that one."""
    sent, told = aliased(Delivery), aliased(Notification)
    claimed = col(sent.next_try_at) > now, col(sent.next_try_at) <= now + CLAIMED_FOR, col(sent.attempts) > 0
    by_mail = col(told.id) == col(sent.notification_id), col(sent.subscription_id).is_(None)
    return exists().where(*by_mail, col(told.user_id) == user_id, _is_waiting(sent), *claimed)


def _claim(session: Session, free: Any, now: datetime) -> list[str]:
    if session.get_bind().dialect.name == "postgresql":
        free = free.with_for_update(of=Delivery, skip_locked=True)
    claimed = (
        update(Delivery)
        .where(col(Delivery.id).in_(free))
        .values(next_try_at=now + CLAIMED_FOR, attempts=Delivery.attempts + 1)
        .returning(col(Delivery.id))
        .execution_options(synchronize_session=False)
    )
    return list(session.execute(claimed).scalars())


def waiting(now: datetime, by_mail: bool = False) -> tuple[Any, ...]:
    """SQL conditions: deliveries that can be claimed now, pushes or e-mails."""
    way = col(Delivery.subscription_id)
    return (
        _is_waiting(Delivery),
        way.is_(None) if by_mail else way.is_not(None),
        # Longer than any may wait is by a clock that was ahead and was set right.
        or_(col(Delivery.next_try_at) <= now, col(Delivery.next_try_at) > now + LONGEST_WAIT),
    )


def _is_waiting(delivery: Any) -> Any:
    ends = delivery.delivered_at, delivery.failed_at, delivery.withdrawn_at
    return and_(*(col(end).is_(None) for end in ends))


def forget_old(session: Session, now: datetime) -> None:
    """But not that somebody was told of what still waits for them: it would be told anew."""
    is_old = col(Notification.due_at) < now - KEPT_FOR, col(Notification.id).not_in(waits_still(now))
    old = select(col(Notification.id)).where(*is_old)
    for model in (Delivery, NotificationItem):
        session.execute(delete(model).where(col(model.notification_id).in_(old)))
    session.execute(delete(Notification).where(*is_old))
