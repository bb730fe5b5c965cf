"""Long lists: what needs to be seen stands there, the rest is a tap away. Paper has all of it."""

from collections.abc import Sequence
from typing import Any, Final

from server.translations import Translator

MOST_UNUSUAL: Final = 6  # reps of whom there is nothing unusual to say, before they are folded
FEWEST: Final = 2  # fewer are no longer than what folds them

Folded = dict[str, Any]  # rows, folded, and what the fold is called


def first_of(t: Translator, rows: Sequence[Any], most: int) -> Folded:
    unfolded = most if len(rows) > most + FEWEST else len(rows)
    more = len(rows) - unfolded
    return {"rows": rows[:unfolded], "folded": rows[unfolded:], "fold": t.n("%(n)s more", "%(n)s more", more)}


def needy_first(t: Translator, needy: Sequence[Any], others: Sequence[Any]) -> Folded:
    """Reps: who needs a word, then the others, folded where they are many."""
    folded = others if len(others) > MOST_UNUSUAL else []
    count = len(folded)
    all_well = t.n("%(n)s rep, nothing unusual", "%(n)s reps, nothing unusual", count)
    more = t.n("%(n)s more rep, nothing unusual", "%(n)s more reps, nothing unusual", count)
    return {
        "rows": needy if folded else [*needy, *others],
        "folded": folded,
        "fold": more if needy else all_well,
    }
