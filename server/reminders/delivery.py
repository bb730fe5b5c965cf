"""From a claim to a message, and from an answer to what is noted: what a delivery asks of the database."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, func, update
from sqlmodel import Session, col, select

from server.config import Settings
from server.models.follow_up import FollowUp
from server.models.push_subscription import PushSubscription, live
from server.models.reminder import Delivery, Notification
from server.reminders.due import still_due
from server.reminders.kinds import KIND_NAMED
from server.reminders.message import Message, message
from server.reminders.outbox import TRIAL
from server.reminders.person import Person, people_named
from server.reminders.sending import Outcome, pause_before
from server.reminders.wording import said, trial

MOST_ATTEMPTS: Final = 12
LOOKED_AT_AGAIN: Final = timedelta(minutes=15)  # what found its person in quiet hours


@dataclass(frozen=True)
class ToSend:
    delivery_id: str
    attempts: int
    subscription: PushSubscription
    message: Message


@dataclass
class Desk:
    """What is known of a batch of claimed deliveries."""

    session: Session
    now: datetime
    origin: str
    people: dict[str, Person]
    browsers: dict[str, PushSubscription]
    due: dict[str, list[Row[Any]]]  # by notification
    badges: dict[str, int]


def take(
    session: Session, settings: Settings, ids: Sequence[str], now: datetime, *, origin: str, server_key: str
) -> list[ToSend]:
    """What to send of what was claimed; what is not true any more is withdrawn."""
    claimed = _claimed(session, ids)
    if not claimed:
        return []
    desk = _desk(session, settings, now, origin, server_key, [notification for _, notification in claimed])
    found = [(delivery, _message_of(desk, delivery, notification)) for delivery, notification in claimed]
    return [to_send for _, to_send in found if to_send is not None]


def _claimed(session: Session, ids: Sequence[str]) -> list[tuple[Delivery, Notification]]:
    query = (
        select(Delivery, Notification)
        .join(Notification, col(Notification.id) == col(Delivery.notification_id))
        .where(col(Delivery.id).in_(ids))
        .order_by(col(Delivery.id))
    )
    return list(session.exec(query).all())


def _desk(
    session: Session,
    settings: Settings,
    now: datetime,
    origin: str,
    server_key: str,
    notifications: Sequence[Notification],
) -> Desk:
    user_ids = {notification.user_id for notification in notifications}
    people = {person.user.id: person for person in people_named(session, user_ids, settings.time_zone)}
    browsers = live(now, settings.session_days).where(
        col(PushSubscription.user_id).in_(user_ids), PushSubscription.server_key == server_key
    )
    return Desk(
        session=session,
        now=now,
        origin=origin,
        people=people,
        browsers={browser.id: browser for browser in session.exec(browsers)},
        due=_still_due(session, people, notifications, now),
        badges=_badges(session, people, now),
    )


def _still_due(
    session: Session, people: dict[str, Person], notifications: Sequence[Notification], now: datetime
) -> dict[str, list[Row[Any]]]:
    of_kind: dict[str, list[str]] = defaultdict(list)
    for notification in notifications:
        if notification.kind in KIND_NAMED:
            of_kind[notification.kind].append(notification.id)
    due: dict[str, list[Row[Any]]] = {}
    for kind, ids in of_kind.items():
        if people:
            due |= still_due(session, KIND_NAMED[kind], people, ids, now)
    return due


def _badges(session: Session, people: dict[str, Person], now: datetime) -> dict[str, int]:
    """As the app's icon has it: promises due by today."""
    days: dict[date, list[str]] = defaultdict(list)
    for user_id, person in people.items():
        days[person.day_of(now)].append(user_id)
    badges = dict.fromkeys(people, 0)
    for day, user_ids in days.items():
        query = (
            select(FollowUp.owner_id, func.count())
            .where(col(FollowUp.owner_id).in_(user_ids), FollowUp.due_on <= day)
            .where(col(FollowUp.completed_at).is_(None), col(FollowUp.withdrawn_at).is_(None))
            .group_by(col(FollowUp.owner_id))
        )
        badges |= dict(session.exec(query).all())
    return badges


def _message_of(desk: Desk, delivery: Delivery, notification: Notification) -> ToSend | None:
    """Or None: it is withdrawn, or has to wait."""
    if delivery.attempts > MOST_ATTEMPTS:  # it broke whoever claimed it
        _withdraw(desk, delivery, "given up")
        return None
    person, browser = desk.people.get(notification.user_id), desk.browsers.get(delivery.subscription_id)
    if person is None or browser is None or browser.user_id != notification.user_id:
        _withdraw(desk, delivery, "the browser is signed out or gone")
        return None
    if notification.kind == TRIAL:
        spoken, days = trial(person), 0
    else:
        kind, rows = KIND_NAMED[notification.kind], desk.due.get(notification.id)
        if not rows or not person.wants(kind.name):
            _withdraw(desk, delivery, "not due any more")
            return None
        if not person.hears(desk.now, kind.any_day):
            _postpone(desk, delivery)
            return None
        spoken, days = said(kind.name, rows, person, desk.now), kind.useful_days
    made = message(
        notification.kind,
        spoken,
        person,
        desk.now,
        origin=desk.origin,
        days=days,
        badge=desk.badges.get(person.user.id),
    )
    return ToSend(delivery.id, delivery.attempts, browser, made)


def _withdraw(desk: Desk, delivery: Delivery, why: str) -> None:
    delivery.withdrawn_at, delivery.answer = desk.now, why
    desk.session.add(delivery)


def _postpone(desk: Desk, delivery: Delivery) -> None:
    delivery.attempts -= 1  # it was none
    delivery.next_try_at = desk.now + LOOKED_AT_AGAIN
    desk.session.add(delivery)


def settle(
    session: Session, outcomes: Iterable[tuple[ToSend, Outcome]], now: datetime, dice: random.Random
) -> None:
    for sent, outcome in outcomes:
        session.execute(
            update(Delivery)
            .where(col(Delivery.id) == sent.delivery_id, col(Delivery.attempts) == sent.attempts)
            .values(answer=outcome.answer[:200], **_fate(sent, outcome, now, dice))
        )
        _note_browser(session, sent.subscription.id, outcome, now)


def _fate(sent: ToSend, outcome: Outcome, now: datetime, dice: random.Random) -> dict[str, datetime]:
    if outcome.kind == "delivered":
        return {"delivered_at": now}
    if outcome.kind == "later" and sent.attempts < MOST_ATTEMPTS:
        return {"next_try_at": now + pause_before(sent.attempts, outcome.pause, dice)}
    return {"failed_at": now}


def _note_browser(session: Session, browser_id: str, outcome: Outcome, now: datetime) -> None:
    this = col(PushSubscription.id) == browser_id
    if outcome.kind == "gone":
        session.execute(delete(PushSubscription).where(this))
    elif outcome.kind == "delivered":
        well = {"delivered_at": now, "refused_at": None, "refusal": None}
        session.execute(update(PushSubscription).where(this).values(**well))
    elif outcome.kind == "wrong":
        refused = {"refused_at": now, "refusal": outcome.answer[:200]}
        session.execute(update(PushSubscription).where(this).values(**refused))
