"""Visits that name one of several things, however many of them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Exists, exists
from sqlmodel import col, select

from server.models.column import each_text
from server.models.visit import Visit


def sighted(values: Sequence[str]) -> ColumnElement[bool]:
    """A competitor was seen there."""
    return _among(col(Visit.competitors), values)


def talked_about(product_ids: Sequence[str]) -> ColumnElement[bool]:
    return _among(col(Visit.product_ids), product_ids)


def _among(texts: Any, values: Sequence[str]) -> ColumnElement[bool]:
    return _any_of(each_text(texts).table_valued("value"), values).correlate(Visit)


def _any_of(found: Any, values: Sequence[str]) -> Exists:
    return exists(select(1).select_from(found).where(found.c.value.in_(values)))
