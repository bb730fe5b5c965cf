"""The company this instance serves, and the one counter that orders everything written in it."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from server.models.column import counter, maybe_moment, moment


class Workspace(SQLModel, table=True):
    __tablename__ = "workspace"

    id: int = Field(default=1, primary_key=True)
    name: str = ""
    epoch: str = Field(max_length=36)  # a new one after every restore: phones then replay their journals
    rev: int = counter(default=0)
    durable_rev: int = counter(default=0)
    created_at: datetime = moment()
    setup_token_hash: str | None = None  # only until the first admin exists
    set_up_at: datetime | None = maybe_moment()


class Territory(SQLModel, table=True):
    __tablename__ = "territories"

    id: str = Field(primary_key=True, max_length=36)
    name: str = Field(unique=True)


class Team(SQLModel, table=True):
    __tablename__ = "teams"

    id: str = Field(primary_key=True, max_length=36)
    name: str = Field(unique=True)
    territory_id: str = Field(foreign_key="territories.id", index=True, max_length=36)
