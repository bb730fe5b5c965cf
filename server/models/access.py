"""Asking for access to a customer that somebody else looks after. Asking reveals nothing about the customer; its owner
or a manager shares it or declines."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlmodel import SQLModel

from server.models.column import link, moment
from server.models.revision import note_row

if TYPE_CHECKING:
    from server.models.act import Act


class AccessRequest(SQLModel, table=True):
    """A request that nobody has answered yet; the answer deletes it."""

    __tablename__ = "access_requests"

    customer_id: str = link("customers.id", primary_key=True, index=False)
    user_id: str = link("users.id", primary_key=True)  # who asks
    asked_at: datetime = moment()


def ask(act: "Act", *, customer_id: str) -> None:
    """Does nothing if there is no such customer or the user sees it already, and looks the same to whoever asks: so
    nobody learns by asking which customers exist."""
    from server.models.customer import Customer

    act.require(act.writes)
    customer = act.rows.find(Customer, customer_id)
    if customer is None or customer.deleted_at is not None or act.sees(customer):
        return
    if act.session.get(AccessRequest, (customer_id, act.by.id)) is None:
        act.session.add(AccessRequest(customer_id=customer_id, user_id=act.by.id, asked_at=act.now))
        # On phones the customer's row says who asks.
        note_row(act.session, "customers", customer_id, customer_id)


def decline(act: "Act", *, customer_id: str, user_id: str) -> None:
    customer = act.editable(customer_id)
    act.require(act.manages or customer.owner_id == act.by.id)
    answered(act, customer_id, user_id)


def answered(act: "Act", customer_id: str, user_id: str) -> None:
    """Deletes the request, if there is one."""
    found = act.session.get(AccessRequest, (customer_id, user_id))
    if found is not None:
        act.session.delete(found)
        act.session.flush()
        note_row(act.session, "customers", customer_id, customer_id)
