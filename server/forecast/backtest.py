"""Which method to believe, and how far: by how each did at every moment of the past, with what was known then."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from server.forecast.methods import METHODS, Series, nothing

SHARE: Final = 0.8  # of intervals that hold what comes
NORMAL: Final = 1.2816  # deviations that hold so much of what is normal
FEWEST_ERRORS: Final = 4
LATEST: Final = 24  # errors that still say something: of two years of months
FORGETTING: Final = 0.95
MOST: Final = float(np.finfo(float).max)


@dataclass(frozen=True)
class Foreseen:
    """Of one series. `paths`: what was foreseen at every moment, by whichever method was best until then."""

    method: str
    paths: Series
    errors: Series  # truth less forecast, in the shape of `paths`; NaN for what has not come


def foresee(values: Series, season: int, horizon: int) -> Foreseen:
    candidates = {name: method(values, season, horizon) for name, method in METHODS.items()}
    errors = {name: errors_of(values, paths) for name, paths in candidates.items()}
    paths, chosen = nothing(values, horizon), ""
    known = np.array([np.isfinite(made).all(axis=1) for made in candidates.values()])
    off_by = np.array([losses(one) for one in errors.values()])
    best = np.where(known, np.minimum(off_by, MOST), np.inf).argmin(axis=0)
    for number, (name, made) in enumerate(candidates.items()):
        is_best = known[number] & (best == number)
        paths[is_best] = made[is_best]
        chosen = name if is_best[-1] else chosen
    return Foreseen(chosen, paths, errors_of(values, paths))


def errors_of(values: Series, paths: Series) -> Series:
    errors = np.full(paths.shape, np.nan)
    for step in range(paths.shape[1]):
        known = max(len(values) - step, 0)
        errors[:known, step] = values[step:] - paths[:known, step]
    return errors


def losses(errors: Series) -> Series:
    """After each number of values the mean of what it was off by until then, later ones counting more. Nothing known
    yet: never mind."""
    known = np.isfinite(errors)
    forgotten = FORGETTING ** known.cumsum(axis=0)
    totals = forgotten * (np.where(known, np.abs(errors), 0.0) / forgotten).cumsum(axis=0)
    weights = (1 - forgotten) / (1 - FORGETTING)
    total, weight = np.zeros(len(errors)), np.zeros(len(errors))
    for step in range(errors.shape[1]):
        rows = len(errors) - 1 - step
        if rows > 0:
            total[step + 1 :] += totals[:rows, step]
            weight[step + 1 :] += weights[:rows, step]
    mean = np.full(len(errors), np.inf)
    np.divide(total, weight, out=mean, where=weight > 0)
    return mean


def half_width(errors: Series) -> float:
    """Of an interval that holds four of five, by the errors there were; NaN where they are too few to say."""
    return float(widths_of(latest(errors)[None])[0])


def half_widths(errors: Series, seen: NDArray[np.int64]) -> Series:
    """The same after each of these numbers of errors."""
    upto = np.concatenate([[0], np.isfinite(errors).cumsum()])[seen]
    return widths_of(_padded(errors)[upto[:, None] + np.arange(LATEST)])


def latest(errors: Series) -> Series:
    """As many as still say something, NaN before the first."""
    return _padded(errors)[-LATEST:]


def _padded(errors: Series) -> Series:
    return np.concatenate([np.full(LATEST, np.nan), errors[np.isfinite(errors)]])


def widths_of(rows: Series) -> Series:
    """Of errors as `latest` has them, a row each."""
    known = np.isfinite(rows)
    count = known.sum(axis=1)
    of = np.maximum(count, 1)
    spread = np.sqrt((np.where(known, rows, 0.0) ** 2).sum(axis=1) / of) * student(of)
    rank = np.ceil((count + 1) * SHARE).astype(int)
    ordered = np.sort(np.abs(rows), axis=1)  # NaN comes last
    counted = ordered[np.arange(len(rows)), np.minimum(rank, of) - 1]
    widths = np.where(rank > count, spread, (spread + counted) / 2)
    return np.where(count < FEWEST_ERRORS, np.nan, widths)


def student(count: Any) -> Any:
    """As NORMAL, where the spread is itself known from so many errors only."""
    return NORMAL + (NORMAL**3 + NORMAL) / (4 * count)
