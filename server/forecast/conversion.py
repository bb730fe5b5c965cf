"""Conversion rates: the share of opportunities at a stage that are won within the month, the next one, and so on.

They are measured on past opportunities: their moves say at which stage each was at the beginning of every past month,
and for how long; the months after it say whether it was won. The probability that an admin gave a stage is not used.
A "cell" is a stage together with how long an opportunity has been there; see tracks.py.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from server.forecast.methods import Series
from server.forecast.tracks import SPANS, Mask, Numbers, Tracks

# Shrinkage: a stage's rate counts as if so many more opportunities had done as all do, and a cell's as if so many more
# had done as all of its stage do. A rate of few opportunities says little by itself.
LIKE_ALL, LIKE_ITS_STAGE = 4, 6
USUAL_MONTHS: Final = 12  # over which sales from opportunities not yet there are averaged


@dataclass(frozen=True)
class Rates:
    """Conversion rates as known at one moment."""

    shares: Series  # won in the month itself (step 0), the next one, …: by step and cell
    tracks: Tracks
    are_known: bool  # at least one opportunity was won


class Measuring:
    """`stood`: by month, step and cell, how many opportunities had been in the cell so long before that month that it
    is known whether they were won `step` months later; `won`: how many were."""

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
        """`counts`, by step, month and cell, each step shifted by as many months as it takes to be known."""
        months = np.arange(self.tracks.months)
        return np.stack([counts[step, np.maximum(months - step, 0)] for step in range(self.horizon)], axis=1)

    @cached_property
    def are_known(self) -> Mask:
        counted: Series = self.won.sum(axis=(1, 2))
        return counted > 0

    @cached_property
    def shares(self) -> Series:
        """Rates as known at the beginning of each month: by month, step and cell."""
        won, stood = (each.reshape(*each.shape[:2], -1, SPANS).sum(axis=3) for each in (self.won, self.stood))
        none = np.zeros(1)
        everything = _share(won.sum(axis=2, keepdims=True), stood.sum(axis=2, keepdims=True), none, 0)
        at_stage = _share(won, stood, everything, LIKE_ALL)
        return _share(self.won, self.stood, np.repeat(at_stage, SPANS, axis=2), LIKE_ITS_STAGE)

    @cached_property
    def rates(self) -> Rates:
        """The rates as known now."""
        return Rates(self.shares[-1], self.tracks, bool(self.are_known[-1]))

    def paths(self, mine: Mask) -> tuple[Series, Series]:
        """The paths (cents, by month and step) that the pipeline would have forecast at the beginning of each month,
        and, by step, the mean sales from opportunities that were not there yet. `mine`: tracks of one currency."""
        tracks = self.tracks
        worth = np.where(mine, tracks.cents, 0.0)
        usual_then = self._usual(worth)
        cents = self._by_month_and_cell(worth[tracks.track])
        paths = (self.shares @ cents[:, :, None])[:, :, 0] + usual_then
        paths[~self.are_known] = np.nan
        return paths, usual_then[-1]

    def _usual(self, worth: Series) -> Series:
        """By month and step: cents won `step` months later from opportunities created since, as the mean of the latest
        twelve months known by then. `worth`: cents by track."""
        where, track = self._won_fresh
        known = np.bincount(where, worth[track], (self.tracks.months + USUAL_MONTHS) * self.horizon)
        until = known.reshape(-1, self.horizon).cumsum(axis=0)
        usual_then: Series = (until[USUAL_MONTHS:] - until[: self.tracks.months]) / self._usual_months
        return usual_then

    @cached_property
    def _won_fresh(self) -> tuple[Numbers, Numbers]:
        """For each track won within `horizon` of its creation, and each step for which it was not there yet: its place
        in an array by month and step, and its track. The month is when it is known, twelve months on, so that the
        difference of two cumulative sums is the sum of twelve months."""
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
    """won / stood, as if `weight` more had stood there and been won at the rate `otherwise`."""
    of = stood + weight
    return np.divide(won + weight * otherwise, of, out=np.zeros(of.shape), where=of > 0)
