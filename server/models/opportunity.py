"""A potential sale, and the products talked about."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from server.models.column import counter, key, link, maybe_moment, moment

STAGES = ("lead", "first_contact", "needs_confirmed", "quote", "contract", "payment", "won", "lost")


class Opportunity(SQLModel, table=True):
    __tablename__ = "opportunities"
    __collection__ = "opportunities"

    id: str = key()
    customer_id: str = link("customers.id")
    owner_id: str = link("users.id")
    name: str
    amount_cents: int = counter()
    currency: str = Field(max_length=3)
    stage: str
    expected_close_on: date | None = None
    created_at: datetime = moment()
    stage_since: datetime = moment()
    deleted_at: datetime | None = maybe_moment()


class Product(SQLModel, table=True):
    __tablename__ = "products"
    __collection__ = "products"

    id: str = key()
    name: str = Field(unique=True)
    retired_at: datetime | None = maybe_moment()
