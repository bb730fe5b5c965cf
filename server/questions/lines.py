"""Order lines (table `order_lines`) and the products that an opportunity's quotes offer, as SQL expressions."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnClause,
    ColumnElement,
    FunctionElement,
    case,
    cast,
    exists,
    func,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import visitors
from sqlmodel import col

from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.order_line import ORDER_LINES
from server.models.product import Product

LINE_QUANTITY: Final = ORDER_LINES.c.quantity
LINE_CENTS: Final = ORDER_LINES.c.cents
LINE_PRODUCT: Final = ORDER_LINES.c.product_id
LINE_UNIT: Final = ORDER_LINES.c.unit
# The product's cost per unit today, in cents; NULL if unknown or in another currency than the order.
LINE_COST: Final = case((col(Product.currency) == ORDER_LINES.c.currency, col(Product.cost_cents)))
LINE_MARGIN: Final = ORDER_LINES.c.cents - ORDER_LINES.c.quantity * LINE_COST
IS_PRODUCT: Final = col(Product.id) == ORDER_LINES.c.product_id
# The number of orders, where only lines of one product are read: an order may have several lines of it.
ORDERS_OF_PRODUCT: Final = func.sum(ORDER_LINES.c.is_first)
# Columns of Order that ORDER_LINES repeats, with their names there.
OF_ORDER: Final = {"id": "order_id"} | {name: name for name in ("customer_id", "placed_on", "currency")}


def of_lines(expression: Any) -> Any:
    """`expression` with columns of Order replaced by those of ORDER_LINES, so that no order is looked up."""
    return visitors.replacement_traverse(_plain(expression), {}, _of_line)


def _of_line(element: Any, **_: Any) -> Any:
    is_of_order = isinstance(element, ColumnClause) and _table_of(element) == Order.__tablename__
    return ORDER_LINES.c[OF_ORDER[element.name]] if is_of_order else None


def margin_of_order(product_ids: Sequence[str] | None) -> Any:
    """The margin of an order's lines whose cost is known, in cents; only lines of `product_ids`, unless None."""
    query = select(cast(func.sum(LINE_MARGIN), BigInteger)).select_from(ORDER_LINES).join(Product, IS_PRODUCT)
    query = query.where(ORDER_LINES.c.order_id == col(Order.id))
    if product_ids is not None:
        query = query.where(LINE_PRODUCT.in_(product_ids))
    return query.correlate(Order).scalar_subquery()


def refers_to_lines(expression: Any) -> bool:
    return refers_to(str(ORDER_LINES.name), expression)


def refers_to(table: str, expression: Any) -> bool:
    return any(_table_of(element) == table for element in visitors.iterate(_plain(expression)))


def _table_of(element: Any) -> str | None:
    return getattr(getattr(element, "table", None), "name", None)


def _plain(expression: Any) -> Any:
    """A model's attribute as the column element that SQLAlchemy's visitors can traverse."""
    return expression.__clause_element__() if hasattr(expression, "__clause_element__") else expression


class each_quoted(FunctionElement[str]):  # noqa: N801  (a function of SQL)
    """A row for each product in the quotes of the opportunity with this id. Declined quotes count: what they offered
    was lost with the opportunity. A line without a product gives "", and so does an opportunity without quotes."""

    inherit_cache = True
    name = "each_quoted"


OF_IT: Final = "said.opportunity_id = {} AND said.withdrawn_at IS NULL"


@compiles(each_quoted, "sqlite")
def _sqlite_quoted(element: Any, compiler: Any, **options: Any) -> str:
    of_it = OF_IT.format(compiler.process(element.clauses, **options))
    named = "json_group_array(DISTINCT coalesce(json_extract(part.value, '$.product_id'), ''))"
    found = f"SELECT {named} FROM quotes AS said, json_each(said.lines) AS part WHERE {of_it}"  # noqa: S608  (our own words)
    return f"""json_each(coalesce(nullif(({found}), '[]'), '[""]'))"""


@compiles(each_quoted, "postgresql")
def _postgres_quoted(element: Any, compiler: Any, **options: Any) -> str:
    of_it = OF_IT.format(compiler.process(element.clauses, **options))
    named = "jsonb_agg(DISTINCT coalesce(part.value ->> 'product_id', ''))"
    found = f"SELECT {named} FROM quotes AS said, jsonb_array_elements(said.lines) AS part WHERE {of_it}"  # noqa: S608
    return f"""jsonb_array_elements_text(coalesce(({found}), '[""]'::jsonb))"""


def quoted(name: str, **options: bool) -> Any:
    return each_quoted(col(Opportunity.id)).table_valued("value", name=name, **options)


def was_quoted(product_ids: Sequence[str]) -> ColumnElement[bool]:
    found = quoted("meant")
    return exists(select(1).select_from(found).where(found.c.value.in_(product_ids))).correlate(Opportunity)


QUOTED: Final = quoted("quoted", joins_implicitly=True)
