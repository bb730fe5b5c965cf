"""Choosing the customer that another one is a duplicate of. Rendered by the server only."""

from collections.abc import Sequence
from typing import Any, Final

from sqlmodel import Session, or_, select

from server import words
from server.models.customer import Customer
from server.models.refusal import NotAllowed
from server.models.scope import customers_of, may_manage, visible_customer
from server.models.user import User
from server.views.reader import Reader, joined
from server.views.rows import in_order
from server.views.search import searched

MOST_ROWS: Final = 30


def duplicate_of(
    session: Session, reader: Reader, customer_id: str, q: str, refused: str = ""
) -> dict[str, Any]:
    """Customers to choose from: those that look alike or, with `q`, those that the search finds."""
    if not may_manage(reader.user):
        raise NotAllowed
    t, customer = reader.t, visible_customer(session, reader.user, customer_id)
    found = _found(session, reader, q) if q else _alike(session, reader.user, customer)
    people = dict(session.exec(select(User.id, User.name)).all())
    return {
        "title": t("Duplicate of…"),
        "customer_name": customer.name,
        "back": {"href": f"/customers/{customer.id}", "text": reader.t("Customer")},
        "action": f"/customers/{customer.id}/merge",
        "q": q,
        "refused": refused,
        "rows": [_row(row, people) for row in found if row.id != customer.id],
        "empty": t("Nobody found.")
        if q
        else t("No other customer has this name or telephone number. Search for it."),
    }


def _found(session: Session, reader: Reader, q: str) -> Sequence[Customer]:
    return session.scalars(in_order(searched(customers_of(reader.user), q)).limit(MOST_ROWS)).all()


def _alike(session: Session, user: User, customer: Customer) -> Sequence[Customer]:
    """Customers with the same name, apart from legal form and spelling, or the same telephone number."""
    same_name, same_phone = Customer.name_key == customer.name_key, Customer.phone_key == customer.phone_key
    alike = or_(same_name, same_phone) if customer.phone_key else same_name
    return session.scalars(in_order(customers_of(user).where(alike)).limit(MOST_ROWS)).all()


def _row(row: Customer, people: dict[str, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "initial": words.initial(row.name),
        "name": row.name,
        "detail": joined(row.phone, row.region, people.get(row.owner_id or "")),
    }
