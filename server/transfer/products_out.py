"""Products as rows for CSV or XLSX, in the columns that the import reads."""

from collections.abc import Iterator, Sequence
from typing import Any

from server import words
from server.models.product import Product, without_version
from server.translations import Translator
from server.views.products import COLUMN_NAMES


def product_rows(products: Sequence[Product], t: Translator, *, as_text: bool) -> Iterator[list[Any]]:
    """A header, then the products that are not retired, with a column for each customer type that has prices of its
    own.

    `as_text`: amounts as one types them, for CSV; otherwise as numbers, which a spreadsheet can add up.
    """
    sold = [product for product in products if product.retired_at is None]
    kinds = sorted({kind for product in sold for kind in product.prices})
    yield [*map(t, COLUMN_NAMES.values()), *(f"{t(COLUMN_NAMES['price'])}: {kind}" for kind in kinds)]

    def amount(cents: int | None) -> str | float | None:
        if cents is None:
            return None
        return words.amount(cents) if as_text else cents / 100

    for one in sold:
        prices = (amount(one.prices.get(kind)) for kind in kinds)
        called = (one.code, without_version(one), one.version, one.unit)
        money = (amount(one.price_cents), amount(one.cost_cents), one.currency)
        yield [*called, *money, one.stock_quantity, *prices]
