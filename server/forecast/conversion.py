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
        usual_then = self._usual(worth)
        cents = self._by_month_and_cell(worth[tracks.track])
        paths = (self.shares @ cents[:, :, None])[:, :, 0] + usual_then
        paths[~self.are_known] = np.nan
        return paths, usual_then[-1]

    def _usual(self, worth: Series) -> Series:
        """By beginning and step: what is won so many months after a beginning of what is not there yet at it, in the
        mean of the latest twelve known by then. `worth`: cents, by track."""
        where, track = self._won_fresh
        known = np.bincount(where, worth[track], (self.tracks.months + USUAL_MONTHS) * self.horizon)
        until = known.reshape(-1, self.horizon).cumsum(axis=0)
        usual_then: Series = (until[USUAL_MONTHS:] - until[: self.tracks.months]) / self._usual_months
        return usual_then

    @cached_property
    def _won_fresh(self) -> tuple[Numbers, Numbers]:
        """By when it is known, and twelve months later, which makes sums of twelve; at which step; and which track."""
        steps = np.arange(self.horizon)
        won_in = self.tracks.won_in[:, None]
        counts = (won_in >= steps) & (self.tracks.made_in[:, None] >= won_in - steps)
        counts &= won_in + 1 < self.tracks.months
        return ((won_in + 1 + USUAL_MONTHS) * self.horizon + steps)[counts], counts.nonzero()[0]

    @cached_property
    def _usual_months(self) -> Numbers:
        known: Numbers = np.arange(self.tracks.months)[:, None] - np.arange(self.horizon)
        return np.clip(known, 1, USUAL_MONTHS)


def _share(won: Series, stood: Series, otherwise: Series, weight: int) -> Series:
    of = stood + weight
    return np.divide(won + weight * otherwise, of, out=np.zeros(of.shape), where=of > 0)
