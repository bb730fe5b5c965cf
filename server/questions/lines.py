"""The lines of an order, as the database has them: in JSON, once for each statement that speaks of one; and what the
quotes of an opportunity are about."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, FunctionElement, cast, exists, func, select
from sqlalchemy.ext.compiler import compiles
from sqlmodel import col

from server.models.column import each_item, text_of
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.totals import WHOLE_BP

LINE: Final = each_item(col(Order.lines)).table_valued("value", joins_implicitly=True, name="line")


def _number(name: str) -> Any:
    return func.coalesce(cast(text_of(LINE.c.value, name), BigInteger), 0)


def _discount_cents(gross: Any, bp: Any) -> Any:
    """As server/totals.py rounds it, in two parts, because the product of both would not fit."""
    return gross // WHOLE_BP * bp + (gross % WHOLE_BP * bp + WHOLE_BP // 2) // WHOLE_BP


LINE_QUANTITY: Final = _number("quantity")
_PRICE: Final = _number("unit_price_cents")
_DISCOUNT: Final = _number("discount_bp")
_GROSS: Final = LINE_QUANTITY * _PRICE
LINE_CENTS: Final = _GROSS - _discount_cents(_GROSS, _DISCOUNT)
LINE_PRODUCT: Final = func.coalesce(text_of(LINE.c.value, "product_id"), "")
LINE_UNIT: Final = func.coalesce(text_of(LINE.c.value, "unit"), "")
# What is taken out of the JSON; all else is made of these.
PARTS: Final = {
    "quantity": LINE_QUANTITY,
    "price": _PRICE,
    "discount": _DISCOUNT,
    "product": LINE_PRODUCT,
    "unit": LINE_UNIT,
}


class each_quoted(FunctionElement[str]):  # noqa: N801  (a function of SQL)
    """A row for each product in quotes of the opportunity of this id, declined ones too: it was lost with what they
    offered. "" stands for what is in no catalogue, and for no quote at all."""

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
