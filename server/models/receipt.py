"""What the server answered to each change, kept for ever: sending again is always harmless."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text, TypeDecorator, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from server.models.column import counter, key, link, maybe_link, maybe_moment, moment

_PARKED = text("status = 'parked'")


class JsonText(TypeDecorator[Any]):
    """JSON as ASCII text. What is parked may hold what JSONB refuses, such as NUL or half a surrogate pair."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        return None if value is None else json.loads(value)


def json_text() -> Any:
    return Field(default=None, sa_type=JsonText)


class Receipt(SQLModel, table=True):
    __tablename__ = "receipts"
    __table_args__ = (
        UniqueConstraint("device_id", "seq", name="uq_receipts_device_seq"),
        Index("ix_receipts_parked", "user_id", sqlite_where=_PARKED, postgresql_where=_PARKED),
    )

    change_id: str = key()
    device_id: str = link("devices.id", index=False)
    seq: int = counter()
    user_id: str = link("users.id", index=False)
    name: str
    status: str  # applied or parked
    code: str | None = None
    detail: dict[str, Any] | None = json_text()
    item: dict[str, Any] | None = json_text()  # the whole change as it came, while parked
    creates: list[str] | None = (
        json_text()
    )  # "visits:0199…": dependents wait for it, `legwork verify` looks for it
    base_rev: int | None = counter(default=None, nullable=True)
    change_group: str | None = Field(default=None, max_length=64)
    happened_at: datetime = moment()
    received_at: datetime = moment()
    released_at: datetime | None = maybe_moment()  # when a parked one was applied after all
    asked_at: datetime | None = maybe_moment()  # when its author asked a manager to look at it
    dismissed_at: datetime | None = maybe_moment()  # kept, but not tried again
    dismissed_by: str | None = maybe_link("users.id", index=False)
    rev: int = counter(default=0)
