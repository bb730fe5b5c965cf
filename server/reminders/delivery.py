"""From a claim to a message, and from an answer to what is noted: what a delivery asks of the database."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, func, update
from sqlmodel import Session, col, select

from server.alerts.watching import ALERT, look_again
from server.config import Settings
from server.models.follow_up import FollowUp
from server.models.push_subscription import PushSubscription, live
from server.models.reminder import Delivery, Notification
from server.reminders.due import KIND_NAMED, still_due
from server.reminders.mail import Letter, Post, letter
from server.reminders.message import Message, message
from server.reminders.outbox import TRIAL, fall_back_to_mail
from server.reminders.person import Person, people_named
from server.reminders.sending import Outcome, pause_before
from server.reminders.wording import said, trial

MOST_ATTEMPTS: Final = 12
LOOKED_AT_AGAIN: Final = timedelta(minutes=15)  # what found its person in quiet hours


@dataclass(frozen=True)
class ToPush:
    delivery: Delivery
    subscription: PushSubscription
    message: Message


@dataclass(frozen=True)
class ToMail:
    delivery: Delivery
    letter: Letter


ToSend = ToPush | ToMail


@dataclass
class Desk:
    """What is known of a batch of claimed deliveries."""

    session: Session
    settings: Settings
    now: datetime
    origin: str
    people: dict[str, Person]
    browsers: dict[str, PushSubscription]
    due: dict[str, list[Row[Any]]]  # by notification
    badges: dict[str, int]
    unreachable: list[str] = field(default_factory=list)  # notifications that a browser cannot get any more


def take(
    session: Session, settings: Settings, ids: Sequence[str], now: datetime, *, origin: str, server_key: str
) -> list[ToSend]:
    """What to send of what was claimed; what is not true any more is withdrawn."""
    claimed = _claimed(session, ids)
    if not claimed:
        return []
    desk = _desk(session, settings, now, origin, server_key, [notification for _, notification in claimed])
    found = [_to_send(desk, delivery, notification) for delivery, notification in claimed]
    if settings.sends_mail and desk.unreachable:
        session.flush()
        fall_back_to_mail(session, desk.unreachable, now)
    return [to_send for to_send in found if to_send is not None]


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
        settings=settings,
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
    if ALERT in of_kind:
        look_again(session, people.values(), now)
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


def _to_send(desk: Desk, delivery: Delivery, notification: Notification) -> ToSend | None:
    """Or None: it is withdrawn, or has to wait."""
    if delivery.attempts > MOST_ATTEMPTS:  # it broke whoever claimed it
        _withdraw(desk, delivery, "given up")
        return None
    person = desk.people.get(notification.user_id)
    if person is None:
        _withdraw(desk, delivery, "whom it was for has left")
        return None
    if delivery.subscription_id is None:
        return _letter_of(desk, delivery, notification, person)
    browser = desk.browsers.get(delivery.subscription_id)
    if browser is None or browser.user_id != notification.user_id:
        _withdraw(desk, delivery, "the browser is signed out or gone")
        desk.unreachable.append(notification.id)
        return None
    return _push_of(desk, delivery, notification, person, browser)


def _push_of(
    desk: Desk, delivery: Delivery, notification: Notification, person: Person, browser: PushSubscription
) -> ToPush | None:
    if notification.kind == TRIAL:
        spoken, days = trial(person), 0
    else:
        rows = _rows_to_tell(desk, delivery, notification, person)
        if not rows:
            return None
        spoken = said(notification.kind, rows, person, desk.now)
        days = KIND_NAMED[notification.kind].useful_days
    made = message(
        notification.kind,
        spoken,
        person,
        desk.now,
        origin=desk.origin,
        days=days,
        badge=desk.badges.get(person.user.id),
    )
    return ToPush(delivery, browser, made)


def _letter_of(desk: Desk, delivery: Delivery, notification: Notification, person: Person) -> ToMail | None:
    rows = _rows_to_tell(desk, delivery, notification, person)
    if not rows:
        return None
    post = Post(desk.origin, desk.settings.sender, desk.now)
    return ToMail(delivery, letter(notification.kind, rows, person, delivery.id, post))


def _rows_to_tell(
    desk: Desk, delivery: Delivery, notification: Notification, person: Person
) -> list[Row[Any]]:
    """What is still so. None, when it is withdrawn or has to wait."""
    kind, rows = KIND_NAMED[notification.kind], desk.due.get(notification.id, [])
    if not rows or not person.wants(kind.name):
        _withdraw(desk, delivery, "not due any more")
        return []
    if not person.hears(desk.now, kind.any_day):
        _postpone(desk, delivery)
        return []
    return rows


def _withdraw(desk: Desk, delivery: Delivery, why: str) -> None:
    delivery.withdrawn_at, delivery.answer = desk.now, why
    desk.session.add(delivery)


def _postpone(desk: Desk, delivery: Delivery) -> None:
    delivery.attempts -= 1  # it was none
    delivery.next_try_at = desk.now + LOOKED_AT_AGAIN
    desk.session.add(delivery)


def settle(
    session: Session,
    settings: Settings,
    outcomes: Sequence[tuple[ToSend, Outcome]],
    now: datetime,
    dice: random.Random,
) -> None:
    _note_delivered(
        [(sent, outcome) for sent, outcome in outcomes if outcome.kind == "delivered"], session, now
    )
    for sent, outcome in outcomes:
        if outcome.kind == "delivered":
            continue
        delivery = sent.delivery
        session.execute(
            update(Delivery)
            .where(col(Delivery.id) == delivery.id, col(Delivery.attempts) == delivery.attempts)
            .values(answer=outcome.answer[:200], **_fate(delivery, outcome, now, dice))
        )
        if isinstance(sent, ToPush):
            _note_browser(session, sent.subscription.id, outcome, now)
    lost = [
        sent.delivery.notification_id
        for sent, outcome in outcomes
        if outcome.kind in ("gone", "wrong", "later")
    ]
    if settings.sends_mail and lost:
        fall_back_to_mail(session, lost, now)


def _note_delivered(sent: Sequence[tuple[ToSend, Outcome]], session: Session, now: datetime) -> None:
    """Nearly all of them: a statement for each answer and attempt, and one for their browsers."""
    alike: dict[tuple[str, int], list[str]] = defaultdict(list)
    for one, outcome in sent:
        alike[outcome.answer[:200], one.delivery.attempts].append(one.delivery.id)
    for (answer, attempts), ids in alike.items():
        session.execute(
            update(Delivery)
            .where(col(Delivery.id).in_(ids), col(Delivery.attempts) == attempts)
            .values(answer=answer, delivered_at=now)
        )
    browsers = [one.subscription.id for one, _ in sent if isinstance(one, ToPush)]
    if browsers:
        well = {"delivered_at": now, "refused_at": None, "refusal": None}
        session.execute(update(PushSubscription).where(col(PushSubscription.id).in_(browsers)).values(**well))


def _fate(delivery: Delivery, outcome: Outcome, now: datetime, dice: random.Random) -> dict[str, datetime]:
    again = outcome.kind == "later" or (outcome.kind == "unsure" and delivery.answer != outcome.answer)
    if again and delivery.attempts < MOST_ATTEMPTS:
        return {"next_try_at": now + pause_before(delivery.attempts, outcome.pause, dice)}
    return {"failed_at": now}


def _note_browser(session: Session, browser_id: str, outcome: Outcome, now: datetime) -> None:
    this = col(PushSubscription.id) == browser_id
    if outcome.kind == "gone":
        session.execute(delete(PushSubscription).where(this))
    elif outcome.kind == "wrong":
        refused = {"refused_at": now, "refusal": outcome.answer[:200]}
        session.execute(update(PushSubscription).where(this).values(**refused))
