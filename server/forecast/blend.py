"""History and pipeline together, each for as much as it did well; with an interval, and what both were worth."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from server.forecast.backtest import FEWEST_ERRORS, Foreseen, errors_of, foresee, half_width, loss
from server.forecast.methods import Series

SEASON: Final = 12
HORIZON: Final = 3  # months: a quarter
SHORTEST: Final = 6  # months that a history must have before it says anything
TOLD: Final = 12  # months over which the error is told


@dataclass(frozen=True)
class Blend:
    """`paths`: by month begun and step. `of_history`: the share it has in the latest. `method`: "" where history is too
    short."""

    paths: Series
    errors: Series
    of_history: float
    method: str
    history: Series

    def half_width(self, first: int, months: int) -> float:
        """Of the sum of so many months, the first of which is `first` steps ahead."""
        return half_width(self.errors[:, first : first + months].sum(axis=1))

    def measured(self, values: Series) -> "Measured | None":
        """Of months one step ahead, each with what was known before it."""
        errors = self.errors[:, 0]
        told = [at for at in range(len(values)) if np.isfinite(errors[at])][-TOLD:]
        if len(told) < FEWEST_ERRORS:
            return None
        off, all_of_it = np.abs(errors[told]).sum(), np.abs(values[told]).sum()
        bands = [(at, half_width(errors[:at])) for at in told]
        judged = [bool(abs(errors[at]) <= width) for at, width in bands if np.isfinite(width)]
        return Measured(len(told), float(off / all_of_it) if all_of_it else None, len(judged), sum(judged))


@dataclass(frozen=True)
class Measured:
    """Over so many months it was off by this share on average; of the intervals there were, so many held."""

    months: int
    off_by: float | None
    intervals: int
    held: int


def blend(values: Series, of_pipeline: Series) -> Blend:
    """`values`: months that are over, from the first that had a sale on."""
    is_long = len(values) >= SHORTEST
    history = _foreseen(tuple(values.tolist())) if is_long else None
    if history is None:
        paths = of_pipeline
        return Blend(paths, errors_of(values, paths), 0.0, "", np.full(of_pipeline.shape, np.nan))
    errors = errors_of(values, of_pipeline)
    paths, share = history.paths.copy(), 1.0
    for seen in range(len(paths)):
        share = _share(history, errors, seen, of_pipeline)
        if share < 1:
            made = history.paths[seen]
            paths[seen] = of_pipeline[seen] if share == 0 else share * made + (1 - share) * of_pipeline[seen]
    return Blend(paths, errors_of(values, paths), share, history.method, history.paths)


def _share(history: Foreseen, errors: Series, seen: int, of_pipeline: Series) -> float:
    """Of history, by the squares of what each was off by until then."""
    has = np.isfinite(history.paths[seen]).all(), np.isfinite(of_pipeline[seen]).all()
    if has[0] != has[1] or not has[0]:
        return float(has[0])
    losses = np.array([loss(history.errors, seen), loss(errors, seen)])
    if not np.isfinite(losses).all():
        return 0.5 if losses[0] == losses[1] else float(np.isfinite(losses[0]))
    weights = losses[::-1] ** 2
    return float(weights[0] / weights.sum()) if weights.sum() else 0.5


@lru_cache(maxsize=256)
def _foreseen(values: tuple[float, ...]) -> Foreseen:
    """Months that are over do not change, and every refreshed page asks for them again."""
    return foresee(np.array(values), SEASON, HORIZON)
