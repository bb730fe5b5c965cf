"""Methods that forecast a series from its own past: (values, length of a season, horizon) -> paths.

Each is called once for a whole series and returns its forecasts at every moment: row `t` uses the first `t` values
only, column `h - 1` is for `h` steps ahead, NaN means too few values. So a backtest costs no more than a forecast, and
cannot use values from after its moment.
"""

from collections.abc import Callable
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]
Method = Callable[[Series, int, int], Series]

ALPHAS: Final = (0.05, 0.15, 0.3, 0.5, 0.8)
BETAS: Final = (0.0, 0.1, 0.3)
GAMMAS: Final = (0.0, 0.1, 0.3)
DAMPINGS: Final = (0.8, 0.95)
RIDGE: Final = 1.0  # shrinks the initial seasons towards 0 while there are few values for each
CROSTON_ALPHA: Final = 0.1


def no_forecast(values: Series, horizon: int) -> Series:
    return np.full((len(values) + 1, horizon), np.nan)


def seasonal_naive(values: Series, season: int, horizon: int) -> Series:
    """The value of a season ago."""
    foreseen = no_forecast(values, horizon)
    for seen in range(season, len(values) + 1):
        last = values[seen - season : seen]
        foreseen[seen] = last[np.arange(horizon) % season]
    return foreseen


def damped_trend(values: Series, _season: int, horizon: int) -> Series:
    """Holt's method with a damped trend, for a series without seasons."""
    return holt_winters(values, 1, horizon)


def holt_winters(values: Series, season: int, horizon: int) -> Series:
    """Holt and Winters' method, additive, with a damped trend. Each forecast uses the parameters of a grid with the
    least squared one-step errors until then.

    The series is gone through once, for all moments and parameters in parallel: state arrays are moments by parameters.
    """
    first = 2 * season if season > 1 else 3
    foreseen = no_forecast(values, horizon)
    moments = np.arange(first, len(values) + 1)
    if not len(moments):
        return foreseen
    gammas = GAMMAS if season > 1 else (0.0,)
    alpha, beta, gamma, phi = np.array(list(product(ALPHAS, BETAS, gammas, DAMPINGS))).T
    level, trend, seasons = _beginning(values, season, moments)
    shape = (len(moments), len(alpha))
    level, trend = np.repeat(level[:, None], shape[1], 1), np.repeat(trend[:, None], shape[1], 1)
    seasons = np.repeat(seasons[:, :, None], shape[1], 2)
    squares = np.zeros(shape)
    for at, value in enumerate(values):
        place, carried = at % season, level + phi * trend
        squares += (value - carried - seasons[place]) ** 2
        now = alpha * (value - seasons[place]) + (1 - alpha) * carried
        trend = beta * (now - level) + (1 - beta) * phi * trend
        seasons[place] = gamma * (value - now) + (1 - gamma) * seasons[place]
        level = now
        here = at + 1 - first
        if here >= 0:
            best = int(np.argmin(squares[here]))
            damped = np.cumsum(phi[best] ** np.arange(1, horizon + 1))
            ahead = (at + 1 + np.arange(horizon)) % season
            foreseen[at + 1] = level[here, best] + damped * trend[here, best] + seasons[ahead, here, best]
    return foreseen


def _beginning(values: Series, season: int, moments: NDArray[np.int64]) -> tuple[Series, Series, Series]:
    """Level, trend and seasons before the first value, fitted to the values known at each moment: a line with seasons,
    by ridge regression."""
    level, trend = np.zeros(len(moments)), np.zeros(len(moments))
    seasons = np.zeros((season, len(moments)))
    for number, seen in enumerate(moments):
        at = np.arange(seen)
        columns = [np.ones(seen), at - (seen - 1) / 2]
        if season > 1:
            columns += [(at % season == place).astype(float) for place in range(season)]
        lines = np.array(columns).T
        shrunk = np.diag([0.0, 0.0] + [RIDGE] * (len(columns) - 2))
        found = np.linalg.solve(
            lines.T @ lines + shrunk + 1e-9 * np.eye(len(columns)), lines.T @ values[:seen]
        )
        trend[number] = found[1]
        level[number] = found[0] - found[1] * (seen + 1) / 2
        if season > 1:
            seasons[:, number] = found[2:]
    return level, trend, seasons


def multiplicative(values: Series, season: int, horizon: int) -> Series:
    """Holt and Winters on logarithms, for growth by a percentage; only for series of positive values."""
    if not len(values) or values.min() <= 0:
        return no_forecast(values, horizon)
    with np.errstate(over="ignore"):
        return np.exp(holt_winters(np.log(values), season, horizon))


def croston(values: Series, _season: int, horizon: int) -> Series:
    """For intermittent series: smooths the size of sales and the gaps between them (Croston, corrected by Syntetos and
    Boylan)."""
    foreseen = no_forecast(values, horizon)
    size = gap = 0.0
    since = 1
    for at, value in enumerate(values):
        if value != 0:
            size = value if size == 0 else size + CROSTON_ALPHA * (value - size)
            gap = float(since) if gap == 0 else gap + CROSTON_ALPHA * (since - gap)
            since = 1
        else:
            since += 1
        foreseen[at + 1] = (1 - CROSTON_ALPHA / 2) * size / gap if gap else 0.0
    return foreseen


METHODS: Final[dict[str, Method]] = {
    "seasonal_naive": seasonal_naive,
    "holt_winters": holt_winters,
    "multiplicative": multiplicative,
    "damped_trend": damped_trend,
    "croston": croston,
}
