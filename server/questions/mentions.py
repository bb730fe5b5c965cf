"""SQL conditions on what a visit names: the competitors seen there, the products talked about."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists
from sqlmodel import col, select

from server.models.column import each_text
from server.models.visit import Visit


def mentions_competitor(values: Sequence[str]) -> ColumnElement[bool]:
    return _has_any_of(col(Visit.competitors), values)


def mentions_product(product_ids: Sequence[str]) -> ColumnElement[bool]:
    return _has_any_of(col(Visit.product_ids), product_ids)


def _has_any_of(texts: Any, values: Sequence[str]) -> ColumnElement[bool]:
    """`texts`: a column of Visit that holds a JSON array of texts."""
    found = each_text(texts).table_valued("value")
    return exists(select(1).select_from(found).where(found.c.value.in_(values))).correlate(Visit)
