"""The methods by hand: small series whose forecasts one can work out on paper, and what no method may do."""

import numpy as np
import pytest

from server.forecast.backtest import best_forecast, errors_of, half_width, student_t
from server.forecast.blend import blend
from server.forecast.methods import (
    CROSTON_ALPHA,
    METHODS,
    Series,
    croston,
    damped_trend,
    holt_winters,
    multiplicative,
    no_forecast,
    seasonal_naive,
)


def series(*values: float) -> Series:
    return np.array(values, dtype=float)


def test_seasonal_naive_says_what_was_a_season_ago() -> None:
    foreseen = seasonal_naive(series(1, 2, 3, 4, 5), 4, 5)
    assert np.isnan(foreseen[:4]).all()
    assert foreseen[4].tolist() == [1, 2, 3, 4, 1]
    assert foreseen[5].tolist() == [2, 3, 4, 5, 2]


def test_croston_divides_how_much_by_how_seldom() -> None:
    foreseen = croston(series(0, 6, 0, 0, 9), 12, 1)[:, 0]
    bias = 1 - CROSTON_ALPHA / 2
    assert foreseen[1] == 0
    assert foreseen[2] == pytest.approx(bias * 6 / 2)  # 6 at once, after two months
    assert foreseen[4] == foreseen[2]  # what does not come changes nothing
    size, gap = 6 + 0.1 * (9 - 6), 2 + 0.1 * (3 - 2)
    assert foreseen[5] == pytest.approx(bias * size / gap)


def test_a_straight_line_goes_on_a_little_flatter() -> None:
    ahead = damped_trend(series(*range(10, 40)), 12, 3)[-1]
    assert 39 < ahead[0] < 40.5
    assert ahead[0] < ahead[1] < ahead[2] < 42.5


def test_what_never_changes_is_foreseen_as_it_is() -> None:
    for method in METHODS.values():
        if method is croston:
            continue  # which takes off what its averages are too high by
        assert method(np.full(40, 7.0), 4, 3)[-1] == pytest.approx([7, 7, 7], abs=0.1)


def test_holt_winters_learns_the_seasons() -> None:
    year = series(10, 40, 20, 5)
    foreseen = holt_winters(np.tile(year, 8), 4, 4)[-1]
    assert foreseen == pytest.approx(year, abs=1.5)


def test_what_grows_by_shares_is_foreseen_by_shares() -> None:
    values = 100 * 1.05 ** np.arange(40)
    ahead = multiplicative(values, 4, 1)[-1, 0]
    assert ahead == pytest.approx(100 * 1.05**40, rel=0.01)
    assert np.isnan(multiplicative(series(1, 0, 2), 4, 1)).all()


@pytest.mark.parametrize("name", METHODS)
def test_no_method_looks_ahead(name: str) -> None:
    """What it said after so many values is the same whatever came then."""
    chance = np.random.default_rng(5)
    values = 50 + chance.random(40) * 20
    other = np.concatenate([values[:25], chance.random(15) * 1000])
    here, there = (METHODS[name](one, 4, 3)[:26] for one in (values, other))
    assert np.array_equal(here, there, equal_nan=True)


def test_the_choice_and_the_interval_do_not_look_ahead_either() -> None:
    chance = np.random.default_rng(6)
    values = 50 + chance.random(40) * 20
    other = np.concatenate([values[:25], chance.random(15) * 1000])
    first, second = (best_forecast(one, 4, 3) for one in (values, other))
    assert np.array_equal(first.paths[:26], second.paths[:26], equal_nan=True)


@pytest.mark.parametrize(
    "values", [(), (5,), (0, 0, 0, 0, 0, 0, 0), (1e17,) * 30, (-5, 3, -2, 8, 1, 0, -9, 4)]
)
def test_odd_series_break_nothing(values: tuple[float, ...]) -> None:
    for method in METHODS.values():
        assert method(series(*values), 12, 3).shape == (len(values) + 1, 3)
    best_forecast(series(*values), 12, 3)
    blend(series(*values), no_forecast(series(*values), 3))


def test_errors_stand_where_the_forecast_was_made() -> None:
    values = series(1, 2, 4)
    paths = np.array([[0, 0], [1, 1], [2, 2], [4, 4]], dtype=float)
    errors = errors_of(values, paths)
    assert errors[:, 0].tolist()[:3] == [1, 1, 2]
    assert errors[:2, 1].tolist() == [2, 3]
    assert np.isnan(errors[3, 0])
    assert np.isnan(errors[2:, 1]).all()


def test_an_interval_is_as_wide_as_the_errors_were() -> None:
    assert np.isnan(half_width(series(1, 2, 3)))
    errors = series(1, -2, 3, -4, 5, -6, 7, -8, 9)
    counted, spread = 8.0, np.sqrt(np.mean(errors**2)) * student_t(9)
    assert half_width(errors) == pytest.approx(
        (counted + spread) / 2
    )  # eight of nine and the next one are four of five


def test_who_did_better_has_the_larger_share() -> None:
    chance = np.random.default_rng(7)
    values = 100 + 30 * chance.normal(size=40)
    knows = no_forecast(values, 3)
    for step in range(3):
        knows[: 40 - step, step] = values[step:]
        knows[40 - step :, step] = 100
    assert blend(values, knows).history_share < 0.01
    assert blend(values, no_forecast(values, 3)).history_share == 1
    short = blend(values[:5], knows[:6])
    assert (short.history_share, short.method) == (0, "")


def test_what_an_interval_is_worth_is_counted() -> None:
    values = 100 + 10 * np.random.default_rng(8).normal(size=60)
    told = blend(values, no_forecast(values, 3)).accuracy(values)
    assert told is not None
    assert told.months == told.intervals == 12
    assert 6 <= told.held <= 12
    assert told.relative_error is not None
    assert 0.03 < told.relative_error < 0.2
