"""Signed-in browsers: the cookie holds a random secret, the table its hash, so that a stolen table opens nothing."""

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, delete, exists, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from server.models.identity import new_id
from server.models.refusal import NotAllowed
from server.models.user import Device, SignInSession, User

TOUCHED_EVERY: Final = timedelta(minutes=5)
COOKIE_RENEWED_EVERY: Final = timedelta(days=30)
FORGOTTEN_AFTER: Final = timedelta(days=30)
USER_AGENT_CHARACTERS: Final = 300
NOTHING: Final[Mapping[str, str]] = {}
# The first that the user agent contains counts: Edge also says Chrome, and Chrome also says Safari.
BROWSERS: Final = {
    "Edg": "Edge", "OPR/": "Opera", "SamsungBrowser": "Samsung Internet", "MicroMessenger": "WeChat",
    "Firefox": "Firefox", "FxiOS": "Firefox", "CriOS": "Chrome", "Chrome": "Chrome", "Safari": "Safari",
}  # fmt: skip
SYSTEMS: Final = {
    "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "HarmonyOS": "HarmonyOS", "CrOS": "ChromeOS",
    "Windows": "Windows", "Mac OS X": "Mac", "Linux": "Linux",
}  # fmt: skip


def _alive(since: datetime | BindParameter[datetime]) -> tuple[bool, bool]:
    seen = col(SignInSession.last_seen_at) > since
    return seen, col(SignInSession.signed_out_at).is_(None)  # type: ignore[return-value]


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def start(
    session: Session,
    user: User,
    now: datetime,
    *,
    user_agent: str = "",
    instead_of: str | None = None,
    told: Mapping[str, str] = NOTHING,
) -> str:
    """Signs the browser in and returns its new secret. `instead_of`: the secret that it came with, whose session ends
    here. `told`: as in note_reading."""
    secret = secrets.token_urlsafe(32)
    before = session.get(SignInSession, hash_of(instead_of)) if instead_of else None
    mine = before is not None and before.user_id == user.id
    if before is not None and before.signed_out_at is None:
        before.signed_out_at = now
    if before is not None and mine and before.device_id:
        _found_again(session, before.device_id)
    row = SignInSession(
        id_hash=hash_of(secret),
        public_id=new_id(),
        user_id=user.id,
        device_id=before.device_id if before is not None and mine else None,
        user_agent=user_agent[:USER_AGENT_CHARACTERS],
        created_at=now,
        last_seen_at=now,
    )
    session.add(row)
    note_reading(session, user, told)
    _let_outboxes_go_on(session, user)
    _forget_old(session, now)
    return secret


def _let_outboxes_go_on(session: Session, user: User) -> None:
    """Lets the user's phones that were signed out send what they hold. Each still needs a session of its own for it."""
    session.execute(update(Device).where(col(Device.user_id) == user.id).values(signed_out_at=None))


def _found_again(session: Session, device_id: str) -> None:
    """Ends the wiping of a lost phone: its user has it in hand again, since they have just signed in on it."""
    session.execute(update(Device).where(col(Device.id) == device_id).values(wipe_at=None, wiped_at=None))


def _forget_old(session: Session, now: datetime) -> None:
    _forget(session, col(SignInSession.signed_out_at) < now - FORGOTTEN_AFTER)


def forget_unused(session: Session, now: datetime, idle_days: int) -> None:
    """What ended by not being used: a program may sign in anew each time it runs, and never sign out."""
    _forget(session, col(SignInSession.last_seen_at) < now - timedelta(days=idle_days) - FORGOTTEN_AFTER)


def _forget(session: Session, which: Any) -> None:
    """But for the last one of each phone: by its cookie it is known, years later too, if it is to be wiped."""
    later = aliased(SignInSession)
    of_same = (
        col(later.device_id) == col(SignInSession.device_id),
        col(later.public_id) > col(SignInSession.public_id),
    )
    is_spare = or_(col(SignInSession.device_id).is_(None), exists().where(*of_same))
    forget = delete(SignInSession).where(which, is_spare)
    session.execute(forget.execution_options(synchronize_session=False))


# Runs at each request, so it is made once.
_SIGNED_IN: Final = (
    select(SignInSession, User)
    .where(User.id == SignInSession.user_id)
    .where(col(SignInSession.id_hash) == bindparam("id_hash"), *_alive(bindparam("since")))
    .where(col(User.deactivated_at).is_(None))
)


def find(session: Session, secret: str, now: datetime, idle_days: int) -> tuple[SignInSession, User] | None:
    """The session and user of a browser's secret; None if it is signed out or idle for too long, or its user has
    left."""
    params = {"id_hash": hash_of(secret), "since": now - timedelta(days=idle_days)}
    found = session.exec(_SIGNED_IN, params=params).first()
    return (found[0], found[1]) if found else None


def still_signed_in(session: Session, hashes: Iterable[str]) -> set[str]:
    """Those of these session hashes that have not been signed out."""
    these = select(SignInSession.id_hash).where(col(SignInSession.id_hash).in_(hashes))
    return set(session.exec(these.where(col(SignInSession.signed_out_at).is_(None))))


def wants_touch(row: SignInSession, now: datetime) -> bool:
    """Never set back: a server whose clock is far behind for a while would sign out whoever comes meanwhile."""
    return now - row.last_seen_at >= TOUCHED_EVERY


def wants_cookie(row: SignInSession, now: datetime) -> bool:
    """Seldom: an answer that comes late must not bring a browser back to the sign-in before."""
    ages = (moment - row.created_at for moment in (row.last_seen_at, now))
    seen, current = (age // COOKIE_RENEWED_EVERY for age in ages)
    return current > seen


def touch(session: Session, id_hash: str, now: datetime) -> None:
    statement = update(SignInSession).where(col(SignInSession.id_hash) == id_hash).values(last_seen_at=now)
    session.execute(statement.execution_options(synchronize_session=False))


def note_reading(session: Session, user: User, told: Mapping[str, str]) -> None:
    """Keeps the locale and time zone that the browser reports, for a user who has not chosen their own. `told`: any of
    "locale" and "time_zone". Phones need not hear of it, because each knows its own."""
    kept = {name: getattr(user, f"read_{name}") for name in told if getattr(user, name) is None}
    news = {f"read_{name}": told[name] for name, value in kept.items() if told[name] != value}
    if news:
        statement = update(User).where(col(User.id) == user.id).values(news)
        session.execute(statement.execution_options(synchronize_session=False))


def signed_in(session: Session, user: User, now: datetime, idle_days: int) -> Sequence[SignInSession]:
    """The user's signed-in browsers, the last used first."""
    alive = _alive(now - timedelta(days=idle_days))
    mine = select(SignInSession).where(SignInSession.user_id == user.id, *alive)
    return session.exec(mine.order_by(col(SignInSession.last_seen_at).desc(), SignInSession.public_id)).all()


def sign_out(session: Session, user: User, public_id: str, now: datetime) -> SignInSession:
    mine = SignInSession.user_id == user.id, SignInSession.public_id == public_id
    row = session.exec(select(SignInSession).where(*mine)).first()
    if row is None:
        raise NotAllowed
    row.signed_out_at = row.signed_out_at or now
    if row.device_id is not None:
        device = session.get(Device, row.device_id)
        if device is not None:
            device.signed_out_at = now
    return row


def sign_out_everywhere(session: Session, user_id: str, now: datetime, but: str | None = None) -> None:
    """`but`: the hash of the one session that stays."""
    still = col(SignInSession.user_id) == user_id, col(SignInSession.signed_out_at).is_(None)
    statement = update(SignInSession).where(*still)
    if but is not None:
        statement = statement.where(col(SignInSession.id_hash) != but)
    session.execute(statement.values(signed_out_at=now))


def browser_name(user_agent: str) -> tuple[str | None, str | None]:
    """("Chrome", "Android"); None for what the user agent does not tell."""
    browser = next((name for sign, name in BROWSERS.items() if sign in user_agent), None)
    system = next((name for sign, name in SYSTEMS.items() if sign in user_agent), None)
    return browser, system
