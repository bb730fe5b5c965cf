"""Which method to believe, and how far: by how each did at every moment of the past, with what was known then."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from server.forecast.methods import METHODS, Series, nothing

SHARE: Final = 0.8  # of intervals that hold what comes
NORMAL: Final = 1.2816  # deviations that hold so much of what is normal
FEWEST_ERRORS: Final = 4
LATEST: Final = 24  # errors that still say something: of two years of months
FORGETTING: Final = 0.95


@dataclass(frozen=True)
class Foreseen:
    """Of one series. `paths`: what was foreseen at every moment, by whichever method was best until then."""

    method: str
    paths: Series
    errors: Series  # truth less forecast, in the shape of `paths`; NaN for what has not come


def foresee(values: Series, season: int, horizon: int) -> Foreseen:
    candidates = {name: method(values, season, horizon) for name, method in METHODS.items()}
    errors = {name: errors_of(values, paths) for name, paths in candidates.items()}
    paths, chosen = nothing(values, horizon), ""
    for seen in range(len(values) + 1):
        known = {name: made[seen] for name, made in candidates.items() if np.isfinite(made[seen]).all()}
        if known:
            losses = {name: loss(errors[name], seen) for name in known}
            chosen = min(known, key=lambda name: losses[name])
            paths[seen] = known[chosen]
    return Foreseen(chosen, paths, errors_of(values, paths))


def errors_of(values: Series, paths: Series) -> Series:
    errors = np.full(paths.shape, np.nan)
    for step in range(paths.shape[1]):
        known = max(len(values) - step, 0)
        errors[:known, step] = values[step:] - paths[:known, step]
    return errors


def known_by(errors: Series, seen: int) -> Series:
    """Errors that had shown themselves after so many values, the latest last."""
    rows = [errors[: max(seen - step, 0), step] for step in range(errors.shape[1])]
    return np.concatenate([row[np.isfinite(row)][-LATEST:] for row in rows]) if rows else np.array([])


def loss(errors: Series, seen: int) -> float:
    """The mean of what it was off by, later ones counting more. Nothing known yet: never mind."""
    total = weight = 0.0
    for step in range(errors.shape[1]):
        row = np.abs(errors[: max(seen - step, 0), step])
        row = row[np.isfinite(row)]
        weights = FORGETTING ** np.arange(len(row))[::-1]
        total, weight = total + float(weights @ row), weight + float(weights.sum())
    return total / weight if weight else np.inf


def half_width(errors: Series) -> float:
    """Of an interval that holds four of five, by the errors there were; NaN where they are too few to say."""
    known = errors[np.isfinite(errors)][-LATEST:]
    count = len(known)
    if count < FEWEST_ERRORS:
        return float("nan")
    spread = float(np.sqrt(np.mean(known**2))) * student(count)
    rank = int(np.ceil((count + 1) * SHARE))
    if rank > count:
        return spread
    counted = float(np.sort(np.abs(known))[rank - 1])
    return (spread + counted) / 2


def student(count: int) -> float:
    """As NORMAL, where the spread is itself known from so many errors only."""
    return NORMAL + (NORMAL**3 + NORMAL) / (4 * count)
