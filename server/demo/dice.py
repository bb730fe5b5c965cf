"""Random choices that are the same each time, for the same seed and purpose."""

import random
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from server.models.identity import new_id

T = TypeVar("T")


class Dice(random.Random):
    """A random sequence for one purpose: what `Dice(7, "alice")` gives does not depend on how much was drawn for Bob.
    So something new with a purpose of its own leaves all else as it was."""

    def __init__(self, rng_seed: int, purpose: str) -> None:
        super().__init__(f"{rng_seed}:{purpose}")

    def id_at(self, moment: datetime) -> str:
        return new_id(int(moment.timestamp() * 1000), self.getrandbits(74))

    def chance(self, share: float) -> bool:
        return self.random() < share

    def weighted(self, weights: dict[T, int]) -> T:
        return self.choices(list(weights), list(weights.values()))[0]

    def some(self, items: Sequence[T], most: int) -> list[T]:
        return self.sample(items, min(len(items), self.randint(1, most)))
