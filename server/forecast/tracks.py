"""At which stage opportunities were at the beginning of each past month, as NumPy arrays: thousands are looked at for
every rep of a page."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Final, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from server.forecast.methods import Series

AGES: Final = (
    timedelta(days=14),
    timedelta(days=45),
    timedelta(days=120),
)  # at a stage: limits between age groups
MICROSECOND: Final = timedelta(microseconds=1)
SPANS: Final = len(AGES) + 1  # age groups
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NEVER: Final = 10**18  # microseconds since 1970

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]
Place = tuple[str, str]  # pipeline and stage
Cell = tuple[str, str, int]  # pipeline, stage and age group
T = TypeVar("T")


class PastStages(NamedTuple):
    """The stages that one opportunity has left, as columns. Moments are microseconds since 1970."""

    places: tuple[Place, ...] = ()
    since: tuple[int, ...] = ()
    until: tuple[int, ...] = ()


@dataclass(frozen=True)
class Histories:
    """Opportunities as columns, since making thousands of objects would take longer than the work on them. Moments are
    microseconds since 1970; whole numbers, so that comparing with AGES is exact."""

    owner_ids: Sequence[str | None]
    territory_ids: Sequence[str | None]
    currencies: Sequence[str]
    cents: Sequence[int]
    created: Numbers
    pipeline_ids: Sequence[str]
    stages: Sequence[str]  # the current ones
    arrived: Numbers  # at the current stage
    stood: Sequence[PastStages]
    kinds: Mapping[
        Place, str
    ]  # of stages; one that is missing was removed by an admin, and was open: only such can be


NO_HISTORIES: Final = Histories([], [], [], [], np.zeros(0, int), [], [], np.zeros(0, int), [], {})


@dataclass(frozen=True)
class Codes:
    """A column of texts as numbers, which are quick to compare. `known`: the number of each text."""

    numbers: Numbers
    known: dict[str | None, int]

    def are(self, text: str | None) -> Mask:
        mine: Mask = np.equal(self.numbers, self.known.get(text, -1))
        return mine

    def of(self, mine: Mask) -> "Codes":
        return Codes(self.numbers[mine], self.known)


@dataclass(frozen=True)
class Tracks:
    """The first six arrays have an element for each opportunity ("track"), the next three one for each month at whose
    beginning an opportunity was open."""

    owner: Codes
    territory: Codes
    currency: Codes
    cents: Series
    made_in: Numbers  # month of creation; -1: before the first month
    won_in: Numbers  # month; -1: before the first month, or not won
    month: Numbers
    track: Numbers  # index of the opportunity
    cell: Numbers  # number_of() its cell at the beginning of `month`
    stages: dict[Place, int]  # numbers of stages
    months: int  # how many

    @property
    def cells(self) -> int:
        """The number of cells. One stage is added, for stages at which no opportunity was at a month's beginning."""
        return SPANS * (len(self.stages) + 1)

    def number_of(self, cell: Cell) -> int:
        pipeline_id, stage, age = cell
        return SPANS * self.stages.get((pipeline_id, stage), len(self.stages)) + age

    def of(self, mine: Mask) -> "Tracks":
        """Only these tracks."""
        stays, renumbered = mine[self.track], np.cumsum(mine) - 1
        return Tracks(
            self.owner.of(mine), self.territory.of(mine), self.currency.of(mine),
            self.cents[mine], self.made_in[mine], self.won_in[mine],
            self.month[stays], renumbered[self.track[stays]], self.cell[stays], self.stages, self.months,
        )  # fmt: skip


def tracks_of(histories: Histories, moments: Sequence[datetime]) -> Tracks:
    begins = microseconds(moments)
    made_in = _month(begins, histories.created)
    now = zip(histories.pipeline_ids, histories.stages, strict=True)
    stage, stages = _numbered(chain(chain.from_iterable(stood.places for stood in histories.stood), now))
    kinds = [histories.kinds.get(place, "open") for place in stages]
    is_open, is_won = (
        np.array([each == kind for each in kinds], dtype=bool)[stage] for kind in ("open", "won")
    )
    won_in = np.where(is_won[-len(histories.stages) :], _month(begins, histories.arrived), -1)
    month, track, cell = _standing(histories, stage, is_open, begins, np.maximum(made_in, 0))
    return Tracks(
        _codes(histories.owner_ids), _codes(histories.territory_ids), _codes(histories.currencies),
        np.array(histories.cents, dtype=float), made_in, won_in, month, track, cell, stages, len(moments),
    )  # fmt: skip


def _standing(
    histories: Histories, stage: Numbers, is_open: Mask, begins: Numbers, made_in: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """The arrays `month`, `track` and `cell` of Tracks. `stage` and `is_open` are those of all past stages, followed by
    all current ones."""
    each = np.arange(len(histories.stood))
    times = [len(stood.places) for stood in histories.stood]
    whose = np.concatenate([np.repeat(each, times), each])
    since, until = (
        np.concatenate([np.fromiter(chain.from_iterable(then), dtype=np.int64), now])
        for then, now in (
            ((stood.since for stood in histories.stood), histories.arrived),
            ((stood.until for stood in histories.stood), np.full(len(each), NEVER)),
        )
    )
    whose, stage, since, until = (told[is_open] for told in (whose, stage, since, until))
    first = np.maximum(np.searchsorted(begins, since), made_in[whose])
    over = np.searchsorted(begins, until)
    months = np.maximum(over - first, 0)
    which = np.repeat(np.arange(len(whose)), months)
    month = first[which] + np.arange(len(which)) - (np.cumsum(months) - months)[which]
    age = np.searchsorted(_lengths(AGES), begins[month] - since[which], side="right")
    # An opportunity that seems to be at two stages at once counts at the first.
    once = np.unique(whose[which] * len(begins) + month, return_index=True)[1]
    return month[once], whose[which][once], (SPANS * stage[which] + age)[once]


def microseconds(moments: Iterable[datetime]) -> Numbers:
    return np.array([microsecond(moment) for moment in moments], dtype=np.int64)


def microsecond(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def _lengths(spans: Sequence[timedelta]) -> Numbers:
    return np.array([span // MICROSECOND for span in spans])


def _month(begins: Numbers, moments: Numbers) -> Numbers:
    """The index of the month that each moment is in; -1: before the first."""
    return np.searchsorted(begins, moments, side="right") - 1


def _codes(texts: Iterable[str | None]) -> Codes:
    return Codes(*_numbered(texts))


def _numbered(those: Iterable[T]) -> tuple[Numbers, dict[T, int]]:
    """The number of each, and the numbers by thing. A defaultdict numbers what it does not know yet, which is faster
    than a loop."""
    known: defaultdict[T, int] = defaultdict()
    known.default_factory = known.__len__
    numbers = np.fromiter(map(known.__getitem__, those), dtype=np.int64)
    known.default_factory = None
    return numbers, known
