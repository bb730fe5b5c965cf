"""How often what stands at a stage is won, and when: measured on what became of all that stood there before.

The history of moves says where each opportunity stood at the beginning of every past month, and for how long; the
months after it say what came of it. The probability that somebody gave a stage is not asked.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import numpy as np

from server.forecast.methods import Series, nothing

AGES: Final = (timedelta(days=14), timedelta(days=45), timedelta(days=120))
# As many as if they had done like all: few that stood somewhere say little by themselves.
LIKE_ALL, LIKE_ITS_STAGE = 4, 6

Cell = tuple[str, str, int]  # pipeline, stage, and how long it stands there
Counts = dict[Any, Series]


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


def age_of(standing: timedelta) -> int:
    return sum(1 for limit in AGES if standing >= limit)


def cell_at(track: Track, moment: datetime) -> Cell | None:
    """Where it stood then, if it was open."""
    for stood in track.stands:
        if stood.since <= moment and (stood.until is None or moment < stood.until):
            return track.pipeline_id, stood.stage, age_of(moment - stood.since)
    return None


@dataclass(frozen=True)
class Rates:
    """Shares that are won one, two, … months after a beginning of a month: `of(cell)[step]`."""

    won: Counts
    stood: Counts
    horizon: int
    _known: dict[Cell, Series] = field(default_factory=dict)

    def of(self, cell: Cell) -> Series:
        """Worked out once: every rep of a page asks for the same few."""
        if cell not in self._known:
            everything = self._share((), np.zeros(self.horizon), 0)
            at_stage = self._share(cell[:2], everything, LIKE_ALL)
            self._known[cell] = self._share(cell, at_stage, LIKE_ITS_STAGE)
        return self._known[cell]

    @property
    def are_known(self) -> bool:
        return bool(self.won.get((), np.zeros(1)).sum())

    def _share(self, key: Any, otherwise: Series, weight: int) -> Series:
        none = np.zeros(self.horizon)
        stood = self.stood.get(key, none) + weight
        return np.divide(
            self.won.get(key, none) + weight * otherwise, stood, out=none.copy(), where=stood > 0
        )


class Measuring:
    """Walks through the months: what it counts at one was known by then."""

    def __init__(self, tracks: Sequence[Track], moments: Sequence[datetime], horizon: int) -> None:
        self.moments, self.horizon = moments, horizon
        self.tracks = tracks
        self.cells: list[list[tuple[Cell, int | None, Track]]] = [[] for _ in moments]
        for track in tracks:
            won_in = None if track.won_at is None else self._month(track.won_at)
            first, last = self._standing(track)
            for number in range(first, last + 1):
                cell = cell_at(track, moments[number])
                if cell is not None:
                    self.cells[number].append((cell, won_in, track))
        self._rates: list[Rates] = []

    def _month(self, moment: datetime) -> int:
        return bisect_right(self.moments, moment) - 1

    def _standing(self, track: Track) -> tuple[int, int]:
        if not track.stands:
            return 0, -1
        over = track.stands[-1].until
        return max(self._month(track.created_at), 0), len(self.moments) - 1 if over is None else self._month(
            over
        )

    def rates(self) -> list[Rates]:
        """After so many months, of the beginnings whose following months were over by then."""
        if self._rates:
            return self._rates
        won: Counts = {}
        stood: Counts = {}
        for seen in range(len(self.moments)):
            for step in range(self.horizon):
                begun = seen - 1 - step
                if begun >= 0:
                    for cell, won_in, _ in self.cells[begun]:
                        for key in ((), cell[:2], cell):
                            stood.setdefault(key, np.zeros(self.horizon))[step] += 1
                            if won_in == begun + step:
                                won.setdefault(key, np.zeros(self.horizon))[step] += 1
            self._rates.append(
                Rates(
                    {key: counts.copy() for key, counts in won.items()},
                    {key: counts.copy() for key, counts in stood.items()},
                    self.horizon,
                )
            )
        return self._rates

    def paths(self, mine: Any, currency: str) -> tuple[Series, Series]:
        """What the pipeline had foreseen at every beginning of a month, and what was won after each that it did not yet
        hold. `mine`: of which tracks."""
        months, rates = len(self.moments), self.rates()
        fresh = self._fresh(mine, currency)
        paths = nothing(np.zeros(months - 1), self.horizon)
        for seen in range(months):
            if not rates[seen].are_known:
                continue
            cents: dict[Cell, int] = {}
            for cell, _, track in self.cells[seen]:
                if track.currency == currency and mine(track):
                    cents[cell] = cents.get(cell, 0) + track.cents
            expected = [amount * rates[seen].of(cell) for cell, amount in cents.items()]
            paths[seen] = sum(expected, np.zeros(self.horizon)) + usual(fresh, seen)
        return paths, usual(fresh, months - 1)

    def _fresh(self, mine: Any, currency: str) -> Series:
        """By beginning and step: what was won in that month of what was created after that beginning."""
        fresh = np.zeros((len(self.moments), self.horizon))
        for track in self.tracks:
            if track.won_at is None or track.currency != currency or not mine(track):
                continue
            won_in, made_in = self._month(track.won_at), self._month(track.created_at)
            for step in range(self.horizon):
                begun = won_in - step
                if 0 <= begun < len(self.moments) and made_in >= begun:
                    fresh[begun, step] += track.cents
        return fresh


def usual(fresh: Series, seen: int) -> Series:
    """The mean of the latest twelve that were over after so many months."""
    steps = range(fresh.shape[1])
    return np.array([_mean(fresh[max(seen - step - 12, 0) : max(seen - step, 0), step]) for step in steps])


def _mean(values: Series) -> float:
    return float(values.mean()) if len(values) else 0.0
