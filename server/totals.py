"""The totals of a quote, in whole cents. Twin of sync/totals.js; tests/shared_cases/totals.json holds both to it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

WHOLE_BP: Final = 10_000
MOST_CENTS: Final = 10**15


class Totals(NamedTuple):
    """`list_cents`: the total at list prices; `discount_bp`:
    how much less `total_cents` is, in basis points, rounded up."""

    total_cents: int
    list_cents: int
    discount_bp: int


def line_cents(line: Mapping[str, Any]) -> int:
    """The line's total after its discount; half a cent of discount is rounded up."""
    gross = int(line["quantity"]) * int(line["unit_price_cents"])
    return gross - (gross * int(line.get("discount_bp") or 0) + WHOLE_BP // 2) // WHOLE_BP


def totals(lines: Sequence[Mapping[str, Any]]) -> Totals:
    """A line without `list_price_cents` counts at its own price."""
    total = sum(line_cents(line) for line in lines)
    at_list = sum(line["quantity"] * _list_price(line) for line in lines)
    given = max(at_list - total, 0)
    return Totals(total, at_list, -(-given * WHOLE_BP // at_list) if given else 0)


def _list_price(line: Mapping[str, Any]) -> int:
    price = line.get("list_price_cents")
    return int(line["unit_price_cents"] if price is None else price)
