"""What the server answered to each change, kept for ever: sending again is always harmless."""

from datetime import datetime
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from server.models.column import counter, json_value, key, link, moment


class Receipt(SQLModel, table=True):
    __tablename__ = "receipts"
    __table_args__ = (UniqueConstraint("device_id", "seq", name="uq_receipts_device_seq"),)

    change_id: str = key()
    device_id: str = link("devices.id", index=False)
    seq: int = counter()
    user_id: str = link("users.id")
    name: str
    status: str  # applied or parked
    code: str | None = None
    detail: dict[str, Any] | None = json_value(default=None)
    args: dict[str, Any] | None = json_value(default=None)  # whole when parked
    base_rev: int | None = counter(default=None, nullable=True)
    change_group: str | None = Field(default=None, max_length=36)
    happened_at: datetime = moment()
    received_at: datetime = moment()
    rev: int = counter(default=0)
