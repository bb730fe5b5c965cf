"""Picks the forecasting method with the smallest past errors, and the width of its intervals.

Every method is judged at every moment of the past with what was known then. "Path": the forecasts that were made at one
moment, for one step (month) ahead, two, and so on.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from server.forecast.methods import METHODS, Series, no_forecast

COVERAGE: Final = 0.8  # the share of intervals that should hold the true value
NORMAL: Final = 1.2816  # standard deviations: half the width of such an interval of the normal distribution
FEWEST_ERRORS: Final = 4  # with fewer there is no interval
MOST_ERRORS: Final = 24  # the latest errors that count: two years of months
DECAY: Final = 0.95  # the weight of an error against that of the next one
LARGEST: Final = float(np.finfo(float).max)


@dataclass(frozen=True)
class Forecast:
    """The forecasts of one series. Each row of `paths` is from the method that was best until then."""

    method: str  # of the latest path; "" if none could say anything
    paths: Series  # by moment (number of values known) and step; NaN where nothing could be said
    errors: Series  # true value less forecast, in the shape of `paths`; NaN where the value has not come yet


def best_forecast(values: Series, season: int, horizon: int) -> Forecast:
    candidates = {name: method(values, season, horizon) for name, method in METHODS.items()}
    errors = {name: errors_of(values, paths) for name, paths in candidates.items()}
    paths, chosen = no_forecast(values, horizon), ""
    known = np.array([np.isfinite(made).all(axis=1) for made in candidates.values()])
    mean = np.array([mean_errors(one) for one in errors.values()])
    best = np.where(known, np.minimum(mean, LARGEST), np.inf).argmin(axis=0)
    for number, (name, made) in enumerate(candidates.items()):
        is_best = known[number] & (best == number)
        paths[is_best] = made[is_best]
        chosen = name if is_best[-1] else chosen
    return Forecast(chosen, paths, errors_of(values, paths))


def errors_of(values: Series, paths: Series) -> Series:
    errors = np.full(paths.shape, np.nan)
    for step in range(paths.shape[1]):
        known = max(len(values) - step, 0)
        errors[:known, step] = values[step:] - paths[:known, step]
    return errors


def mean_errors(errors: Series) -> Series:
    """The weighted mean absolute error of all steps, as known after each number of values; later errors weigh more.
    Infinite where no error is known yet."""
    known = np.isfinite(errors)
    forgotten = DECAY ** known.cumsum(axis=0)
    totals = forgotten * (np.where(known, np.abs(errors), 0.0) / forgotten).cumsum(axis=0)
    weights = (1 - forgotten) / (1 - DECAY)
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
    """Half the width of an interval, from past errors; NaN if there are fewer than FEWEST_ERRORS."""
    return float(widths_of(latest(errors)[None])[0])


def half_widths(errors: Series, seen: NDArray[np.int64]) -> Series:
    """`half_width` from the errors before each of these positions. `seen`: positions in `errors`."""
    upto = np.concatenate([[0], np.isfinite(errors).cumsum()])[seen]
    return widths_of(_padded(errors)[upto[:, None] + np.arange(MOST_ERRORS)])


def latest(errors: Series) -> Series:
    """The MOST_ERRORS latest errors, with NaN in front where there are fewer."""
    return _padded(errors)[-MOST_ERRORS:]


def _padded(errors: Series) -> Series:
    return np.concatenate([np.full(MOST_ERRORS, np.nan), errors[np.isfinite(errors)]])


def widths_of(rows: Series) -> Series:
    """Half the width for each row of errors, as `latest` returns them: the mean of an empirical quantile and one of
    Student's t distribution, or the latter alone if there are too few errors for that quantile."""
    known = np.isfinite(rows)
    count = known.sum(axis=1)
    of = np.maximum(count, 1)
    spread = np.sqrt((np.where(known, rows, 0.0) ** 2).sum(axis=1) / of) * student_t(of)
    rank = np.ceil((count + 1) * COVERAGE).astype(int)
    ordered = np.sort(np.abs(rows), axis=1)  # NaN comes last
    counted = ordered[np.arange(len(rows)), np.minimum(rank, of) - 1]
    widths = np.where(rank > count, spread, (spread + counted) / 2)
    return np.where(count < FEWEST_ERRORS, np.nan, widths)


def student_t(count: Any) -> Any:
    """The quantile of Student's t distribution that NORMAL is of the normal one, to first order. `count`: degrees of
    freedom."""
    return NORMAL + (NORMAL**3 + NORMAL) / (4 * count)
