"""What a customer has ordered: the lines of an accepted quote, and the payments that are expected and received."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Index
from sqlmodel import Field, SQLModel, col, select

from server.models.column import counter, json_list, key, link, maybe_moment, moment, wire
from server.models.customer import note_purchase
from server.models.quote import Quote
from server.models.refusal import Refused

if TYPE_CHECKING:
    from server.models.act import Act

MOST_PAYMENTS: Final = 200
ORDER_SENTENCES: Final = {
    "withdrawn": "This order was taken back in the meantime.",
    "not_accepted": "Only an accepted quote becomes an order.",
    "ordered": "There is an order of this quote.",
    "full": "An order keeps at most 200 payments.",
}


class Order(SQLModel, table=True):
    """`payments`: `{id, kind, on, amount_cents, note?, by, at}` each, `kind` expected or received."""

    __tablename__ = "orders"
    __collection__ = "orders"
    # Finds a customer's orders, and covers how often and for how much everybody orders.
    __table_args__ = (
        Index("ix_orders_bought", "customer_id", "placed_on", "currency", "total_cents", "withdrawn_at"),
    )

    id: str = key()
    customer_id: str = link("customers.id", index=False)
    opportunity_id: str = link("opportunities.id")
    quote_id: str = link("quotes.id")
    author_id: str = link("users.id", index=False)
    currency: str = Field(max_length=3)
    lines: list[dict[str, Any]] = json_list()
    total_cents: int = counter()
    placed_on: date
    note: str | None = None
    payments: list[dict[str, Any]] = json_list()
    created_at: datetime = moment()
    withdrawn_at: datetime | None = maybe_moment()


def place(act: "Act", *, order_id: str, quote_id: str, placed_on: date, note: str | None = None) -> None:
    """Stock is not checked: goods can arrive, and the form has warned. Done twice is done once."""
    quote = act.rows.one(Quote, quote_id)
    act.editable(quote.customer_id)
    if quote.accepted_at is None or quote.withdrawn_at is not None:
        raise Refused("conflict", ORDER_SENTENCES["not_accepted"], {"current": None})
    known = act.rows.find(Order, order_id)
    if known is not None and known.quote_id == quote_id:
        return
    if known is not None or is_ordered(act, quote_id):
        raise Refused("conflict", ORDER_SENTENCES["ordered"], {"current": "ordered"})
    act.rows.insert(
        Order,
        id=order_id,
        customer_id=quote.customer_id,
        opportunity_id=quote.opportunity_id,
        quote_id=quote_id,
        author_id=act.by.id,
        currency=quote.currency,
        lines=quote.lines,
        total_cents=quote.total_cents,
        placed_on=placed_on,
        note=note,
        created_at=act.moment,
    )
    note_purchase(act, quote.customer_id)


def is_ordered(act: "Act", quote_id: str) -> bool:
    """Whether the quote has an order. The quote must be locked, so that nobody else places one meanwhile."""
    act.rows.write()
    ordered = select(Order.id).where(Order.quote_id == quote_id, col(Order.withdrawn_at).is_(None))
    return act.session.exec(ordered).first() is not None


def withdraw(act: "Act", *, order_id: str) -> None:
    order = act.rows.one(Order, order_id)
    act.editable(order.customer_id)
    order.withdrawn_at = order.withdrawn_at or act.moment


def expect(
    act: "Act", *, order_id: str, payment_id: str, due_on: date, amount_cents: int, note: str | None = None
) -> None:
    _note_payment(act, order_id, payment_id, "expected", due_on, amount_cents, note)


def receive(
    act: "Act",
    *,
    order_id: str,
    payment_id: str,
    received_on: date,
    amount_cents: int,
    note: str | None = None,
) -> None:
    _note_payment(act, order_id, payment_id, "received", received_on, amount_cents, note)


def _note_payment(
    act: "Act", order_id: str, payment_id: str, kind: str, on: date, amount_cents: int, note: str | None
) -> None:
    order = _standing(act, order_id)
    told = {"id": payment_id, "kind": kind, "on": wire(on), "amount_cents": amount_cents}
    told |= {"note": note} if note else {}
    known = next((payment for payment in order.payments if payment["id"] == payment_id), None)
    if known is not None and told.items() <= known.items():
        return  # done twice is done once
    if known is not None:
        raise Refused("conflict")
    if len(order.payments) >= MOST_PAYMENTS:
        raise Refused("conflict", ORDER_SENTENCES["full"])
    order.payments = [*order.payments, {**told, "by": act.by.id, "at": wire(act.moment)}]


def take_back_payment(act: "Act", *, order_id: str, payment_id: str) -> None:
    """Done twice is done once."""
    order = _standing(act, order_id)
    kept = [payment for payment in order.payments if payment["id"] != payment_id]
    if len(kept) < len(order.payments):
        order.payments = kept


def _standing(act: "Act", order_id: str) -> Order:
    order = act.rows.one(Order, order_id)
    act.editable(order.customer_id)
    if order.withdrawn_at is not None:
        raise Refused("deleted", ORDER_SENTENCES["withdrawn"])
    return order
