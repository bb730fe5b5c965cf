"""History and pipeline together, each for as much as it did well; with an interval, and what both were worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from server.forecast.backtest import (
    FEWEST_ERRORS,
    Foreseen,
    errors_of,
    foresee,
    half_widths,
    latest,
    losses,
    widths_of,
)
from server.forecast.methods import Series

SEASON: Final = 12
HORIZON: Final = 3  # months: a quarter
SHORTEST: Final = 6  # months that a history must have before it says anything
TOLD: Final = 12  # months over which the error is told


Span = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Blend:
    """`paths`: by month begun and step. `of_history`: the share it has in the latest. `method`: "" where history is too
    short."""

    paths: Series
    errors: Series
    of_history: float
    method: str
    history: Series

    def half_widths(self, spans: Sequence[Span]) -> list[float]:
        """Of sums of months: how many steps ahead the first is, and how many there are."""
        return _half_widths(self, tuple(spans))

    def measured(self, values: Series) -> "Measured | None":
        """Of months one step ahead, each with what was known before it."""
        errors = self.errors[:, 0]
        told = np.flatnonzero(np.isfinite(errors))[-TOLD:]
        if len(told) < FEWEST_ERRORS:
            return None
        off, all_of_it = np.abs(errors[told]).sum(), np.abs(values[told]).sum()
        widths = half_widths(errors, told)
        judged = np.isfinite(widths)
        held = judged & (np.abs(errors[told]) <= widths)
        share = float(off / all_of_it) if all_of_it else None
        return Measured(len(told), share, int(judged.sum()), int(held.sum()))


@dataclass(frozen=True)
class Measured:
    """Over so many months it was off by this share on average; of the intervals there were, so many held."""

    months: int
    off_by: float | None
    intervals: int
    held: int


def blend(values: Series, of_pipeline: Series) -> Blend:
    """`values`: months that are over, from the first that had a sale on."""
    return _blend(values.tobytes(), of_pipeline.tobytes())


@lru_cache(maxsize=256)
def _blend(of_history: bytes, of_pipeline_then: bytes) -> Blend:
    """Months that are over do not change, and every refreshed page asks for them again."""
    values, of_pipeline = np.frombuffer(of_history), np.frombuffer(of_pipeline_then).reshape(-1, HORIZON)
    history = foresee(values, SEASON, HORIZON) if len(values) >= SHORTEST else None
    if history is None:
        paths = of_pipeline
        return Blend(paths, errors_of(values, paths), 0.0, "", np.full(of_pipeline.shape, np.nan))
    errors = errors_of(values, of_pipeline)
    shares = _shares(history, errors, of_pipeline)
    paths = np.where(shares[:, None] == 0, of_pipeline, history.paths)
    both = (shares > 0) & (shares < 1)
    share = shares[both, None]
    paths[both] = share * history.paths[both] + (1 - share) * of_pipeline[both]
    return Blend(paths, errors_of(values, paths), float(shares[-1]), history.method, history.paths)


def _shares(history: Foreseen, errors: Series, of_pipeline: Series) -> Series:
    """Of history, by the squares of what each was off by until each moment."""
    has = [np.isfinite(paths).all(axis=1) for paths in (history.paths, of_pipeline)]
    both = np.array([losses(history.errors), losses(errors)])
    known = np.isfinite(both)
    squares = np.where(known, both, 0.0) ** 2
    whole = squares.sum(axis=0)
    shares = np.divide(squares[1], whole, out=np.full(len(whole), 0.5), where=whole > 0)
    shares = np.where(known.all(axis=0), shares, np.where(both[0] == both[1], 0.5, known[0]))
    return np.where(has[0] & has[1], shares, has[0])


@lru_cache(maxsize=256)
def _half_widths(made: Blend, spans: tuple[Span, ...]) -> list[float]:
    sums = [made.errors[:, first : first + months].sum(axis=1) for first, months in spans]
    return [float(width) for width in widths_of(np.array([latest(one) for one in sums]))]
