"""Folds long lists: what matters is shown, the rest is behind a tap. Printed pages have all of it."""

from collections.abc import Sequence
from typing import Any, Final

from server.translations import Translator

MOST_UNUSUAL: Final = 6  # reps with nothing unusual; more are folded
FEWEST: Final = 2  # folding fewer rows saves no space

Folded = dict[str, Any]  # rows, folded rows, and the label of the fold


def first_of(t: Translator, rows: Sequence[Any], most: int) -> Folded:
    unfolded = most if len(rows) > most + FEWEST else len(rows)
    more = len(rows) - unfolded
    return {"rows": rows[:unfolded], "folded": rows[unfolded:], "fold": t.n("%(n)s more", "%(n)s more", more)}


def needy_first(t: Translator, needy: Sequence[Any], others: Sequence[Any]) -> Folded:
    """Reps who need attention, then the others, who are folded if they are many."""
    folded = others if len(others) > MOST_UNUSUAL else []
    count = len(folded)
    all_well = t.n("%(n)s rep, nothing unusual", "%(n)s reps, nothing unusual", count)
    more = t.n("%(n)s more rep, nothing unusual", "%(n)s more reps, nothing unusual", count)
    return {
        "rows": needy if folded else [*needy, *others],
        "folded": folded,
        "fold": more if needy else all_well,
    }
