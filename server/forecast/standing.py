"""Where opportunities stood at the beginning of each past month, as arrays: every rep of a page looks at thousands."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from server.forecast.methods import Series

AGES: Final = (timedelta(days=14), timedelta(days=45), timedelta(days=120))
MICROSECOND: Final = timedelta(microseconds=1)
SPANS: Final = len(AGES) + 1  # of standing
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NEVER: Final = 10**18  # microseconds since 1970

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]
Place = tuple[str, str]  # pipeline and stage
Cell = tuple[str, str, int]  # and how long it stands there
T = TypeVar("T")


class Stood(NamedTuple):
    """Where one stood and stands no more, a column for each thing told of it: at which stage, since when and until
    when."""

    places: tuple[Place, ...] = ()
    since: tuple[int, ...] = ()
    until: tuple[int, ...] = ()


@dataclass(frozen=True)
class Ways:
    """Of opportunities, a column for each thing told of them: thousands are read for a page, and an object of each
    would take longer than what is done with them. Moments are microseconds since 1970, whole ones, so that what lasted
    as long as an age is of that age."""

    owner_ids: Sequence[str | None]
    territory_ids: Sequence[str | None]
    currencies: Sequence[str]
    cents: Sequence[int]
    created: Numbers
    pipeline_ids: Sequence[str]
    stages: Sequence[str]  # at which they are now
    arrived: Numbers
    stood: Sequence[Stood]
    kinds: Mapping[Place, str]  # a stage that an admin took out since was an open one: only such can be


NO_WAYS: Final = Ways([], [], [], [], np.zeros(0, int), [], [], np.zeros(0, int), [], {})


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
    stages: dict[Place, int]
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
    begins = microseconds(moments)
    made_in = _month(begins, ways.created)
    now = zip(ways.pipeline_ids, ways.stages, strict=True)
    stage, stages = _numbered(chain(chain.from_iterable(stood.places for stood in ways.stood), now))
    kinds = [ways.kinds.get(place, "open") for place in stages]
    is_open, is_won = (
        np.array([each == kind for each in kinds], dtype=bool)[stage] for kind in ("open", "won")
    )
    won_in = np.where(is_won[-len(ways.stages) :], _month(begins, ways.arrived), -1)
    month, track, cell = _standing(ways, stage, is_open, begins, np.maximum(made_in, 0))
    return Tracks(
        _texts(ways.owner_ids), _texts(ways.territory_ids), _texts(ways.currencies),
        np.array(ways.cents, dtype=float), made_in, won_in, month, track, cell, stages, len(moments),
    )  # fmt: skip


def _standing(
    ways: Ways, stage: Numbers, is_open: Mask, begins: Numbers, made_in: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """`stage` and whether it `is_open`: of all that stood, and then of all where they are now."""
    each = np.arange(len(ways.stood))
    times = [len(stood.places) for stood in ways.stood]
    whose = np.concatenate([np.repeat(each, times), each])
    since, until = (
        np.concatenate([np.fromiter(chain.from_iterable(then), dtype=np.int64), now])
        for then, now in (
            ((stood.since for stood in ways.stood), ways.arrived),
            ((stood.until for stood in ways.stood), np.full(len(each), NEVER)),
        )
    )
    whose, stage, since, until = (told[is_open] for told in (whose, stage, since, until))
    first = np.maximum(np.searchsorted(begins, since), made_in[whose])
    over = np.searchsorted(begins, until)
    months = np.maximum(over - first, 0)
    which = np.repeat(np.arange(len(whose)), months)
    month = first[which] + np.arange(len(which)) - (np.cumsum(months) - months)[which]
    age = np.searchsorted(_lengths(AGES), begins[month] - since[which], side="right")
    # Where it would have stood at two stages, it counts at the first.
    once = np.unique(whose[which] * len(begins) + month, return_index=True)[1]
    return month[once], whose[which][once], (SPANS * stage[which] + age)[once]


def microseconds(moments: Iterable[datetime]) -> Numbers:
    return np.array([microsecond(moment) for moment in moments], dtype=np.int64)


def microsecond(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def _lengths(spans: Sequence[timedelta]) -> Numbers:
    return np.array([span // MICROSECOND for span in spans])


def _month(begins: Numbers, moments: Numbers) -> Numbers:
    return np.searchsorted(begins, moments, side="right") - 1


def _texts(texts: Iterable[str | None]) -> Texts:
    return Texts(*_numbered(texts))


def _numbered(those: Iterable[T]) -> tuple[Numbers, dict[T, int]]:
    known: defaultdict[T, int] = defaultdict()
    known.default_factory = (
        known.__len__
    )  # so that whatever is looked up has a number, without a line of ours for each
    numbers = np.fromiter(map(known.__getitem__, those), dtype=np.int64)
    known.default_factory = None
    return numbers, known
