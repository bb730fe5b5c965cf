"""How often what stands at a stage is won, and when: measured on what became of all that stood there before.

The history of moves says where each opportunity stood at the beginning of every past month, and for how long; the
months after it say what came of it. The probability that somebody gave a stage is not asked.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from server.forecast.methods import Series
from server.forecast.standing import SPANS, Mask, Numbers, Tracks

# As many as if they had done like all: few that stood somewhere say little by themselves.
LIKE_ALL, LIKE_ITS_STAGE = 4, 6
USUAL_MONTHS: Final = 12


@dataclass(frozen=True)
class Rates:
    """Shares that are won one, two, … months after a beginning of a month, by what was known at one moment."""

    shares: Series  # by step and cell
    tracks: Tracks
    are_known: bool


class Measuring:
    """`stood` and `won`: by month begun, step and cell, how many there had been whose months after were over by then,
    and how many of them were won in that month."""

    def __init__(self, tracks: Tracks, horizon: int) -> None:
        self.tracks, self.horizon = tracks, horizon
        won_in = tracks.won_in[tracks.track]
        nowhere = np.zeros((horizon, 1, tracks.cells))
        stood = np.repeat(self._by_month_and_cell()[None], horizon, 0)
        won = np.array(
            [self._by_month_and_cell(won_in == tracks.month + step) for step in range(horizon)], dtype=float
        )
        self.stood, self.won = (
            self._known(np.concatenate([nowhere, counts.cumsum(axis=1)], axis=1)) for counts in (stood, won)
        )

    def _by_month_and_cell(self, weights: Mask | Series | None = None) -> Series:
        tracks, size = self.tracks, self.tracks.months * self.tracks.cells
        counts = np.bincount(self._place, weights, size)
        return counts.reshape(tracks.months, tracks.cells).astype(float)

    @cached_property
    def _place(self) -> Numbers:
        return self.tracks.month * self.tracks.cells + self.tracks.cell

    def _known(self, counts: Series) -> Series:
        """Of those that began so many months earlier than was known."""
        months = np.arange(self.tracks.months)
        return np.stack([counts[step, np.maximum(months - step, 0)] for step in range(self.horizon)], axis=1)

    @cached_property
    def are_known(self) -> Mask:
        counted: Series = self.won.sum(axis=(1, 2))
        return counted > 0

    @cached_property
    def shares(self) -> Series:
        """By month begun, step and cell."""
        won, stood = (each.reshape(*each.shape[:2], -1, SPANS).sum(axis=3) for each in (self.won, self.stood))
        none = np.zeros(1)
        everything = _share(won.sum(axis=2, keepdims=True), stood.sum(axis=2, keepdims=True), none, 0)
        at_stage = _share(won, stood, everything, LIKE_ALL)
        return _share(self.won, self.stood, np.repeat(at_stage, SPANS, axis=2), LIKE_ITS_STAGE)

    @cached_property
    def rates(self) -> Rates:
        """By all that is known."""
        return Rates(self.shares[-1], self.tracks, bool(self.are_known[-1]))

    def paths(self, mine: Mask) -> tuple[Series, Series]:
        """What the pipeline had foreseen at every beginning of a month, and what was won after each that it did not yet
        hold. `mine`: which of the tracks, all in one currency."""
        tracks = self.tracks
        worth = np.where(mine, tracks.cents, 0.0)
        usual_then = usual(self._fresh(worth))
        cents = self._by_month_and_cell(worth[tracks.track])
        paths = (self.shares @ cents[:, :, None])[:, :, 0] + usual_then
        paths[~self.are_known] = np.nan
        return paths, usual_then[-1]

    def _fresh(self, worth: Series) -> Series:
        """By beginning and step: what was won in that month of what was created after that beginning.
        `worth`: cents, by track."""
        where, track = self._won_fresh
        size = self.tracks.months * self.horizon
        sums = np.bincount(where, worth[track], size).astype(float)
        return sums.reshape(self.tracks.months, self.horizon)

    @cached_property
    def _won_fresh(self) -> tuple[Numbers, Numbers]:
        """At which beginnings and steps, and which track."""
        steps = np.arange(self.horizon)
        begun = self.tracks.won_in[:, None] - steps
        counts = (begun >= 0) & (self.tracks.made_in[:, None] >= begun)
        return (begun * self.horizon + steps)[counts], counts.nonzero()[0]


def _share(won: Series, stood: Series, otherwise: Series, weight: int) -> Series:
    of = stood + weight
    return np.divide(won + weight * otherwise, of, out=np.zeros(of.shape), where=of > 0)


def usual(fresh: Series) -> Series:
    """The mean of the latest twelve that were over, after so many months."""
    months, horizon = fresh.shape
    late = np.zeros((months + USUAL_MONTHS, horizon))  # by when it was known
    for step in range(horizon):
        late[USUAL_MONTHS + step + 1 :, step] = fresh[: max(months - step - 1, 0), step]
    until = late.cumsum(axis=0)
    sums = until[USUAL_MONTHS:] - until[:months]
    known = np.arange(months)[:, None] - np.arange(horizon)
    usual_then: Series = sums / np.clip(known, 1, USUAL_MONTHS)
    return usual_then
