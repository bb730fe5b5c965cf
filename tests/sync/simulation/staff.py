"""What an admin does to people and documents: gives another role or territory, deactivates, reactivates, shelves."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session

from server.models import account, handing_over, territory
from server.models.library import keep_version
from server.models.library_document import LibraryDocument
from server.models.user import User
from server.models.workspace import Team, Territory
from sync.apply import apply
from tests.sync.simulation.cast import EVERYBODY, TEAM, document


def _post(session: Session, _by: User, _now: datetime, *, user_id: str, in_team: bool, **post: Any) -> None:
    """Gives somebody another post: `role`, `territory_id` and `department`, all of them as the form sends them."""
    user = account.account(session, user_id, lock=True)
    same: dict[str, Any] = {"email": user.email, "name": user.name, "weekly_visits": user.weekly_visits}
    account.edit(session, user, account.Details(**same, **post, team_id=TEAM if in_team else None))


def _leave(session: Session, _by: User, now: datetime, *, user_id: str) -> None:
    account.deactivate(session, account.account(session, user_id, lock=True), now)


def _come_back(session: Session, _by: User, _now: datetime, *, user_id: str) -> None:
    account.reactivate(account.account(session, user_id, lock=True))


def _move_team(session: Session, _by: User, _now: datetime, *, territory_id: str) -> None:
    account.move_team(session, session.get_one(Team, TEAM), session.get_one(Territory, territory_id))


def _call(session: Session, _by: User, _now: datetime, *, territory_id: str, name: str) -> None:
    territory.rename(session, session.get_one(Territory, territory_id), name)


def _shelve(
    session: Session, _by: User, _now: datetime, *, document_id: str, territory_id: str | None
) -> None:
    """A new document, or one that is for others from now on."""
    row = session.get(LibraryDocument, document_id) or document(territory_id, document_id)
    row.territory_id = territory_id
    keep_version(session, row)


def _unshelve(session: Session, _by: User, now: datetime, *, document_id: str) -> None:
    session.get_one(LibraryDocument, document_id).withdrawn_at = now


def _hand_over(session: Session, by: User, now: datetime, *, user_id: str, to: str) -> None:
    """Gives all customers of somebody who leaves to another user."""
    for customer_id in handing_over.some_of(session, handing_over.held_by(user_id)):
        told = {"customer_id": customer_id, "from": user_id, "to": to}
        apply(session, by, "customer.assign", told, now)


def posts(session: Session) -> list[dict[str, Any]]:
    """Everybody but the admin."""
    people = (session.get(User, user_id) for name, user_id in EVERYBODY.items() if name != "dora")
    return [
        {
            "id": user.id,
            "role": user.role,
            "territory_id": user.territory_id,
            "is_away": bool(user.deactivated_at),
        }
        for user in people
        if user is not None
    ]


STAFF: Final[dict[str, Callable[..., None]]] = {
    "post": _post,
    "leave": _leave,
    "come_back": _come_back,
    "hand_over": _hand_over,
    "move_team": _move_team,
    "call": _call,
    "shelve": _shelve,
    "unshelve": _unshelve,
}
