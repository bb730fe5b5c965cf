"""The lines of an order, as the database has them: in JSON, once for each statement that speaks of one."""

from typing import Any, Final

from sqlalchemy import BigInteger, cast, func
from sqlmodel import col

from server.models.column import each_item, text_of
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
