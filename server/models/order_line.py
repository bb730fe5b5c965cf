"""The lines of orders that are not withdrawn, as rows that figures are counted from. Triggers of the database
(migration 0025) derive them from an order's `lines` whenever the order is written."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Integer, String, Table
from sqlmodel import SQLModel

from server.models.order import Order
from server.totals import line_cents

MADE_OF: Final = "made_of"  # names the table that this one is derived from: so backups leave this one out

# `is_first`: 1 if no earlier line of the order has the same product, else 0; its sum counts orders of a product.
# The index covers every query of figures, which go through orders by customer.
ORDER_LINES: Final = Table(
    "order_lines",
    SQLModel.metadata,
    Column("order_id", String(36), ForeignKey("orders.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("customer_id", String(36), ForeignKey("customers.id"), nullable=False),
    Column("placed_on", Date, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("product_id", String, nullable=False),
    Column("unit", String, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("cents", BigInteger, nullable=False),
    Column("is_first", Integer, nullable=False),
    Index(
        "ix_order_lines_bought",
        *("customer_id", "placed_on", "product_id", "unit", "currency", "quantity", "cents", "is_first"),
    ),
    info={MADE_OF: Order.__tablename__},
)


def lines_of(order: Order) -> Sequence[dict[str, Any]]:
    """The rows that the triggers must have made of an order: `legwork verify` compares."""
    if order.withdrawn_at is not None:
        return []
    said = [(line.get("product_id") or "", line) for line in order.lines]
    return [
        {
            "order_id": order.id,
            "number": number,
            "customer_id": order.customer_id,
            "placed_on": order.placed_on,
            "currency": order.currency,
            "product_id": product_id,
            "unit": line.get("unit") or "",
            "quantity": line["quantity"],
            "cents": line_cents(line),
            "is_first": int(all(before != product_id for before, _ in said[:number])),
        }
        for number, (product_id, line) in enumerate(said)
    ]
