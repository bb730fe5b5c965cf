"""A company we sell to, who may see it, and what hangs off it in ordinary fields."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from server.models.column import json_value, key, link, maybe_link, maybe_moment, moment, text_key

CADENCE_DAYS = 30


class Lifecycle(StrEnum):
    LEAD = "lead"
    PROSPECT = "prospect"
    ACTIVE = "active"
    DORMANT = "dormant"
    LOST = "lost"


class Customer(SQLModel, table=True):
    __tablename__ = "customers"
    __collection__ = "customers"

    id: str = key()
    name: str
    phone: str | None = None
    address: str | None = None
    region: str | None = None
    customer_type: str | None = None
    lifecycle: str = Lifecycle.LEAD
    cadence_days: int = CADENCE_DAYS
    price_sensitivity: str | None = None  # low, medium, high
    latitude: float | None = None
    longitude: float | None = None
    owner_id: str | None = maybe_link("users.id")  # None: free, in the pool of its territory
    territory_id: str | None = maybe_link("territories.id")
    sort_key: str = text_key(index=True)  # pinyin or folded Latin, so that 北京 sorts among B
    search_text: str = Field(default="")  # folded name, pinyin initials, region, phone
    last_touch_at: datetime | None = maybe_moment()  # the latest visit that still stands
    created_at: datetime = moment()
    created_by: str | None = maybe_link("users.id", index=False)
    deleted_at: datetime | None = maybe_moment()


class CustomerShare(SQLModel, table=True):
    __tablename__ = "customer_shares"

    customer_id: str = link("customers.id", primary_key=True)
    user_id: str = link("users.id", primary_key=True)


class CustomerTag(SQLModel, table=True):
    __tablename__ = "customer_tags"

    customer_id: str = link("customers.id", primary_key=True)
    tag: str = Field(primary_key=True)


class FieldHistory(SQLModel, table=True):
    """What an ordinary field held before, so that the value that lost can be restored."""

    __tablename__ = "field_history"
    __table_args__ = (Index("ix_field_history_row", "collection", "row_id"),)

    id: str = key()
    collection: str
    row_id: str = Field(max_length=36)
    field: str
    before: str | int | float | None = json_value(default=None)
    after: str | int | float | None = json_value(default=None)
    changed_by: str = link("users.id")
    changed_at: datetime = moment()


class Contact(SQLModel, table=True):
    __tablename__ = "contacts"
    __collection__ = "contacts"

    id: str = key()
    customer_id: str = link("customers.id")
    name: str
    role: str | None = None  # decides, influences, blocks, uses
    phone: str | None = None
    email: str | None = None
    birthday: str | None = Field(default=None, max_length=10)
    reports_to: str | None = Field(default=None, max_length=36)
    created_at: datetime = moment()
    deleted_at: datetime | None = maybe_moment()
