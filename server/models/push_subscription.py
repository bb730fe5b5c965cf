"""A browser that takes push messages: the address of its push service, and the keys that messages are encrypted with.

It lives as long as the sign-in in which it was made: a browser that is signed out, from wherever, gets no more
messages.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, delete, or_
from sqlmodel import Field, Session, SQLModel, col, select

from server.models.column import key, link, maybe_moment, moment
from server.models.identity import new_id
from server.models.turns import wait_for_others
from server.models.user import SignInSession, User

LONGEST_ENDPOINT: Final = 2000


class PushSubscription(SQLModel, table=True):
    __tablename__ = "push_subscriptions"

    id: str = key()
    user_id: str = link("users.id")
    session_id: str = Field(foreign_key="sessions.public_id", ondelete="CASCADE", unique=True, max_length=36)
    endpoint: str = Field(unique=True, max_length=LONGEST_ENDPOINT)  # belongs to whoever subscribed it last
    p256dh: str = Field(max_length=200)
    auth: str = Field(max_length=100)
    # Our public key at that time: the service takes messages of no other.
    server_key: str = Field(max_length=100)
    created_at: datetime = moment()
    delivered_at: datetime | None = maybe_moment()  # when its push service last took a message
    refused_at: datetime | None = maybe_moment()  # when its push service last refused a message as wrong
    refusal: str | None = Field(default=None, max_length=200)


def subscribe(
    session: Session,
    user: User,
    sign_in: SignInSession,
    now: datetime,
    *,
    endpoint: str,
    **keys: Any,
) -> PushSubscription:
    """Gives the endpoint to this sign-in, whoever had it before, and forgets any other endpoint of this sign-in.

    keys: p256dh, auth, server_key.
    """
    wait_for_others(session, endpoint, sign_in.public_id)
    mine = select(PushSubscription).where(
        PushSubscription.endpoint == endpoint, PushSubscription.user_id == user.id
    )
    row = session.exec(mine).first()
    _forget_others(session, endpoint, sign_in, row)
    if row is None:
        row = PushSubscription(
            id=new_id(),
            user_id=user.id,
            session_id=sign_in.public_id,
            endpoint=endpoint,
            created_at=now,
            **keys,
        )
        session.add(row)
    for name, value in {"session_id": sign_in.public_id, **keys}.items():
        setattr(row, name, value)
    session.flush()
    return row


def _forget_others(
    session: Session, endpoint: str, sign_in: SignInSession, kept: PushSubscription | None
) -> None:
    same = or_(
        col(PushSubscription.endpoint) == endpoint, col(PushSubscription.session_id) == sign_in.public_id
    )
    others = col(PushSubscription.id) != (kept.id if kept is not None else "")
    session.execute(delete(PushSubscription).where(same, others))


def unsubscribe(session: Session, sign_in: SignInSession) -> None:
    session.execute(delete(PushSubscription).where(col(PushSubscription.session_id) == sign_in.public_id))


def of_browser(session: Session, sign_in: SignInSession) -> PushSubscription | None:
    mine = select(PushSubscription).where(PushSubscription.session_id == sign_in.public_id)
    return session.exec(mine).first()


def live(now: datetime, session_days: int) -> Any:
    """A query, to be extended: the subscriptions whose browsers are signed in and were used within these days."""
    return (
        select(PushSubscription)
        .join(SignInSession, col(SignInSession.public_id) == col(PushSubscription.session_id))
        .where(is_signed_in(), col(SignInSession.last_seen_at) > now - timedelta(days=session_days))
    )


def is_signed_in() -> Any:
    """SQL, where a subscription is joined with its sign-in."""
    same_user = col(SignInSession.user_id) == col(PushSubscription.user_id)
    return and_(same_user, col(SignInSession.signed_out_at).is_(None))
