"""Makes a failing history shorter for as long as it fails in the same way."""

from collections.abc import Callable
from typing import Any

Deeds = list[dict[str, Any]]


def shrink(deeds: Deeds, fails: Callable[[Deeds], bool], patience: int = 400) -> Deeds:
    """Leaves out ever smaller pieces for as long as `fails`. `patience`: how many histories it may play."""
    size = max(1, len(deeds) // 2)
    while patience > 0:
        shorter, patience = _one_round(deeds, fails, size, patience)
        if size == 1 and len(shorter) == len(deeds):
            break
        size = max(1, size // 2) if len(shorter) == len(deeds) else size
        deeds = shorter
    return deeds


def _one_round(deeds: Deeds, fails: Callable[[Deeds], bool], size: int, patience: int) -> tuple[Deeds, int]:
    at = 0
    while at < len(deeds) and patience > 0:
        without = deeds[:at] + deeds[at + size :]
        patience -= 1
        if fails(without):
            deeds = without
        else:
            at += size
    return deeds, patience
