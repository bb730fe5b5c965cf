"""Adding and renaming territories, and the settings that hold in one."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from server.models.identity import new_id
from server.models.reminder import TerritorySettings
from server.models.revision import note_row
from server.models.scope import ALL_SEEING_ROLES
from server.models.turns import wait_for_others
from server.models.user import Role, User
from server.models.workspace import Territory, territories


def add(session: Session, name: str) -> Territory:
    territory = Territory(id=new_id(), name=name)
    session.add(territory)
    tell(session)
    return territory


def rename(session: Session, territory: Territory, name: str) -> None:
    territory.name = name
    tell(session)


def tell(session: Session) -> None:
    """Has phones of executives and admins hear of it: they hold the names of all territories."""
    for user_id in session.exec(select(User.id).where(col(User.role).in_(ALL_SEEING_ROLES))):
        note_row(session, "me", user_id, None)


def settable_by(session: Session, user: User) -> Sequence[Territory]:
    return [territory for territory in territories(session) if may_set(user, territory.id)]


def may_set(user: User, territory_id: str) -> bool:
    """Whether the user may set what holds in a territory: its managers, executives and admins may."""
    return user.role in ALL_SEEING_ROLES or (user.role == Role.MANAGER and user.territory_id == territory_id)


def settings_of(session: Session, territory_id: str | None) -> TerritorySettings | None:
    return session.get(TerritorySettings, territory_id) if territory_id else None


def keep(session: Session, territory_id: str, by: User, values: dict[str, Any]) -> None:
    wait_for_others(session, f"reminders of {territory_id}")
    session.merge(TerritorySettings(territory_id=territory_id, set_by=by.id, **values))
