"""What is sold: its price, the prices for kinds of customers, and the stock as somebody last reported it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlmodel import Field, Session, SQLModel, select

from server.models.column import json_object, key, maybe_counter, maybe_moment
from server.models.identity import is_id
from server.models.refusal import NotAllowed
from server.search_text import by_name

LONGEST_CODE: Final = 60
LONGEST_VERSION: Final = 40
LONGEST_UNIT: Final = 20
MOST_PRICE_CENTS: Final = 10**10
MOST_STOCK: Final = 10**12


class Product(SQLModel, table=True):
    """`name`: as it is called everywhere, with its `version` at the end if it has one (docs/decisions/0031).
    `prices`: in cents by `customer_type`, for the types that do not pay `price_cents`.
    `cost_cents`: what the company itself pays, in the same currency; no phone gets it (sync/rows.py).
    `stock_quantity`: as somebody reported it at `stock_told_at`; orders do not reduce it."""

    __tablename__ = "products"
    __collection__ = "products"

    id: str = key()
    name: str = Field(unique=True)
    version: str | None = Field(default=None, max_length=LONGEST_VERSION)
    code: str | None = Field(default=None, unique=True, max_length=LONGEST_CODE)
    unit: str | None = Field(default=None, max_length=LONGEST_UNIT)
    price_cents: int | None = maybe_counter()
    cost_cents: int | None = maybe_counter()
    currency: str | None = Field(default=None, max_length=3)
    prices: dict[str, Any] = json_object()
    stock_quantity: int | None = maybe_counter()
    stock_told_at: datetime | None = maybe_moment()
    retired_at: datetime | None = maybe_moment()


def products(session: Session) -> Sequence[Product]:
    """All by name, retired ones too."""
    return sorted(session.exec(select(Product)), key=by_name)


def product_of(session: Session, product_id: str, *, lock: bool = False) -> Product:
    found = session.get(Product, product_id, with_for_update=lock) if is_id(product_id) else None
    if found is None:
        raise NotAllowed
    return found


def with_version(name: str, version: str | None) -> str:
    """A name that ends with its version already says it."""
    return name if version is None or name.endswith(f" {version}") else f"{name} {version}"


def without_version(product: Product) -> str:
    return product.name.removesuffix(f" {product.version}") if product.version else product.name


def tell_stock(product: Product, quantity: int | None, now: datetime) -> None:
    """`stock_told_at` is renewed even if the quantity is the same: somebody has counted again."""
    product.stock_quantity = quantity
    product.stock_told_at = None if quantity is None else now


def list_price(prices: Mapping[str, int], price_cents: int | None, customer_type: str | None) -> int | None:
    return prices.get(customer_type or "", price_cents)
