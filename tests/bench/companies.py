"""Companies whose sales come from a known process, to measure how much better a forecast from past and pipeline is than
one from the past alone."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from math import pi, sin
from typing import Final, NamedTuple

import numpy as np

from server.forecast.backtest import half_width
from server.forecast.blend import HORIZON, Blend, blend
from server.forecast.conversion import Measuring
from server.forecast.methods import Series, no_forecast
from server.forecast.tracks import tracks_of
from tests.forecast.histories import Stood, Track, histories_of

COMPANIES: Final = 10
MONTHS: Final = 48
JUDGED: Final = 24  # the latest of MONTHS, for which forecasts are made
DAYS_A_MONTH: Final = 30
# The mean days that an opportunity stands there, and the share that goes on.
STAGES: Final = {
    "lead": (25, 0.7),
    "quote": (30, 0.65),
    "contract": (20, 0.85),
}


class Judged(NamedTuple):
    """Of forecasts for one month ahead: the mean errors in cents of past and pipeline `together` and of the `history`
    alone, and the percent of intervals that held (`covered`)."""

    together: float
    history: float
    covered: float


def companies() -> Iterator[tuple[list[Track], list[datetime]]]:
    begin = datetime(2022, 1, 1, tzinfo=UTC)
    moments = [begin + timedelta(days=DAYS_A_MONTH * number) for number in range(MONTHS + 1)]
    for number in range(COMPANIES):
        yield [*_tracks(random.Random(number), begin)], moments


def _tracks(dice: random.Random, begin: datetime) -> Iterator[Track]:
    """Some forty new opportunities a month, more in some months of a year. Each goes on or is lost at its own pace."""
    for day in range(DAYS_A_MONTH * MONTHS):
        for _ in range(2):
            if dice.random() < 0.65 * (1 + 0.4 * sin(2 * pi * day / DAYS_A_MONTH / 12)):
                yield _track(dice, begin + timedelta(days=day, minutes=dice.randint(0, 1439)))


def _track(dice: random.Random, created: datetime) -> Track:
    at, stands, goes_on = created, [], True
    for stage, (days, share) in STAGES.items():
        over = at + timedelta(days=dice.expovariate(1 / days))
        stands.append(Stood(stage, at, over))
        at, goes_on = over, dice.random() < share
        if not goes_on:
            break
    cents = round(dice.lognormvariate(13, 0.6))
    return Track("p", "a", "n", "EUR", cents, created, tuple(stands), at if goes_on else None)


def judge() -> Judged:
    together, history, held = [], [], []
    for tracks, moments in companies():
        values = won_by_month(tracks, moments)
        paths, _ = Measuring(tracks_of(histories_of(tracks), moments), HORIZON).paths(
            np.full(len(tracks), True)
        )
        mixed, alone = blend(values, paths), blend(values, no_forecast(values, HORIZON))
        together += _errors(mixed)
        history += _errors(alone)
        held += [
            abs(mixed.errors[seen, 0]) <= half_width(mixed.errors[:seen, 0])
            for seen in range(MONTHS - JUDGED, MONTHS)
        ]
    return Judged(float(np.mean(together)), float(np.mean(history)), 100 * float(np.mean(held)))


def _errors(made: Blend) -> list[float]:
    return [abs(float(error)) for error in made.errors[MONTHS - JUDGED : MONTHS, 0]]


def won_by_month(tracks: list[Track], moments: list[datetime]) -> Series:
    values = np.zeros(len(moments) - 1)
    for track in tracks:
        if track.won_at is not None and track.won_at < moments[-1]:
            values[(track.won_at - moments[0]) // timedelta(days=DAYS_A_MONTH)] += track.cents
    return values
