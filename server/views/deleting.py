"""Deleting a customer: what goes with it, and restoring it. Rendered by the server only."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlmodel import Session, col, func, select

from server import words
from server.models.contact import Contact
from server.models.contract import Contract
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.identity import is_id
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.pipeline import pipelines
from server.models.refusal import NotAllowed
from server.models.scope import deleted_of, may_manage, visible_customer
from server.models.user import User
from server.models.visit import Visit
from server.payments import standing
from server.pipeline.rulebook import stage_of
from server.views.activity import STANDS
from server.views.reader import Reader, joined
from server.views.sales import pipeline_of

MOST_ROWS: Final = 100


def to_delete(session: Session, reader: Reader, customer_id: str) -> dict[str, Any]:
    """The page that asks before deleting: what goes with the customer, in numbers."""
    if not may_manage(reader.user):
        raise NotAllowed
    t, row = reader.t, visible_customer(session, reader.user, customer_id)
    promises = col(FollowUp.completed_at).is_(None), col(FollowUp.withdrawn_at).is_(None)
    signed = col(Contract.signed_at).is_not(None), col(Contract.cancelled_at).is_(None)
    found = (
        (t("Contacts"), _count(session, Contact, row, col(Contact.deleted_at).is_(None)), ""),
        (t("Visits"), _count(session, Visit, row, *STANDS, col(Visit.started_at).is_not(None)), ""),
        (t("Open opportunities"), *_sales(session, row, "open")),
        (t("Won opportunities"), *_sales(session, row, "won")),
        (t("Signed contracts"), _count(session, Contract, row, *signed), ""),
        (t("Orders"), *_orders(session, reader, row)),
        (t("Open follow-ups"), _count(session, FollowUp, row, *promises), ""),
    )
    return {
        "title": t("Delete this customer?"),
        "customer": _who(row, _keeper(reader, row, _people(session))),
        "back": {"href": f"/customers/{row.id}", "text": t("Customer")},
        "action": f"/customers/{row.id}/delete",
        "pairs": [
            {"label": label, "value": joined(str(number), more)} for label, number, more in found if number
        ],
    }


def _count(session: Session, model: Any, row: Customer, *which: Any) -> int:
    found: int = session.exec(select(func.count()).where(model.customer_id == row.id, *which)).one()
    return found


def _sales(session: Session, row: Customer, kind: str) -> tuple[int, str]:
    """How many opportunities stand at stages of this kind, and what they come to."""
    all_pipelines = pipelines(session)
    query = select(Opportunity).where(
        Opportunity.customer_id == row.id, col(Opportunity.deleted_at).is_(None)
    )
    stages = (
        (sale, stage_of(pipeline_of(all_pipelines, sale.pipeline_id).stages, sale.stage))
        for sale in session.exec(query)
    )
    found = [sale for sale, stage in stages if stage is not None and stage["kind"] == kind]
    return len(found), _amounts((sale.currency, sale.amount_cents) for sale in found)


def _orders(session: Session, reader: Reader, row: Customer) -> tuple[int, str]:
    """How many orders there are, what they come to, and what has not been paid yet."""
    query = select(Order).where(Order.customer_id == row.id, col(Order.withdrawn_at).is_(None))
    found, today = session.exec(query).all(), reader.today.isoformat()
    unpaid = _amounts(
        (order.currency, standing(order.total_cents, order.payments, today).open_cents) for order in found
    )
    return len(found), joined(
        _amounts((order.currency, order.total_cents) for order in found),
        reader.t("%(amount)s open", amount=unpaid) if unpaid else "",
    )


def _amounts(amounts: Iterable[tuple[str, int]]) -> str:
    cents = Counter[str]()
    for currency, more in amounts:
        cents[currency] += more
    return " + ".join(words.money(cents[currency], currency) for currency in sorted(cents) if cents[currency])


def _people(session: Session) -> dict[str, str]:
    return dict(session.exec(select(User.id, User.name)).all())


def _keeper(reader: Reader, row: Customer, people: Mapping[str, str]) -> str:
    if row.owner_id is None:
        return reader.t("nobody looks after it yet")
    return reader.t("looked after by %(name)s", name=people[row.owner_id])


def _who(row: Customer, detail: str) -> dict[str, str]:
    return {"initial": words.initial(row.name), "name": row.name, "detail": detail}


def deleted_ones(session: Session, reader: Reader) -> dict[str, Any]:
    """The deleted customers that can be restored, the latest first."""
    if not may_manage(reader.user):
        raise NotAllowed
    t, found = reader.t, deleted_of(reader.user)
    rows = session.exec(deleted_in_order(found).limit(MOST_ROWS)).all()
    count = len(rows)
    if count == MOST_ROWS:
        count = session.exec(select(func.count()).select_from(found.subquery())).one()
    people = _people(session)
    return {
        "title": t("Deleted customers"),
        "rows": [_row(reader, row, people) for row in rows],
        "beyond": t("The first %(n)s of %(all)s are shown.", n=MOST_ROWS, all=count)
        if count > MOST_ROWS
        else "",
    }


def deleted_in_order(query: Any) -> Any:
    """The deleted customers that can be restored, the latest first."""
    return query.order_by(col(Customer.deleted_at).desc(), col(Customer.id))


def _row(reader: Reader, row: Customer, people: Mapping[str, str]) -> dict[str, str]:
    detail = joined(_deleted_at(reader, row), row.region, _keeper(reader, row, people))
    return {**_who(row, detail), "action": f"/customers/{row.id}/restore"}


def _deleted_at(reader: Reader, row: Customer) -> str:
    assert row.deleted_at is not None  # noqa: S101  (deleted_of() has checked)
    return reader.t("Deleted: %(when)s", when=reader.moment(row.deleted_at))


def was_deleted(session: Session, reader: Reader, customer_id: str) -> dict[str, Any]:
    """Shown in place of a deleted customer's page, to readers who could see the customer."""
    here = deleted_of(reader.user).where(Customer.id == customer_id)
    row = session.exec(here).first() if is_id(customer_id) else None
    if row is None:
        raise NotAllowed
    return {
        "title": reader.t("This customer was deleted"),
        "customer": _who(row, joined(_deleted_at(reader, row), _keeper(reader, row, _people(session)))),
        "action": f"/customers/{row.id}/restore" if may_manage(reader.user) else "",
    }
