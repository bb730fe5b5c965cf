"""What an admin does with people's accounts: make them, change them, give them a new password, end them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from server import passwords
from server.models import calendar_feed
from server.models import session as sessions
from server.models.identity import new_id
from server.models.library import note_library
from server.models.refusal import NotAllowed, Refused
from server.models.user import WEEKLY_VISITS, Role, User
from server.models.workspace import Team, Territory
from server.search_text import by_name
from server.translations import msgid

LAST_ADMIN = msgid("This is the last admin. Make somebody else an admin first.")


@dataclass(frozen=True)
class Details:
    """What an admin enters about somebody. A team works in one territory: with a team, `territory_id` is ignored."""

    email: str
    name: str
    role: str
    territory_id: str | None = None
    team_id: str | None = None
    department: str | None = None
    weekly_visits: int = WEEKLY_VISITS


def by_email(session: Session, email: str) -> User | None:
    if "\x00" in email:  # PostgreSQL raises an error for text with NUL
        return None
    return session.exec(select(User).where(User.email == email.strip().lower())).first()


def everybody(session: Session) -> Sequence[User]:
    """By name; those who have left come last."""
    everyone = session.exec(select(User)).all()
    return sorted(everyone, key=lambda user: (user.deactivated_at is not None, by_name(user)))


def is_anybody_here(session: Session) -> bool:
    return session.exec(select(User.id).limit(1)).first() is not None


def account(session: Session, user_id: str, *, lock: bool = False) -> User:
    user = session.get(User, user_id, with_for_update=lock)
    if user is None:
        raise NotAllowed
    return user


def is_still(session: Session, user: User) -> bool:
    """Whether a user who was read in an earlier transaction still has an account and the same password. The row stays
    locked until this transaction ends."""
    same = User.id == user.id, User.password_hash == user.password_hash, col(User.deactivated_at).is_(None)
    return session.exec(select(User).where(*same).with_for_update()).first() is not None


def create(
    session: Session,
    details: Details,
    password_hash: str,
    now: datetime,
    *,
    locale: str | None = None,
    read_locale: str | None = None,
) -> User:
    """Takes the password already hashed: hashing is too slow to be done inside a transaction."""
    user = User(
        id=new_id(),
        **_columns(session, details),
        password_hash=password_hash,
        locale=locale,
        read_locale=read_locale,
        created_at=now,
    )
    session.add(user)
    return user


def edit(session: Session, user: User, details: Details) -> None:
    if details.role != Role.ADMIN:
        _keep_an_admin(session, user)
    before = user.role, user.territory_id
    for name, value in _columns(session, details).items():
        setattr(user, name, value)
    if (user.role, user.territory_id) != before:
        note_library(session)


def holds_already(session: Session, user: User, details: Details) -> bool:
    """Whether `edit` with these details would change nothing."""
    return all(getattr(user, name) == value for name, value in _columns(session, details).items())


def _columns(session: Session, details: Details) -> dict[str, Any]:
    team = session.get(Team, details.team_id) if details.team_id else None
    return {
        **vars(details),
        "email": details.email.lower(),
        "team_id": team.id if team else None,
        "territory_id": team.territory_id if team else details.territory_id,
    }


def move_team(session: Session, team: Team, territory: Territory) -> None:
    """Moves a team to another territory, and its members with it: also those who have left and may come back."""
    if team.territory_id == territory.id:
        return
    team.territory_id = territory.id
    for user in session.exec(select(User).where(User.team_id == team.id).order_by(User.id).with_for_update()):
        user.territory_id = territory.id
    note_library(session)


def set_password(
    session: Session, user: User, password_hash: str, now: datetime, but: str | None = None
) -> None:
    """Signs every browser of the user out. `but`: the hash of the session that stays, on which it was changed."""
    user.password_hash = password_hash
    sessions.sign_out_everywhere(session, user.id, now, but)


def rehash(user: User, password: str) -> None:
    """Hashes a password that was just checked anew, if its hash was made with weaker parameters than today's."""
    if passwords.is_outdated(user.password_hash):
        user.password_hash = passwords.hashed(password)


def deactivate(session: Session, user: User, now: datetime) -> None:
    """Signs them out everywhere and ends their calendar feed. What they did stays under their name.
    Raises Refused for the last admin."""
    _keep_an_admin(session, user)
    user.deactivated_at = user.deactivated_at or now
    calendar_feed.end(session, user.id)
    sessions.sign_out_everywhere(session, user.id, now)


def reactivate(user: User) -> None:
    user.deactivated_at = None


def _keep_an_admin(session: Session, user: User) -> None:
    if user.role != Role.ADMIN:
        return
    others = select(User).where(
        User.role == Role.ADMIN, col(User.deactivated_at).is_(None), User.id != user.id
    )
    if session.exec(others.with_for_update()).first() is None:
        raise Refused("not_allowed", LAST_ADMIN)
