"""Combines the forecast from past sales ("history") with that from the pipeline, weighted by their past errors; with
intervals and the accuracy that the combination had."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from server.forecast.backtest import (
    FEWEST_ERRORS,
    Forecast,
    best_forecast,
    errors_of,
    half_widths,
    latest,
    mean_errors,
    widths_of,
)
from server.forecast.methods import Series

SEASON: Final = 12
HORIZON: Final = 3  # months ahead: a quarter
SHORTEST: Final = 6  # months of sales, without which history says nothing
TOLD: Final = 12  # months over which the accuracy is measured

Span = tuple[int, int]  # how many steps ahead the first month is, and the number of months


@dataclass(frozen=True, eq=False)
class Blend:
    """The combined forecasts of one series, in the shapes of `backtest.Forecast`."""

    paths: Series
    errors: Series
    history_share: float  # the weight of history in the latest path, 0 to 1
    method: str  # that history was forecast by; "" if it is too short
    history: Series  # the paths of history alone

    def half_widths(self, spans: Sequence[Span]) -> list[float]:
        """Half the width of the interval of each span's sum."""
        return _half_widths(self, tuple(spans))

    def accuracy(self, values: Series) -> "Accuracy | None":
        """Of the forecasts of one month ahead, over the last TOLD months; None if there are too few."""
        errors = self.errors[:, 0]
        told = np.flatnonzero(np.isfinite(errors))[-TOLD:]
        if len(told) < FEWEST_ERRORS:
            return None
        off, all_of_it = np.abs(errors[told]).sum(), np.abs(values[told]).sum()
        widths = half_widths(errors, told)
        judged = np.isfinite(widths)
        held = judged & (np.abs(errors[told]) <= widths)
        share = float(off / all_of_it) if all_of_it else None
        return Accuracy(len(told), share, int(judged.sum()), int(held.sum()))


@dataclass(frozen=True)
class Accuracy:
    months: int
    relative_error: float | None  # the sum of absolute errors by the sum of values; None if nothing was sold
    intervals: int  # months for which there was an interval
    held: int  # of these intervals, how many held the true value


def blend(values: Series, of_pipeline: Series) -> Blend:
    """`values`: cents by month, from the first with a sale to the last that is over. `of_pipeline`: paths."""
    return _blend(values.tobytes(), of_pipeline.tobytes())


@lru_cache(maxsize=256)
def _blend(value_bytes: bytes, path_bytes: bytes) -> Blend:
    """Cached, since past months do not change and every refresh of a page asks again. Bytes, since arrays cannot be
    hashed."""
    values, of_pipeline = np.frombuffer(value_bytes), np.frombuffer(path_bytes).reshape(-1, HORIZON)
    history = best_forecast(values, SEASON, HORIZON) if len(values) >= SHORTEST else None
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


def _shares(history: Forecast, errors: Series, of_pipeline: Series) -> Series:
    """The weight of history at each moment: inverse to the squares of both mean errors until then."""
    has = [np.isfinite(paths).all(axis=1) for paths in (history.paths, of_pipeline)]
    both = np.array([mean_errors(history.errors), mean_errors(errors)])
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
