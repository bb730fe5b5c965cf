"""Removing a territory or a team, as long as nothing that is kept belongs to it."""

from typing import Any, Final

from sqlmodel import Session, SQLModel, col, select

from server.models import territory as territories
from server.models.alert import Alert
from server.models.customer import Customer
from server.models.library_document import LibraryDocument
from server.models.refusal import Refused
from server.models.revision import count_this
from server.models.user import User
from server.models.workspace import Team, Territory

_BELONGS: Final[dict[type[SQLModel], tuple[Any, ...]]] = {
    Territory: (Team.territory_id, User.territory_id, Customer.territory_id, LibraryDocument.territory_id,
                Alert.territory_id),
    Team: (User.team_id,),
}  # fmt: skip


def is_needed(session: Session, place: Territory | Team) -> bool:
    """Whether anything belongs to it: also people who have left and deleted customers, because they may come back, and
    past quotas, which are kept for ever."""
    if isinstance(place, Territory) and place.quotas:
        return True
    kept = (select(column).where(col(column) == place.id).limit(1) for column in _BELONGS[type(place)])
    return any(session.exec(one).first() is not None for one in kept)


def remove(session: Session, place: Territory | Team) -> None:
    """Raises Refused if it is needed."""
    if is_needed(session, place):
        raise Refused("not_allowed")
    if isinstance(place, Territory):
        settings = territories.settings_of(session, place.id)
        if settings is not None:
            session.delete(settings)
            session.flush()
        territories.tell(session)
    session.delete(place)
    count_this(session)
