"""Likely duplicates, shown while a customer is being added. Twin of pwa/views/likely.js."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from server import words
from server.likeness import keys_of
from server.models.access import AccessRequest, waits
from server.models.customer import Customer
from server.models.identity import is_id
from server.models.refusal import NotAllowed
from server.models.scope import in_sight_of, may_write, out_of_sight_of
from server.models.user import User
from server.translations import Translator
from server.views.reader import Reader, joined

MOST_LIKELY: Final = 5
TOLD: Final = ("name", "phone", "address")


def likely(session: Session, reader: Reader, typed: Mapping[str, str]) -> list[dict[str, str]]:
    """Duplicates that the reader may open. `typed`: name, phone and address of the form, and the new customer's id."""
    alike = _alike(typed)
    if alike is None:
        return []
    query = select(Customer).where(col(Customer.deleted_at).is_(None), in_sight_of(reader.user), alike)
    if is_id(itself := typed.get("customer_id", "")):
        query = query.where(Customer.id != itself)
    found = session.exec(query.order_by(col(Customer.sort_key), col(Customer.id)).limit(MOST_LIKELY)).all()
    return [own_row(customer) for customer in found]


def own_row(customer: Customer) -> dict[str, str]:
    return {
        "href": f"/customers/{customer.id}",
        "name": customer.name,
        "initial": words.initial(customer.name),
        "detail": joined(customer.phone, customer.region),
    }


def elsewhere(session: Session, reader: Reader, typed: Mapping[str, str]) -> list[dict[str, Any]]:
    """Duplicates that the reader may not open: only their names and owners are told."""
    if not may_write(reader.user):
        raise NotAllowed
    alike = _alike(typed)
    if alike is None:
        return []
    asked = (
        (col(AccessRequest.customer_id) == col(Customer.id))
        & (AccessRequest.user_id == reader.user.id)
        & waits()
    )
    query = (
        select(Customer.id, Customer.name, User.name, AccessRequest.user_id)
        .join(User, col(User.id) == col(Customer.owner_id), isouter=True)
        .join(AccessRequest, asked, isouter=True)
        .where(col(Customer.deleted_at).is_(None), out_of_sight_of(reader.user), alike)
    )
    found = session.exec(query.order_by(col(Customer.sort_key), col(Customer.id)).limit(MOST_LIKELY)).all()
    return [_foreign_row(*row, t=reader.t) for row in found]


def _foreign_row(
    row_id: str, name: str, owner: str | None, asked_by: str | None, t: Translator
) -> dict[str, Any]:
    return {
        "name": name,
        "initial": words.initial(name),
        "detail": t("Already looked after by %(name)s", name=owner)
        if owner
        else t("Nobody looks after it yet"),
        "ask_href": "" if asked_by else f"/customers/{row_id}/ask",
    }


def _alike(typed: Mapping[str, str]) -> ColumnElement[bool] | None:
    """The condition that a customer looks like what was typed. None if nothing comparable was typed."""
    name, phone, address = (typed.get(field, "") for field in TOLD)
    keys = keys_of(name, phone, address).items()
    # Unprintable characters are in no name, and PostgreSQL refuses a NUL.
    same = [getattr(Customer, column) == key for column, key in keys if key and key.isprintable()]
    return or_(*same) if same else None


def asks(
    customer_id: str, asked_by: Sequence[str], people: Sequence[User], may_share: bool
) -> list[dict[str, str]]:
    """The users who ask to share this customer, for readers who may share it."""
    if not may_share:
        return []
    here = [person for person in people if person.id in asked_by and person.deactivated_at is None]
    return [
        {"id": person.id, "name": person.name, "decline_href": f"/customers/{customer_id}/asks/decline"}
        for person in here
    ]
