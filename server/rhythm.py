"""How often a customer orders, found in its orders. Twin of sync/rhythm.js.

tests/shared_cases/rhythm.json holds both to it.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

FEWEST_ORDERS: Final = 3  # on different days: two make one interval, and that is no rhythm yet
RECENT: Final = 12  # latest intervals that count; older ones do not, because habits change


class Rhythm(NamedTuple):
    usual_days: int
    next_on: date


def rhythm(placed_on: Iterable[date]) -> Rhythm | None:
    """The median of the latest intervals between days with orders, so that one long holiday changes nothing. None where
    there are fewer than FEWEST_ORDERS such days."""
    days = sorted(set(placed_on))
    if len(days) < FEWEST_ORDERS:
        return None
    intervals = [(later - earlier).days for earlier, later in pairwise(days)]
    latest = sorted(intervals[-RECENT:])
    usual = (latest[(len(latest) - 1) // 2] + latest[len(latest) // 2]) // 2
    return Rhythm(usual, days[-1] + timedelta(days=usual))
