"""Where opportunities stood at the beginning of each past month, as arrays: every rep of a page looks at thousands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from server.forecast.methods import Series

AGES: Final = (timedelta(days=14), timedelta(days=45), timedelta(days=120))
MICROSECOND: Final = timedelta(microseconds=1)
SPANS: Final = len(AGES) + 1  # of standing
NEVER: Final = 1e12  # seconds since 1970

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]
Cell = tuple[str, str, int]  # pipeline, stage, and how long it stands there


@dataclass
class Ways:
    """Of opportunities, a column for each thing told of them: thousands are read for a page, and an object of each
    would take longer than what is done with them. Moments are seconds since 1970."""

    owner_ids: list[str | None] = field(default_factory=list)
    territory_ids: list[str | None] = field(default_factory=list)
    currencies: list[str] = field(default_factory=list)
    cents: list[int] = field(default_factory=list)
    created: list[float] = field(default_factory=list)
    won: list[float] = field(default_factory=list)  # NEVER: not, or not yet
    stages: dict[tuple[str, str], int] = field(default_factory=dict)
    # Four numbers each time that one stood at an open stage: whose, at which, since when and until when.
    stands: list[float] = field(default_factory=list)

    def add(
        self,
        owner_id: str | None,
        territory_id: str | None,
        currency: str,
        cents: int,
        created: float,
        won: float,
        stands: Iterable[tuple[tuple[str, str], float, float]],
    ) -> None:
        """`stands`: at which stage of which pipeline, since when and until when."""
        number, stages = len(self.cents), self.stages
        self.owner_ids.append(owner_id)
        self.territory_ids.append(territory_id)
        self.currencies.append(currency)
        self.cents.append(cents)
        self.created.append(created)
        self.won.append(won)
        for place, since, until in stands:
            self.stands += (number, stages.setdefault(place, len(stages)), since, until)


@dataclass(frozen=True)
class Texts:
    """Compared as numbers, which is quick."""

    numbers: Numbers
    known: dict[str | None, int]

    def are(self, text: str | None) -> Mask:
        mine: Mask = np.equal(self.numbers, self.known.get(text, -1))
        return mine

    def of(self, mine: Mask) -> "Texts":
        return Texts(self.numbers[mine], self.known)


@dataclass(frozen=True)
class Tracks:
    """By track: whose, for how much, and in which month it was made and won (-1: before the first, or not at all). By
    each month that it stood open at the beginning of: that `month`, the `track`, and the `cell` it was in."""

    owner: "Texts"
    territory: "Texts"
    currency: "Texts"
    cents: Series
    made_in: Numbers
    won_in: Numbers
    month: Numbers
    track: Numbers
    cell: Numbers
    stages: dict[tuple[str, str], int]
    months: int

    @property
    def cells(self) -> int:
        """One more stage is there than anything stood at: for what stands now where nothing ever stood."""
        return SPANS * (len(self.stages) + 1)

    def number_of(self, cell: Cell) -> int:
        pipeline_id, stage, age = cell
        return SPANS * self.stages.get((pipeline_id, stage), len(self.stages)) + age

    def of(self, mine: Mask) -> "Tracks":
        """Those of the tracks alone."""
        stays, renumbered = mine[self.track], np.cumsum(mine) - 1
        return Tracks(
            self.owner.of(mine), self.territory.of(mine), self.currency.of(mine),
            self.cents[mine], self.made_in[mine], self.won_in[mine],
            self.month[stays], renumbered[self.track[stays]], self.cell[stays], self.stages, self.months,
        )  # fmt: skip


def tracks_of(ways: Ways, moments: Sequence[datetime]) -> Tracks:
    begins = _whole([moment.timestamp() for moment in moments])
    made_in = _month(begins, _whole(ways.created))
    won = np.array(ways.won, dtype=float)
    won_in = np.where(won < NEVER, _month(begins, _whole(won)), -1)
    month, track, cell = _standing(ways, begins, np.maximum(made_in, 0))
    return Tracks(
        _texts(ways.owner_ids), _texts(ways.territory_ids), _texts(ways.currencies),
        np.array(ways.cents, dtype=float), made_in, won_in, month, track, cell, ways.stages, len(moments),
    )  # fmt: skip


def _standing(ways: Ways, begins: Numbers, made_in: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    told = np.array(ways.stands, dtype=float).reshape(-1, 4).T
    whose, stage, since_then = told[0].astype(int), told[1].astype(int), _whole(told[2])
    first = np.maximum(np.searchsorted(begins, since_then), made_in[whose])
    over = np.searchsorted(begins, _whole(told[3]))
    months = np.maximum(over - first, 0)
    which = np.repeat(np.arange(len(whose)), months)
    month = first[which] + np.arange(len(which)) - (np.cumsum(months) - months)[which]
    age = np.searchsorted(_lengths(AGES), begins[month] - since_then[which], side="right")
    # Where it would have stood at two stages, it counts at the first.
    once = np.unique(whose[which] * len(begins) + month, return_index=True)[1]
    return month[once], whose[which][once], (SPANS * stage[which] + age)[once]


def _whole(seconds: Sequence[float] | Series) -> Numbers:
    """Microseconds since 1970: whole ones, so that what lasted as long as an age is of that age."""
    return np.rint(np.array(seconds, dtype=float) * 1e6).astype(np.int64)


def _lengths(spans: Sequence[timedelta]) -> Numbers:
    return np.array([span // MICROSECOND for span in spans])


def _month(begins: Numbers, moments: Numbers) -> Numbers:
    return np.searchsorted(begins, moments, side="right") - 1


def _texts(texts: Sequence[str | None]) -> Texts:
    known: dict[str | None, int] = {}
    return Texts(np.array([known.setdefault(text, len(known)) for text in texts], dtype=int), known)
