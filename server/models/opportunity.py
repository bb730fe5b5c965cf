"""A potential sale, and the products talked about."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlmodel import Field, SQLModel

from server.models.column import counter, key, link, maybe_moment, moment
from server.models.refusal import NotAllowed, Refused

if TYPE_CHECKING:
    from server.models.act import Act

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


def create(
    act: "Act",
    *,
    opportunity_id: str,
    customer_id: str,
    name: str,
    amount_cents: int,
    currency: str,
    stage: str,
    expected_close_on: date | None = None,
) -> None:
    act.editable(customer_id)
    if act.rows.find(Opportunity, opportunity_id) is not None:
        raise Refused("conflict")
    act.rows.insert(
        Opportunity,
        id=opportunity_id,
        customer_id=customer_id,
        owner_id=act.by.id,
        name=name,
        amount_cents=amount_cents,
        currency=currency,
        stage=stage,
        expected_close_on=expected_close_on,
        created_at=act.moment,
        stage_since=act.moment,
    )


def move(act: "Act", *, opportunity_id: str, from_: str, to: str) -> None:
    """From where one saw it. Moved by somebody else meanwhile: a person decides."""
    opportunity = act.rows.find(Opportunity, opportunity_id)
    if opportunity is None:
        raise NotAllowed
    act.editable(opportunity.customer_id)
    if opportunity.deleted_at is not None:
        raise Refused("deleted")
    if opportunity.stage == to:
        return
    if opportunity.stage != from_:
        raise Refused("conflict", detail={"current": opportunity.stage})
    opportunity.stage = to
    opportunity.stage_since = act.moment
