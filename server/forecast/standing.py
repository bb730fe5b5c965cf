"""Where opportunities stood at the beginning of each past month, as arrays: every rep of a page looks at thousands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

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


class Stood(NamedTuple):
    """At a stage from `since` until `until`; None: it stands there still."""

    stage: str
    since: datetime
    until: datetime | None


class Track(NamedTuple):
    """An opportunity's way. `won_at`: None if it is not won."""

    pipeline_id: str
    owner_id: str | None
    territory_id: str | None
    currency: str
    cents: int
    created_at: datetime
    stands: tuple[Stood, ...]  # at open stages
    won_at: datetime | None


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


def tracks_of(tracks: Sequence[Track], moments: Sequence[datetime]) -> Tracks:
    begins = _microseconds(moments)
    made_in = _month(begins, _microseconds([one.created_at for one in tracks]))
    won = [number for number, one in enumerate(tracks) if one.won_at is not None]
    won_in = np.full(len(tracks), -1)
    won_in[won] = _month(begins, _microseconds([one.won_at for one in tracks if one.won_at is not None]))
    stages: dict[tuple[str, str], int] = {}
    month, track, cell = _standing(tracks, begins, np.maximum(made_in, 0), stages)
    return Tracks(
        _texts([one.owner_id for one in tracks]),
        _texts([one.territory_id for one in tracks]),
        _texts([one.currency for one in tracks]),
        np.array([one.cents for one in tracks], dtype=float),
        made_in, won_in, month, track, cell, stages, len(moments),
    )  # fmt: skip


def _standing(
    tracks: Sequence[Track], begins: Numbers, made_in: Numbers, stages: dict[tuple[str, str], int]
) -> tuple[Numbers, Numbers, Numbers]:
    numbers: list[int] = []
    places: list[int] = []
    begun: list[float] = []
    left: list[float] = []
    for number, one in enumerate(tracks):
        for key, since, until in one.stands:
            numbers.append(number)
            places.append(stages.setdefault((one.pipeline_id, key), len(stages)))
            begun.append(since.timestamp())
            left.append(NEVER if until is None else until.timestamp())
    whose, stage = np.array(numbers, dtype=int), np.array(places, dtype=int)
    since_then = _whole(begun)
    first = np.maximum(np.searchsorted(begins, since_then), made_in[whose])
    over = np.searchsorted(begins, _whole(left))
    months = np.maximum(over - first, 0)
    which = np.repeat(np.arange(len(whose)), months)
    month = first[which] + np.arange(len(which)) - (np.cumsum(months) - months)[which]
    age = np.searchsorted(_lengths(AGES), begins[month] - since_then[which], side="right")
    # Where it would have stood at two stages, it counts at the first.
    once = np.unique(whose[which] * len(begins) + month, return_index=True)[1]
    return month[once], whose[which][once], (SPANS * stage[which] + age)[once]


def _microseconds(moments: Sequence[datetime]) -> Numbers:
    return _whole([moment.timestamp() for moment in moments])


def _whole(seconds: Sequence[float]) -> Numbers:
    """Microseconds since 1970: whole ones, so that what lasted as long as an age is of that age."""
    return np.rint(np.array(seconds, dtype=float) * 1e6).astype(np.int64)


def _lengths(spans: Sequence[timedelta]) -> Numbers:
    return np.array([span // MICROSECOND for span in spans])


def _month(begins: Numbers, moments: Numbers) -> Numbers:
    return np.searchsorted(begins, moments, side="right") - 1


def _texts(texts: Sequence[str | None]) -> Texts:
    known: dict[str | None, int] = {}
    return Texts(np.array([known.setdefault(text, len(known)) for text in texts], dtype=int), known)
