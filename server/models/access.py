"""Asking for access to a customer that somebody else looks after. Asking reveals nothing about the customer; its owner
or a manager shares it or declines."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement
from sqlmodel import SQLModel, col

from server.models.column import link, maybe_link, maybe_moment, moment
from server.models.revision import note_row

if TYPE_CHECKING:
    from server.models.act import Act


class AccessRequest(SQLModel, table=True):
    """A request that waits, or was declined. Whoever is given the customer or a share of it asks no more."""

    __tablename__ = "access_requests"

    customer_id: str = link("customers.id", primary_key=True, index=False)
    user_id: str = link("users.id", primary_key=True)  # who asks
    asked_at: datetime = moment()
    declined_at: datetime | None = maybe_moment()
    declined_by: str | None = maybe_link("users.id", index=False)


def ask(act: "Act", *, customer_id: str) -> None:
    """Does nothing if there is no such customer or the user sees it already, and looks the same to whoever asks: so
    nobody learns by asking which customers exist."""
    from server.models.customer import Customer

    act.require(act.writes)
    customer = act.rows.find(Customer, customer_id)
    if customer is None or customer.deleted_at is not None or act.sees(customer):
        return
    found = act.session.get(AccessRequest, (customer_id, act.by.id))
    if found is None:
        act.session.add(AccessRequest(customer_id=customer_id, user_id=act.by.id, asked_at=act.now))
    elif found.declined_at is not None:
        found.asked_at, found.declined_at, found.declined_by = act.now, None, None
    else:
        return
    # On phones the customer's row says who asks.
    note_row(act.session, "customers", customer_id, customer_id)


def decline(act: "Act", *, customer_id: str, user_id: str) -> None:
    customer = act.editable(customer_id)
    act.require(act.manages or customer.owner_id == act.by.id)
    found = act.session.get(AccessRequest, (customer_id, user_id))
    if found is not None and found.declined_at is None:
        found.declined_at, found.declined_by = act.now, act.by.id
        note_row(act.session, "customers", customer_id, customer_id)


def end(act: "Act", customer_id: str, user_id: str) -> None:
    """Deletes the request, if there is one: the user sees the customer by now."""
    found = act.session.get(AccessRequest, (customer_id, user_id))
    if found is not None:
        act.session.delete(found)
        act.session.flush()
        note_row(act.session, "customers", customer_id, customer_id)


def waits() -> ColumnElement[bool]:
    """A request that nobody has answered yet."""
    return col(AccessRequest.declined_at).is_(None)
