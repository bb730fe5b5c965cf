"""The desk: all that is known about a batch of claimed deliveries, such as whom each is for and what is still due."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, func
from sqlmodel import Session, col, select

from server.alerts.watching import ALERT, look_again
from server.config import Settings
from server.days import DAY
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.push_subscription import PushSubscription, live
from server.models.reminder import Delivery, Notification, NotificationItem
from server.models.revision import RowRevision
from server.models.scope import held, in_sight
from server.models.user import User
from server.reminders.due import KIND_NAMED, still_due
from server.reminders.kinds import WITHIN_DAYS
from server.reminders.mail import Letter
from server.reminders.message import SAID_IN_ONE, Message
from server.reminders.person import Person, people_named
from server.reminders.ranked import with_rankings
from server.reminders.weekly import WeekOver
from server.reminders.wording import KNOWN_TO_PHONES

Told = tuple[str, str]  # the ids of a person, and of a row that they are told of

APART: Final = timedelta(hours=1)  # at least so much between two e-mails to the same person


@dataclass(frozen=True)
class Claimed:
    """The columns of a delivery and its notification that sending needs. No model objects, because there are many."""

    id: str
    subscription_id: str | None  # None: by e-mail
    attempts: int
    answer: str | None
    notification_id: str
    user_id: str
    kind: str
    due_at: datetime


@dataclass(frozen=True)
class Browser:
    id: str
    user_id: str
    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True)
class ToPush:
    deliveries: tuple[Claimed]
    subscription: Browser
    message: Message


@dataclass(frozen=True)
class ToMail:
    """One e-mail with everything of all kinds that waits for one person."""

    deliveries: tuple[Claimed, ...]
    letter: Letter


ToSend = ToPush | ToMail


@dataclass
class Desk:
    session: Session
    settings: Settings
    now: datetime
    origin: str
    people: dict[str, Person]
    browsers: dict[str, Browser]
    due: dict[str, list[Row[Any]]]  # by notification
    # By notification: those of the same day that it replaces on the lock screen.
    earlier: dict[str, list[str]]
    revs: dict[Told, int]  # of the rows that are pushed, if the phones of their readers have them
    badges: dict[str, int]  # by person: the number on the app's icon
    written_to_at: dict[str, datetime]  # by person: when they had their last e-mail, if less than APART ago
    unreachable: list[str] = field(default_factory=list)  # notifications whose browser is signed out or gone
    # Ids of deliveries by the reason why they are withdrawn, and by when those that have to wait are tried again.
    withdrawn: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    postponed: dict[datetime, list[str]] = field(default_factory=lambda: defaultdict(list))
    # By person: what goes into their e-mail.
    for_letters: dict[str, list[tuple[Claimed, list[Row[Any]]]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def withdraw(self, delivery: Claimed, why: str) -> None:
        self.withdrawn[why].append(delivery.id)


def claimed_of(session: Session, ids: Sequence[str]) -> list[Claimed]:
    of_both: tuple[Any, ...] = (
        Delivery.id, Delivery.subscription_id, Delivery.attempts, Delivery.answer, Delivery.notification_id,
        Notification.user_id, Notification.kind, Notification.due_at,
    )  # fmt: skip
    query = (
        select(Delivery)
        .join(Notification, col(Notification.id) == col(Delivery.notification_id))
        .with_only_columns(*of_both)
        .where(col(Delivery.id).in_(ids))
        .order_by(col(Delivery.id))
    )
    return [Claimed(*row) for row in session.execute(query)]


def desk_for(
    session: Session,
    settings: Settings,
    now: datetime,
    origin: str,
    server_key: str,
    claimed: Sequence[Claimed],
) -> Desk:
    user_ids = {delivery.user_id for delivery in claimed}
    people = {person.user.id: person for person in people_named(session, user_ids, settings.time_zone)}
    browsers = (
        live(now, settings.session_days)
        .where(col(PushSubscription.user_id).in_(user_ids), PushSubscription.server_key == server_key)
        .with_only_columns(*(getattr(PushSubscription, field.name) for field in fields(Browser)))
    )
    earlier = _earlier(session, people, claimed)
    due = _still_due(session, people, claimed, earlier, now)
    weeks = {
        one.user_id: row.due_on
        for one in claimed
        if one.kind == WeekOver.name
        for row in due.get(one.notification_id, ())
    }
    people = with_rankings(session, people, weeks, now)
    return Desk(
        session=session,
        settings=settings,
        now=now,
        origin=origin,
        people=people,
        browsers={row.id: Browser(*row) for row in session.execute(browsers)},
        due=due,
        earlier=earlier,
        revs=_revs(session, claimed, earlier),
        badges=_badges(session, people, now),
        written_to_at=_written_to_at(session, claimed, now),
    )


def _revs(session: Session, claimed: Sequence[Claimed], earlier: dict[str, list[str]]) -> dict[Told, int]:
    """The revisions of the rows that are pushed, for the kinds that phones check by themselves. Not of rows at
    customers that only the server shows to their reader, such as those of a territory to its manager."""
    pushed = {one.notification_id for one in claimed if one.subscription_id and one.kind in KNOWN_TO_PHONES}
    if not pushed:
        return {}
    told = pushed.union(*(earlier.get(id_, ()) for id_ in pushed))
    query = (
        select(NotificationItem.user_id, RowRevision.row_id, RowRevision.rev)
        .join(RowRevision, col(RowRevision.row_id) == col(NotificationItem.subject_id))
        .join(Customer, col(Customer.id) == col(RowRevision.customer_id))
        .join(User, col(User.id) == col(NotificationItem.user_id))
        .where(col(NotificationItem.notification_id).in_(told), held())
        .where(col(RowRevision.collection).in_(("follow_ups", "visits", "customers")))
    )
    return {(user_id, row_id): rev for user_id, row_id, rev in session.exec(query)}


def _written_to_at(session: Session, claimed: Sequence[Claimed], now: datetime) -> dict[str, datetime]:
    user_ids = {delivery.user_id for delivery in claimed if delivery.subscription_id is None}
    if not user_ids:
        return {}
    query = (
        select(Notification.user_id, func.max(Delivery.delivered_at))
        .join(Delivery, col(Delivery.notification_id) == col(Notification.id))
        .where(col(Notification.user_id).in_(user_ids), col(Delivery.subscription_id).is_(None))
        .where(col(Notification.due_at) > now - WITHIN_DAYS * DAY)
        # Also by a server whose clock is ahead; not by a clock that was far ahead and was set right.
        .where(col(Delivery.delivered_at) > now - APART, col(Delivery.delivered_at) <= now + APART)
        .group_by(col(Notification.user_id))
    )
    return {user_id: at for user_id, at in session.exec(query) if at is not None}


def _earlier(session: Session, people: dict[str, Person], claimed: Sequence[Claimed]) -> dict[str, list[str]]:
    """By notification: those of the same person, kind and day before it. It replaces them on the lock screen, so it
    has to tell what they told as well."""
    pushed = [one for one in claimed if one.subscription_id and one.kind in SAID_IN_ONE]
    if not pushed:
        return {}
    query = (
        select(Notification.id, Notification.user_id, Notification.kind, Notification.due_at)
        .where(col(Notification.user_id).in_({one.user_id for one in pushed}))
        .where(col(Notification.kind).in_({one.kind for one in pushed}))
        .where(col(Notification.due_at) > min(one.due_at for one in pushed) - DAY)
    )
    noted: dict[tuple[str, str], list[tuple[datetime, str]]] = defaultdict(list)
    for id_, user_id, kind, due_at in session.exec(query):
        noted[user_id, kind].append((due_at, id_))
    return {
        one.notification_id: [
            id_
            for due_at, id_ in noted[one.user_id, one.kind]
            if due_at < one.due_at and person.day_of(due_at) == person.day_of(one.due_at)
        ]
        for one in pushed
        if (person := people.get(one.user_id))
    }


def _still_due(
    session: Session,
    people: dict[str, Person],
    claimed: Sequence[Claimed],
    earlier: dict[str, list[str]],
    now: datetime,
) -> dict[str, list[Row[Any]]]:
    of_kind: dict[str, list[str]] = defaultdict(list)
    for delivery in claimed:
        if delivery.kind in KIND_NAMED:
            of_kind[delivery.kind] += [delivery.notification_id, *earlier.get(delivery.notification_id, ())]
    if ALERT in of_kind:
        look_again(session, people.values(), now)
    due: dict[str, list[Row[Any]]] = {}
    for kind, ids in of_kind.items():
        if people:
            due |= still_due(session, KIND_NAMED[kind], people, ids, now)
    return due


def _badges(session: Session, people: dict[str, Person], now: datetime) -> dict[str, int]:
    """The number on each person's app icon: their open follow-ups due by today, at customers they see."""
    days: dict[date, list[str]] = defaultdict(list)
    for user_id, person in people.items():
        days[person.day_of(now)].append(user_id)
    badges = dict.fromkeys(people, 0)
    for day, user_ids in days.items():
        query = (
            select(FollowUp.owner_id, func.count())
            .join(Customer, col(Customer.id) == col(FollowUp.customer_id))
            .join(User, col(User.id) == col(FollowUp.owner_id))
            .where(col(FollowUp.owner_id).in_(user_ids), FollowUp.due_on <= day)
            .where(col(FollowUp.completed_at).is_(None), col(FollowUp.withdrawn_at).is_(None))
            .where(col(Customer.deleted_at).is_(None), in_sight())
            .group_by(col(FollowUp.owner_id))
        )
        badges |= dict(session.exec(query).all())
    return badges
