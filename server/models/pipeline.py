"""The ordered stages of a sale, as an admin sets them.
One row holds all stages of a pipeline, so that a phone never has half of one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, SQLModel, col, select

from server.models.column import json_list, key, maybe_moment, wire

DEFAULT_PIPELINE: Final = "00000000-0000-7000-8000-000000000001"  # made by migration 0009, and never deleted


class Pipeline(SQLModel, table=True):
    """A stage: `key`; `name` ("" for one that comes with Legwork); `kind` (open, won, lost); `probability` in percent;
    `stuck_after_days` (None: never); `skip`, `back`: whether it may be passed over, and gone back to; `required`: what
    must be there before an opportunity may be at this stage, in the words of server/pipeline/rulebook.py."""

    __tablename__ = "pipelines"
    __collection__ = "pipelines"

    id: str = key()
    name: str  # "" for the one that comes with Legwork
    position: int
    stages: list[dict[str, Any]] = json_list()
    retired_at: datetime | None = maybe_moment()


def pipelines(session: Session) -> Sequence[Pipeline]:
    """All in the order in which lists show them, retired ones too: opportunities may still be in one."""
    return session.exec(select(Pipeline).order_by(col(Pipeline.position), col(Pipeline.id))).all()


def as_wire(row: SQLModel) -> dict[str, Any]:
    """A row as phones hold it, for rules that both hosts apply."""
    return {name: wire(getattr(row, name)) for name in type(row).model_fields}
