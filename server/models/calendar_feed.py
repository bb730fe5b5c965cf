"""The private address of somebody's calendar: made, renewed, ended. Whoever has it reads, so only its hash is kept."""

import hashlib
import secrets
from datetime import datetime

from sqlmodel import Session, col, select

from server.models.reminder import CalendarFeed
from server.models.turns import wait_for_others
from server.models.user import User


def make(session: Session, user: User, now: datetime) -> str:
    """The token, told this once. The address there was before ends."""
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
    """Whose it is. Any wrong one takes as long as any other: it is hashed and looked for, once."""
    found = (
        select(User)
        .join(CalendarFeed, col(CalendarFeed.user_id) == col(User.id))
        .where(CalendarFeed.token_hash == _hash_of(token), col(User.deactivated_at).is_(None))
    )
    return session.exec(found).first()


def _hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
