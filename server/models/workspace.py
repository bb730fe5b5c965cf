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
    durable_rev: int = counter(default=0)  # what a backup holds: phones need not keep it any longer
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
NAMES: Final = "names of territories and teams"  # whoever gives one waits for others who do

_THE_WORKSPACE: Final = select(Workspace)  # made once


def the_workspace(session: Session) -> Workspace:
    return session.exec(_THE_WORKSPACE).one()


def is_set_up(session: Session) -> bool:
    return the_workspace(session).set_up_at is not None


def new_setup_token(session: Session) -> str:
    """For the terminal only. The link of an earlier start ends with it."""
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
    """Locked until the end: of two people with the same link only one becomes the admin."""
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
    """Upper and lower case alike: nobody tells "North" from "north". Older companies may have both."""
    alike = [place for place in places if place.name.casefold() == name.casefold()]
    return min(alike, key=lambda place: place.name != name, default=None)


def add_team(session: Session, name: str, territory: Territory) -> Team:
    team = Team(id=new_id(), name=name, territory_id=territory.id)
    session.add(team)
    return team
