"""Measures functions in turn, so that a slow moment of the machine affects all that are compared."""

import time
from collections.abc import Callable
from statistics import median

ROUNDS = 60


def in_turn(*works: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """The median time of each, in milliseconds."""
    for work in works:
        work()
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for times, work in zip(taken, works, strict=True):
            started = time.perf_counter()
            work()
            times.append((time.perf_counter() - started) * 1000)
    return [median(times) for times in taken]
