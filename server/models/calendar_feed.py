"""The private address of somebody's calendar feed.
Whoever has the address can read it, so the database holds only a hash of its token."""

import hashlib
import secrets
from datetime import datetime

from sqlmodel import Session, col, select

from server.models.reminder import CalendarFeed
from server.models.turns import wait_for_others
from server.models.user import User


def make(session: Session, user: User, now: datetime) -> str:
    """Returns a new token, which cannot be read again later. The address made before ends."""
    wait_for_others(session, f"calendar of {user.id}")
    token = secrets.token_urlsafe(32)
    session.merge(CalendarFeed(user_id=user.id, token_hash=_hash_of(token), made_at=now))
    return token


def end(session: Session, user_id: str) -> None:
    feed = session.get(CalendarFeed, user_id)
    if feed is not None:
        session.delete(feed)


def of(session: Session, user: User) -> CalendarFeed | None:
    return session.get(CalendarFeed, user.id)


def reader_of(session: Session, token: str) -> User | None:
    """The user whose calendar a token opens. How long it takes tells nothing about how nearly right a token is,
    because it is looked up by its hash."""
    found = (
        select(User)
        .join(CalendarFeed, col(CalendarFeed.user_id) == col(User.id))
        .where(CalendarFeed.token_hash == _hash_of(token), col(User.deactivated_at).is_(None))
    )
    return session.exec(found).first()


def _hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
