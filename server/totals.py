"""What a quote comes to, in integers: twin of sync/totals.js. tests/shared_cases/totals.json holds both to it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

WHOLE_BP: Final = 10_000  # 100 percent in basis points
MOST_CENTS: Final = 10**15


class Totals(NamedTuple):
    """`list_cents`: the sum at list prices; `discount_bp`: how far the total is below it, rounded up, so that a
    discount never looks smaller than it is."""

    total_cents: int
    list_cents: int
    discount_bp: int


def line_cents(line: Mapping[str, Any]) -> int:
    """The price of a line. Its discount is rounded to cents, half a cent up."""
    gross = int(line["quantity"]) * int(line["unit_price_cents"])
    return gross - (gross * int(line.get("discount_bp") or 0) + WHOLE_BP // 2) // WHOLE_BP


def totals(lines: Sequence[Mapping[str, Any]]) -> Totals:
    """`list_price_cents` of a line: the list price when it was written. Without one, its own price counts as that."""
    total = sum(line_cents(line) for line in lines)
    at_list = sum(line["quantity"] * _list_price(line) for line in lines)
    given = max(at_list - total, 0)
    return Totals(total, at_list, -(-given * WHOLE_BP // at_list) if given else 0)


def _list_price(line: Mapping[str, Any]) -> int:
    price = line.get("list_price_cents")
    return int(line["unit_price_cents"] if price is None else price)
