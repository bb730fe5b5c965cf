"""What was sent, what waits, what failed and why: counted for the admin's page, /metrics and `legwork doctor`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, case, func, select
from sqlmodel import Session, col

from server.models.push_subscription import PushSubscription, is_signed_in
from server.models.reminder import Delivery, Notification
from server.models.user import SignInSession, User
from server.search_text import by_name

STATES: Final = ("delivered", "waiting", "failed", "withdrawn")
WAYS: Final = ("push", "email")
MOST_REASONS, MOST_LATELY = 20, 50

STATE: Final = case(
    (col(Delivery.delivered_at).is_not(None), "delivered"),
    (col(Delivery.failed_at).is_not(None), "failed"),
    (col(Delivery.withdrawn_at).is_not(None), "withdrawn"),
    else_="waiting",
)
WAY: Final = case((col(Delivery.subscription_id).is_(None), "email"), else_="push")
SIGN_IN: Final = col(SignInSession.public_id) == col(PushSubscription.session_id)
TOLD: Final = col(Notification.id) == col(Delivery.notification_id)

Counts = dict[tuple[str, str], int]


@dataclass(frozen=True)
class BrowserState:
    """A subscribed browser, its user and user agent, and its number of deliveries by state."""

    browser: PushSubscription
    user: User
    agent: str
    counts: dict[str, int]


def counts(session: Session, since: datetime | None = None) -> Counts:
    """The number of deliveries by way and state: of all that are kept, or of those that came due after `since`."""
    query = select(WAY, STATE, func.count()).select_from(Delivery).group_by(WAY, STATE)
    if since is not None:
        query = query.join(Notification, TOLD).where(col(Notification.due_at) > since)
    none: Counts = {(way, state): 0 for way in WAYS for state in STATES}
    return none | {(way, state): count for way, state, count in session.execute(query)}


def reasons(session: Session, since: datetime) -> Sequence[Row[Any]]:
    """Why deliveries failed: rows of way, answer and count, the most frequent first."""
    query = (
        select(WAY.label("way"), col(Delivery.answer).label("answer"), func.count().label("count"))
        .join(Notification, TOLD)
        .where(col(Notification.due_at) > since, col(Delivery.failed_at).is_not(None))
        .group_by(WAY, col(Delivery.answer))
        .order_by(func.count().desc(), col(Delivery.answer))
        .limit(MOST_REASONS)
    )
    return session.execute(query).all()


def browsers(session: Session, since: datetime) -> list[BrowserState]:
    """All subscribed browsers, those whose push service refuses us first."""
    per_browser: dict[str, dict[str, int]] = {}
    counted = (
        select(col(Delivery.subscription_id), STATE, func.count())
        .join(Notification, TOLD)
        .where(col(Notification.due_at) > since, col(Delivery.subscription_id).is_not(None))
        .group_by(col(Delivery.subscription_id), STATE)
    )
    for id_, state, count in session.execute(counted):
        per_browser.setdefault(id_, {})[state] = count
    query = (
        select(PushSubscription, User, col(SignInSession.user_agent))
        .join(User, col(User.id) == col(PushSubscription.user_id))
        .join(SignInSession, SIGN_IN)
        .where(is_signed_in())
    )
    found = [
        BrowserState(browser, user, agent, per_browser.get(browser.id, {}))
        for browser, user, agent in session.execute(query)
    ]
    return sorted(found, key=lambda one: (one.browser.refused_at is None, by_name(one.user), one.browser.id))


def lately(session: Session) -> Sequence[Row[Any]]:
    """The last deliveries that came due, with whom they were for; without their text, which is private."""
    query = (
        select(
            col(User.name).label("name"),
            col(Notification.kind).label("kind"),
            col(Notification.due_at).label("due_at"),
            WAY.label("way"),
            STATE.label("state"),
            col(Delivery.attempts).label("attempts"),
            col(Delivery.answer).label("answer"),
        )
        .select_from(Delivery)
        .join(Notification, TOLD)
        .join(User, col(User.id) == col(Notification.user_id))
        .order_by(col(Notification.due_at).desc(), col(Delivery.id).desc())
        .limit(MOST_LATELY)
    )
    return session.execute(query).all()


def overdue(session: Session, now: datetime) -> timedelta:
    """For how long the delivery that waits longest has been due to be tried."""
    waits = col(Delivery.delivered_at).is_(None), col(Delivery.failed_at).is_(None)
    query = select(func.min(col(Delivery.next_try_at))).where(*waits, col(Delivery.withdrawn_at).is_(None))
    since = session.execute(query).scalar()
    return max(now - since, timedelta(0)) if since is not None else timedelta(0)


@dataclass(frozen=True)
class BrowserCounts:
    """`refused`: browsers whose push service refused our last message. `outdated`: browsers connected with an earlier
    key of this server; nothing can be sent to them."""

    all: int
    refused: int
    outdated: int


def browser_counts(session: Session, server_key: str) -> BrowserCounts:
    outdated: Any = func.sum(case((col(PushSubscription.server_key) != server_key, 1), else_=0))
    query = (
        select(func.count(), func.count(col(PushSubscription.refused_at)), outdated)
        .select_from(PushSubscription)
        .join(SignInSession, SIGN_IN)
        .where(is_signed_in())
    )
    all_, refused, old = session.execute(query).one()
    return BrowserCounts(all_, refused, old or 0)


def refusals(session: Session) -> Sequence[Row[Any]]:
    """The answers with which push services refused our messages, each with its number of browsers."""
    query: Any = (
        select(col(PushSubscription.refusal).label("refusal"), func.count().label("number"))
        .join(SignInSession, SIGN_IN)
        .where(is_signed_in(), col(PushSubscription.refused_at).is_not(None))
        .group_by(col(PushSubscription.refusal))
    )
    return session.execute(query).all()
