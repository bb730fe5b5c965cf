"""What the benchmark asks of forecasts, on the public series alone: no chance is in it."""

import pytest

from server.forecast import backtest
from server.forecast.methods import METHODS
from tests.bench.companies import judge
from tests.bench.forecast import COVERED, MOST, mean, quality
from tests.bench.series import real_series


def test_public_series_are_foreseen_better_than_by_what_was_a_season_ago() -> None:
    series = real_series()
    assert len({one.name for one in series}) >= 5
    judged = mean([quality(one) for one in series])
    assert judged.error <= MOST * judged.naive_error
    assert COVERED[0] <= judged.covered <= COVERED[1]


def test_the_pipeline_tells_more_than_the_past_alone() -> None:
    judged = judge()
    assert judged.together <= MOST * judged.history
    assert COVERED[0] <= judged.covered <= COVERED[1]


def test_a_worse_method_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtest, "METHODS", {"seasonal_naive": METHODS["seasonal_naive"]})
    judged = mean([quality(one) for one in real_series()])
    assert judged.error == judged.naive_error
