"""A customer and all that hangs off it. Twin of `Held` in pwa/views/held.js."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from server.models.attachment import Attachment
from server.models.contact import Contact
from server.models.contract import Contract
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.quote import Quote
from server.models.task import Task
from server.models.visit import Visit


@dataclass(frozen=True)
class Held:
    """Without what was withdrawn; `contacts` include removed ones. Each is sorted by id, which is by creation."""

    customer: Customer
    contacts: Sequence[Contact]
    visits: Sequence[Visit]
    follow_ups: Sequence[FollowUp]
    opportunities: Sequence[Opportunity]
    attachments: Sequence[Attachment]
    quotes: Sequence[Quote]
    orders: Sequence[Order]
    contracts: Sequence[Contract]
    tasks: Sequence[Task]


def held(session: Session, customer: Customer) -> Held:
    def rows(model: Any, gone: str = "withdrawn_at") -> Sequence[Any]:
        query = select(model).where(model.customer_id == customer.id).order_by(model.id)
        return session.exec(query.where(col(getattr(model, gone)).is_(None)) if gone else query).all()

    return Held(
        customer,
        contacts=rows(Contact, gone=""),
        visits=rows(Visit),
        follow_ups=rows(FollowUp),
        opportunities=rows(Opportunity, gone="deleted_at"),
        attachments=rows(Attachment),
        quotes=rows(Quote),
        orders=rows(Order),
        contracts=rows(Contract),
        tasks=rows(Task),
    )
