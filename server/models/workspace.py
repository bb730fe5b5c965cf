"""The company this instance serves, and the one counter that orders everything written in it."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlmodel import Field, Session, SQLModel, select

from server.models.column import counter, json_list, maybe_moment, moment
from server.models.identity import new_id
from server.models.refusal import NotAllowed
from server.search_text import by_name


class Workspace(SQLModel, table=True):
    __tablename__ = "workspace"

    id: int = Field(default=1, primary_key=True)
    name: str = ""
    epoch: str = Field(max_length=36)  # a new one after every restore: phones then replay their journals
    rev: int = counter(default=0)
    # Up to here a backup holds everything: phones may forget what they sent.
    durable_rev: int = counter(default=0)
    durable_at: datetime | None = maybe_moment()  # when that backup was made
    created_at: datetime = moment()
    setup_token_hash: str | None = None  # only until the first admin exists
    set_up_at: datetime | None = maybe_moment()


class Territory(SQLModel, table=True):
    __tablename__ = "territories"

    id: str = Field(primary_key=True, max_length=36)
    name: str = Field(unique=True)
    quotas: list[dict[str, Any]] = json_list()  # as server/models/quota.py says


class Team(SQLModel, table=True):
    __tablename__ = "teams"

    id: str = Field(primary_key=True, max_length=36)
    name: str = Field(unique=True)
    territory_id: str = Field(foreign_key="territories.id", index=True, max_length=36)


Place = TypeVar("Place", Territory, Team)
NAMES: Final = "names of territories and teams"  # for wait_for_others, before a name is checked and given

_THE_WORKSPACE: Final = select(Workspace)


def the_workspace(session: Session) -> Workspace:
    return session.exec(_THE_WORKSPACE).one()


def is_set_up(session: Session) -> bool:
    return the_workspace(session).set_up_at is not None


def new_setup_token(session: Session) -> str:
    """Returns a token that lets its holder become the admin: show it in the terminal only. An earlier one ends."""
    workspace = the_workspace(session)
    if workspace.set_up_at is not None:
        raise NotAllowed
    token = secrets.token_urlsafe(24)
    workspace.setup_token_hash = _hash_of(token)
    return token


def opens_setup(session: Session, token: str) -> bool:
    workspace = the_workspace(session)
    known = workspace.setup_token_hash
    return workspace.set_up_at is None and known is not None and hmac.compare_digest(known, _hash_of(token))


def finish_setup(session: Session, name: str, now: datetime) -> None:
    """Locks the workspace, so that of two people with the same link only one becomes the admin;
    the other gets NotAllowed."""
    workspace = session.exec(
        select(Workspace).with_for_update().execution_options(populate_existing=True)
    ).one()
    if workspace.set_up_at is not None:
        raise NotAllowed
    workspace.name = name
    workspace.set_up_at = now
    workspace.setup_token_hash = None


def _hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def territories(session: Session) -> Sequence[Territory]:
    return sorted(session.exec(select(Territory)).all(), key=by_name)


def teams(session: Session) -> Sequence[Team]:
    return sorted(session.exec(select(Team)).all(), key=by_name)


def territory_named(session: Session, name: str) -> Territory | None:
    return _called(territories(session), name)


def team_named(session: Session, name: str) -> Team | None:
    return _called(teams(session), name)


def _called(places: Sequence[Place], name: str) -> Place | None:
    """The place of this name in any case: people do not tell "North" from "north".
    Where older data has both, the one that is spelt the same."""
    alike = [place for place in places if place.name.casefold() == name.casefold()]
    return min(alike, key=lambda place: place.name != name, default=None)


def add_team(session: Session, name: str, territory: Territory) -> Team:
    team = Team(id=new_id(), name=name, territory_id=territory.id)
    session.add(team)
    return team
