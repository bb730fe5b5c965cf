"""The ordered steps of a sale, as an admin sets them. One row holds a pipeline's stages: a phone gets it as a whole."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, SQLModel, col, select

from server.models.column import json_list, key, maybe_moment, wire

DEFAULT_PIPELINE: Final = "00000000-0000-7000-8000-000000000001"  # made by migration 0009, and never deleted


class Pipeline(SQLModel, table=True):
    """A stage: `key`, `name` ("" for one that comes with Legwork), `kind` (open, won, lost), `probability` in percent,
    `stuck_after_days` (None: never), `skip` and `back` (it may be passed over, gone back to), `required` (names of
    server/pipeline/rulebook.py that must be there before an opportunity is)."""

    __tablename__ = "pipelines"
    __collection__ = "pipelines"

    id: str = key()
    name: str  # "" for the one that comes with Legwork
    position: int
    stages: list[dict[str, Any]] = json_list()
    retired_at: datetime | None = maybe_moment()


def pipelines(session: Session) -> Sequence[Pipeline]:
    """In the order of lists, retired ones too: opportunities may still stand in one."""
    return session.exec(select(Pipeline).order_by(col(Pipeline.position), col(Pipeline.id))).all()


def as_wire(row: SQLModel) -> dict[str, Any]:
    """A row as phones hold it, for rules that both hosts decide."""
    return {name: wire(getattr(row, name)) for name in type(row).model_fields}
