"""What a territory has set for its people: whose it is to set, and what is kept."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from server.models.reminder import TerritorySettings
from server.models.user import Role, User
from server.models.workspace import Territory, territories


def settable_by(session: Session, user: User) -> Sequence[Territory]:
    return [territory for territory in territories(session) if may_set(user, territory.id)]


def may_set(user: User, territory_id: str) -> bool:
    """Its managers, and admins."""
    return user.role == Role.ADMIN or (user.role == Role.MANAGER and user.territory_id == territory_id)


def settings_of(session: Session, territory_id: str | None) -> TerritorySettings | None:
    return session.get(TerritorySettings, territory_id) if territory_id else None


def keep(session: Session, territory_id: str, by: User, values: dict[str, Any]) -> None:
    session.merge(TerritorySettings(territory_id=territory_id, set_by=by.id, **values))
