"""Where a month and a quarter will land, in one currency: of a rep, a territory or the company."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from math import isfinite, sqrt
from typing import Any, Final, NamedTuple

import numpy as np

from server.forecast.backtest import NORMAL
from server.forecast.blend import HORIZON, Blend, Measured, blend
from server.forecast.conversion import Measuring, Rates
from server.forecast.days import working_days
from server.forecast.methods import Series, nothing
from server.forecast.reading import Facts, Open
from server.forecast.won import Won
from server.models.quota import next_quarter, quarter_of

EVERYWHERE: Final = "*"


@dataclass(frozen=True)
class Of:
    """Whose: a rep, a territory, or with neither everybody in sight. `home`: the rep's territory, whose past is
    asked how often what stands there is won."""

    owner_id: str | None = None
    territory_id: str | None = None
    home: str | None = EVERYWHERE

    def holds(self, one: Any) -> bool:
        if self.owner_id is not None:
            return bool(one.owner_id == self.owner_id)
        return self.territory_id is None or bool(one.territory_id == self.territory_id)


class Range(NamedTuple):
    """In cents. Without `low` and `high` nothing is known of how far it may be off."""

    middle: int
    low: int | None
    high: int | None


@dataclass(frozen=True)
class Outlook:
    currency: str
    won_in_month: int
    won_in_quarter: int
    month: Range
    quarter: Range
    months: list[tuple[date, int]]  # that are over, with what was won in each
    ahead: list[tuple[date, Range]]  # this month and those after it
    method: str  # "" where history is too short
    of_history: float
    measured: Measured | None
    months_known: int
    knows_pipeline: bool

    @property
    def is_empty(self) -> bool:
        """There is nothing to go on."""
        return not (self.method or self.knows_pipeline or self.months or self.won_in_quarter)


class Forecasting:
    """For all of whom one asks on a page, from facts read once."""

    def __init__(self, facts: Facts, today: date) -> None:
        self.facts, self.today = facts, today
        self._measuring: dict[str | None, Measuring] = {}

    @property
    def _sales(self) -> list[Won | Open]:
        return [*self.facts.won, *self.facts.standing]

    def currency_of(self, of: Of) -> str:
        """In which most is sold; in the order of letters where that does not decide."""
        counts: dict[str, int] = {}
        for one in self._sales:
            if of.holds(one):
                counts[one.currency] = counts.get(one.currency, 0) + one.number
        return min(counts, key=lambda name: (-counts[name], name), default="EUR")

    def currencies_of(self, of: Of) -> list[str]:
        return sorted({one.currency for one in self._sales if of.holds(one)})

    def won_by_month(self, of: Of, currency: str) -> list[int]:
        sums = [0] * len(self.facts.months)
        for one in self.facts.won:
            if one.currency == currency and of.holds(one):
                sums[one.span] += one.cents
        return sums

    def won_in_quarter(self, of: Of) -> dict[str, int]:
        """By currency."""
        first, sums = quarter_of(self.today), dict[str, int]()
        for one in sorted(self.facts.won, key=lambda one: one.currency):
            if self.facts.months[one.span] >= first and of.holds(one):
                sums[one.currency] = sums.get(one.currency, 0) + one.cents
        return sums

    @cached_property
    def left_of_month(self) -> float:
        """Of its working days, today's among them."""
        first = self.today.replace(day=1)
        last = _after(first) - timedelta(days=1)
        return working_days(self.today, last) / working_days(first, last)

    @cached_property
    def months_after(self) -> int:
        """Of the quarter, after this one."""
        return (next_quarter(quarter_of(self.today)).month - self.today.month) % 12 - 1

    def outlook(self, of: Of, currency: str) -> Outlook:
        won = self.won_by_month(of, currency)
        over = won[:-1]
        first = next((number for number, cents in enumerate(over) if cents), len(over))
        values = np.array(over[first:], dtype=float)
        measuring = self._measuring_of(of.home)
        paths, fresh = self._paths(measuring, of, currency)
        made = blend(values, paths[first:])
        standing = [one for one in self.facts.standing if one.currency == currency and of.holds(one)]
        rates = measuring.rates()[-1]
        steps = self._ahead(made, standing, rates, fresh)
        months = [*zip(self.facts.months, won, strict=True)]
        in_quarter = sum(cents for month, cents in months if month >= quarter_of(self.today))
        knows_pipeline = rates.are_known and bool(standing or fresh.any())
        left, after = self.left_of_month, self.months_after
        spread = _spread(standing, rates)
        widths = [self._width(made, step, 1, left if step == 0 else 1.0, spread) for step in range(HORIZON)]
        ahead, month = [], self.facts.months[-1]
        for step, (cents, width) in enumerate(zip(steps, widths, strict=True)):
            ahead.append((month, _range(won[-1] if step == 0 else 0, cents, width)))
            month = _after(month)
        whole = self._width(made, 0, after + 1, (left + after) / (1 + after), spread)
        return Outlook(
            currency=currency,
            won_in_month=won[-1],
            won_in_quarter=in_quarter,
            month=ahead[0][1],
            quarter=_range(in_quarter, sum(steps[: after + 1]), whole),
            months=months[first:-1],
            ahead=ahead,
            method=made.method,
            of_history=made.of_history,
            measured=made.measured(values),
            months_known=len(values),
            knows_pipeline=knows_pipeline,
        )

    def _measuring_of(self, home: str | None) -> Measuring:
        if home not in self._measuring:
            tracks = [
                track for track in self.facts.tracks if home == EVERYWHERE or track.territory_id == home
            ]
            moments = self.facts.moments[self.facts.tracked_from :]
            self._measuring[home] = Measuring(tracks, moments, HORIZON)
        return self._measuring[home]

    def _paths(self, measuring: Measuring, of: Of, currency: str) -> tuple[Series, Series]:
        paths, fresh = measuring.paths(of.holds, currency)
        untracked = nothing(np.zeros(self.facts.tracked_from), HORIZON)[:-1]
        return np.concatenate([untracked, paths]), fresh

    def _ahead(self, made: Blend, standing: Sequence[Open], rates: Rates, fresh: Series) -> list[float]:
        """What is still won of this month, and what of those after it."""
        if not made.method and not rates.are_known:
            return [0.0] * HORIZON
        left = self.left_of_month
        of_pipeline = fresh * np.array([left] + [1.0] * (HORIZON - 1))
        for one in standing:
            shares = rates.of((one.pipeline_id, one.stage, one.age))
            of_pipeline = of_pipeline + one.cents * np.concatenate(
                [[1 - (1 - shares[0]) ** left], shares[1:]]
            )
        share = made.of_history if rates.are_known else 1.0
        if share == 0 or not made.method:
            return [max(float(cents), 0.0) for cents in of_pipeline]
        of_past = made.history[-1] * np.array([left] + [1.0] * (HORIZON - 1))
        mixed = share * of_past + (1 - share) * of_pipeline
        return [max(float(cents), 0.0) for cents in mixed]

    def _width(self, made: Blend, first: int, months: int, left: float, spread: float) -> float:
        """Less of it is left to be off by as days go by. Without a backtest: by the chances of what stands alone."""
        width = made.half_width(first, months)
        return (width if isfinite(width) else spread * sqrt(months)) * sqrt(left)


def _spread(standing: Sequence[Open], rates: Rates) -> float:
    """Of what is won in a month, if each is won or not by itself and all of a stage are about as large."""
    variance = 0.0
    for one in standing:
        share = float(rates.of((one.pipeline_id, one.stage, one.age))[0])
        variance += (one.cents / one.number) ** 2 * one.number * share * (1 - share)
    return NORMAL * sqrt(variance) if variance else float("nan")


def _range(won: int, more: float, width: float) -> Range:
    """What is won already is the least of it."""
    middle = won + round(more)
    if not isfinite(width):
        return Range(middle, None, None)
    return Range(middle, max(won, round(middle - width)), round(middle + width))


def _after(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
