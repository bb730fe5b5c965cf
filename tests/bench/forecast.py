"""How well the methods forecast one to three steps ahead. Each forecast is made from earlier values alone (rolling
origins)."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from server.forecast.backtest import best_forecast, errors_of, half_width
from server.forecast.blend import HORIZON
from server.forecast.methods import seasonal_naive
from tests.bench import companies
from tests.bench.result import Result, ratio_at_most
from tests.bench.series import Measured, made_series, real_series

MOST: Final = 0.95  # of the error of the simpler forecast that ours is compared with
COVERED: Final = (72, 88)  # percent of values that may lie in intervals made to hold 80


class Quality(NamedTuple):
    """Of the forecasts for the later half of a series. Errors are divided by how much the series changes from one
    season to the next (MASE)."""

    error: float
    naive_error: float
    covered: float  # percent


def measure() -> list[Result]:
    judged = [(one, quality(one)) for one in [*made_series(), *real_series()]]
    results = []
    for is_real, whose in ((False, "made by known processes"), (True, "public ones")):
        group = [found for one, found in judged if one.is_real == is_real]
        results += [
            ratio_at_most(
                f"Forecast of {len(group)} series, {whose}: mean error (MASE)",
                mean(group).error, mean(group).naive_error, MOST, "", "seasonal naive", 2,
            ),
            covered(f"Intervals for 80 % of {len(group)} series, {whose}", mean(group).covered),
        ]  # fmt: skip
    names = dict.fromkeys(one.name for one, _ in judged)
    each = [(name, mean([found for one, found in judged if one.name == name])) for name in names]
    return [*results, *_of_companies(), *(_noted(name, found) for name, found in each)]


def _of_companies() -> list[Result]:
    judged = companies.judge()
    title = f"Month ahead of {companies.COMPANIES} made companies: mean error of past and pipeline together"
    thousands = judged.together / 100_000, judged.history / 100_000
    return [
        ratio_at_most(title, *thousands, MOST, "k", "the past alone"),
        covered(f"Intervals for 80 % of {companies.COMPANIES} made companies", judged.covered),
    ]


def mean(group: Sequence[Quality]) -> Quality:
    return Quality(*(float(value) for value in np.mean(np.array(group), axis=0)))


def quality(one: Measured) -> Quality:
    values, season = one.values, one.season
    found, naive = best_forecast(values, season, HORIZON), seasonal_naive(values, season, HORIZON)
    naive_errors = errors_of(values, naive)
    errors, naive_ones, held = [], [], []
    for seen in range(len(values) // 2, len(values)):
        scale = np.abs(values[season:seen] - values[: seen - season]).mean()
        for step in range(min(HORIZON, len(values) - seen)):
            width = half_width(found.errors[: seen - step, step])
            errors.append(abs(found.errors[seen, step]) / scale)
            naive_ones.append(abs(naive_errors[seen, step]) / scale)
            held.append(abs(found.errors[seen, step]) <= width)
    return Quality(float(np.mean(errors)), float(np.mean(naive_ones)), 100 * float(np.mean(held)))


def covered(what: str, percent: float) -> Result:
    least, most = COVERED
    return Result(what, f"{percent:.0f} %", "", "", f"{least} to {most} %", least <= percent <= most)


def _noted(name: str, found: Quality) -> Result:
    """A row without a target. Its title says so where the seasonal naive forecast is as good."""
    loses = "" if found.error < found.naive_error else ", no better"
    return Result(
        f"· {name}{loses}; {found.covered:.0f} % of intervals held",
        f"{found.error:.2f}",
        f"{found.naive_error:.2f} (seasonal naive)",
        f"{found.error / found.naive_error:.2f}",
        "",
        None,
    )
