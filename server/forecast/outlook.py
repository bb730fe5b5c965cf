"""The forecast of this month and quarter, in one currency: of a rep, a territory or the company."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from math import isfinite, sqrt
from typing import Final, Generic, NamedTuple, TypeVar

import numpy as np

from server.days import DAY, next_month, next_quarter, quarter_of, working_days
from server.forecast.backtest import NORMAL
from server.forecast.blend import HORIZON, Accuracy, Blend, Span, blend
from server.forecast.conversion import Measuring
from server.forecast.methods import Series, no_forecast
from server.forecast.reading import Facts, Open
from server.forecast.tracks import Cell, Mask, Tracks, tracks_of
from server.forecast.won import Won, by_currency

EVERYWHERE: Final = "*"


T = TypeVar("T", Won, Open)


@dataclass(frozen=True)
class SalesOf:
    """Whose sales: a rep's, a territory's, or with neither id all that the reader sees. `home`: the territory whose
    past gives the conversion rates; EVERYWHERE: all of it."""

    owner_id: str | None = None
    territory_id: str | None = None
    home: str | None = EVERYWHERE

    def among(self, tracks: Tracks) -> Mask:
        if self.owner_id is not None:
            return tracks.owner.are(self.owner_id)
        if self.territory_id is not None:
            return tracks.territory.are(self.territory_id)
        return np.full(len(tracks.cents), True)


class Range(NamedTuple):
    """Cents. `low` and `high` are None if too little is known for an interval."""

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
    months: list[tuple[date, int]]  # past months, from the first with a sale on, with the cents won
    ahead: list[tuple[date, Range]]  # this month and the next ones, HORIZON in all
    method: str  # "" if history is too short
    history_share: float  # the weight of past sales against the pipeline, 0 to 1
    made: Blend = field(compare=False, repr=False)
    months_known: int  # the length of `months`
    knows_pipeline: bool  # there are conversion rates, and opportunities to apply them to

    @cached_property
    def accuracy(self) -> Accuracy | None:
        """Worked out on demand: only the outlook that a page is about needs it, not those in its list."""
        return self.made.accuracy(np.array([cents for _, cents in self.months], dtype=float))

    @property
    def is_empty(self) -> bool:
        """There are no sales and no rates to forecast from."""
        return not (self.method or self.knows_pipeline or self.months or self.won_in_quarter)


class Forecasting:
    """The outlooks of a page, from facts read once."""

    def __init__(self, facts: Facts, today: date) -> None:
        self.facts, self.today = facts, today
        self._measuring: dict[str | None, Measuring] = {}

    @cached_property
    def _won(self) -> "Sorted[Won]":
        return Sorted(self.facts.won)

    @cached_property
    def _standing(self) -> "Sorted[Open]":
        return Sorted(self.facts.standing)

    @cached_property
    def _numbers(self) -> dict[Cell, int]:
        """The number of each cell that has open opportunities."""
        return {cell: self._tracks.number_of(cell) for cell in {one.cell for one in self.facts.standing}}

    @cached_property
    def _tracks(self) -> Tracks:
        return tracks_of(self.facts.histories, self.facts.moments[self.facts.tracked_from :])

    def _sales(self, of: SalesOf) -> list[Won | Open]:
        return [*self._won.of(of), *self._standing.of(of)]

    def currency_of(self, of: SalesOf) -> str:
        """The currency of most sales; the first by alphabet of several."""
        counts: dict[str, int] = {}
        for one in self._sales(of):
            counts[one.currency] = counts.get(one.currency, 0) + one.number
        return min(counts, key=lambda name: (-counts[name], name), default="EUR")

    def currencies_of(self, of: SalesOf) -> list[str]:
        return sorted({one.currency for one in self._sales(of)})

    def won_by_month(self, of: SalesOf, currency: str) -> list[int]:
        """Cents, for each of `facts.months`."""
        sums = [0] * len(self.facts.months)
        for one in self._won.of(of):
            if one.currency == currency:
                sums[one.span] += one.cents
        return sums

    def won_in_quarter(self, of: SalesOf) -> dict[str, int]:
        """Cents by currency."""
        return by_currency([one for one in self._won.of(of) if one.span >= self._quarter])

    def open_now(self, of: SalesOf, currency: str) -> tuple[int, int]:
        """The number of open opportunities, and their cents."""
        mine = [one for one in self._standing.of(of) if one.currency == currency]
        return sum(one.number for one in mine), sum(one.cents for one in mine)

    @cached_property
    def _earlier(self) -> "Sorted[Won]":
        return Sorted(self.facts.earlier)

    def won_earlier(self, of: SalesOf) -> dict[str, int]:
        """Cents by currency, from the last quarter until the day that corresponds to today."""
        return by_currency(self._earlier.of(of))

    @cached_property
    def left_of_month(self) -> float:
        """The share of this month's working days that are left, today included."""
        first = self.today.replace(day=1)
        last = next_month(first) - DAY
        return working_days(self.today, last) / working_days(first, last)

    @cached_property
    def _quarter(self) -> int:
        """The index of the quarter's first month in `facts.months`."""
        return self.facts.months.index(quarter_of(self.today))

    @cached_property
    def months_after(self) -> int:
        """How many months of the quarter come after this one."""
        return (next_quarter(quarter_of(self.today)).month - self.today.month) % 12 - 1

    def outlook(self, of: SalesOf, currency: str) -> Outlook:
        won = self.won_by_month(of, currency)
        over = won[:-1]
        first = next((number for number, cents in enumerate(over) if cents), len(over))
        values = np.array(over[first:], dtype=float)
        measuring = self._measuring_of(of.home)
        paths, fresh = self._paths(measuring, of, currency)
        made = blend(values, paths[first:])
        standing = [one for one in self._standing.of(of) if one.currency == currency]
        cents = np.array([one.cents for one in standing], dtype=float)
        rates = measuring.rates
        shares = rates.shares[:, [self._numbers[one.cell] for one in standing]]
        steps = self._ahead(made, cents, shares if rates.are_known else None, fresh)
        *widths, whole = self._widths(made, _spread(standing, cents, shares[0]))
        already = [won[-1]] + [0] * (HORIZON - 1)
        ranges = [_range(*month) for month in zip(already, steps, widths, strict=True)]
        in_quarter = sum(won[self._quarter :])
        return Outlook(
            currency=currency,
            won_in_month=won[-1],
            won_in_quarter=in_quarter,
            month=ranges[0],
            quarter=_range(in_quarter, sum(steps[: self.months_after + 1]), whole),
            months=[*zip(self.facts.months[first:-1], over[first:], strict=True)],
            ahead=[*zip(self._months_ahead, ranges, strict=True)],
            method=made.method,
            history_share=made.history_share,
            made=made,
            months_known=len(values),
            knows_pipeline=rates.are_known and bool(standing or fresh.any()),
        )

    @cached_property
    def _months_ahead(self) -> list[date]:
        found = [self.facts.months[-1]]
        while len(found) < HORIZON:
            found.append(next_month(found[-1]))
        return found

    def _measuring_of(self, home: str | None) -> Measuring:
        if home not in self._measuring:
            tracks = self._tracks
            mine = tracks if home == EVERYWHERE else tracks.of(tracks.territory.are(home))
            self._measuring[home] = Measuring(mine, HORIZON)
        return self._measuring[home]

    def _paths(self, measuring: Measuring, of: SalesOf, currency: str) -> tuple[Series, Series]:
        tracks = measuring.tracks
        paths, fresh = measuring.paths(of.among(tracks) & tracks.currency.are(currency))
        return np.concatenate([self._untracked, paths]), fresh

    @cached_property
    def _untracked(self) -> Series:
        return no_forecast(np.zeros(self.facts.tracked_from), HORIZON)[:-1]

    @cached_property
    def _left(self) -> Series:
        """The share of each month ahead that is left."""
        return np.array([self.left_of_month] + [1.0] * (HORIZON - 1))

    def _ahead(self, made: Blend, cents: Series, shares: Series | None, fresh: Series) -> list[float]:
        """Cents still to be won in each month ahead. `cents`: of each row of open opportunities; `shares`: their
        conversion rates by step, None if unknown; `fresh`: by step, from opportunities not there yet."""
        if not made.method and shares is None:
            return [0.0] * HORIZON
        share, of_pipeline = 1.0, np.zeros(HORIZON)
        if shares is not None:
            share = made.history_share
            left = np.concatenate([1 - (1 - shares[:1]) ** self.left_of_month, shares[1:]])
            of_pipeline = fresh * self._left + left @ cents
        if share == 0 or not made.method:
            return [max(float(one), 0.0) for one in of_pipeline]
        mixed = share * made.history[-1] * self._left + (1 - share) * of_pipeline
        return [max(float(one), 0.0) for one in mixed]

    def _widths(self, made: Blend, spread: float) -> list[float]:
        """Half the width of the interval of each month ahead, and of the quarter. Without a backtest, `spread` is used:
        that of one month."""
        return [
            (width if isfinite(width) else spread * sqrt(months)) * sqrt(part)
            for width, (_, months), part in zip(
                made.half_widths(self._spans), self._spans, self._parts, strict=True
            )
        ]

    @cached_property
    def _spans(self) -> tuple[Span, ...]:
        return *((step, 1) for step in range(HORIZON)), (0, self.months_after + 1)

    @cached_property
    def _parts(self) -> list[float]:
        """The share of each span that is left: only that can still differ from the forecast."""
        left = self._left
        return [*left, left[: self.months_after + 1].mean()]


class Sorted(Generic[T]):
    """Rows indexed by owner and territory, since a page asks for those of every rep."""

    def __init__(self, rows: Sequence[T]) -> None:
        self.rows: Sequence[T] = rows
        self._by_owner: dict[str | None, list[T]] = defaultdict(list)
        self._by_territory: dict[str | None, list[T]] = defaultdict(list)
        for one in rows:
            self._by_owner[one.owner_id].append(one)
            self._by_territory[one.territory_id].append(one)

    def of(self, of: SalesOf) -> Sequence[T]:
        if of.owner_id is not None:
            return self._by_owner.get(of.owner_id, [])
        return self.rows if of.territory_id is None else self._by_territory.get(of.territory_id, [])


def _spread(standing: Sequence[Open], cents: Series, shares: Series) -> float:
    """Half the width of the interval of a month's sales, if opportunities are won independently of each other and those
    of a row have the same amount; NaN if there are none."""
    number = np.array([one.number for one in standing], dtype=float)
    variance = float(np.sum(cents**2 / number * shares * (1 - shares)))
    return NORMAL * sqrt(variance) if variance else float("nan")


def _range(won: int, more: float, width: float) -> Range:
    """`won`: cents won already, which the range cannot be below. `more`: the cents still expected."""
    middle = won + round(more)
    if not isfinite(width):
        return Range(middle, None, None)
    return Range(middle, max(won, round(middle - width)), round(middle + width))
