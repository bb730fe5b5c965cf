"""What a phone has kept under an earlier version of the app is still of the closed list: it only grows, or widens."""

import json
from collections.abc import Iterator
from copy import deepcopy
from math import inf
from pathlib import Path
from typing import Any, Final

import pytest

from sync.changes import as_json

# As the version of November 2026 left it on phones. What is added later may be added here once it was shipped.
EARLIER: Final = json.loads(Path(__file__).with_name("earlier_changes.json").read_text())
WIDER: Final = {("integer", "hundredths"), ("choice", "text")}


def narrowed(before: dict[str, Any], now: dict[str, Any], path: str = "") -> Iterator[str]:
    """What an entry made by the args of `before` may fail at: `visit.log.note: max`."""
    for name, spec in now.items():
        if name not in before and spec.get("required"):
            yield f"{path}{name}: required"
    for name, spec in before.items():
        if name in now:
            yield from _narrowed_arg(spec, now[name], f"{path}{name}")
        else:
            yield f"{path}{name}: gone"


def _narrowed_arg(before: dict[str, Any], now: dict[str, Any], path: str) -> Iterator[str]:
    if before["type"] != now["type"] and (before["type"], now["type"]) not in WIDER:
        yield f"{path}: type"
    if now.get("required") and not before.get("required"):
        yield f"{path}: required"
    if before.get("multiline") and not now.get("multiline"):
        yield f"{path}: multiline"
    if now.get("max", inf) < before.get("max", inf):
        yield f"{path}: max"
    if now.get("min", -inf) > before.get("min", -inf):
        yield f"{path}: min"
    if "choices" in now and not set(before["choices"]) <= set(now["choices"]):
        yield f"{path}: choices"
    yield from narrowed(before.get("fields", {}), now.get("fields", {}), f"{path}.")
    if "of" in before:
        yield from _narrowed_arg(before["of"], now["of"], f"{path}[]")


def all_narrowed(now: dict[str, Any]) -> list[str]:
    gone = [f"{name}: gone" for name in EARLIER if name not in now]
    return gone + [
        one for name, args in EARLIER.items() if name in now for one in narrowed(args, now[name], f"{name}.")
    ]


def test_what_phones_have_kept_is_still_of_the_closed_list() -> None:
    assert all_narrowed(as_json()) == []


@pytest.mark.parametrize(
    ("change", "arg", "more", "found"),
    [
        ("visit.log", "note", {"max": 100}, "visit.log.note: max"),
        ("visit.log", "started_at", {"min": 0}, "visit.log.started_at: min"),
        ("visit.log", "note", {"required": True}, "visit.log.note: required"),
        ("visit.log", "outcome", {"choices": ["ordered"]}, "visit.log.outcome: choices"),
        ("visit.log", "weather", {"type": "text", "required": True}, "visit.log.weather: required"),
        ("customer.edit", "fields", {"fields": {}}, "customer.edit.fields.name: gone"),
        ("visit.log", "place", {"type": "text"}, "visit.log.place: type"),
    ],
)
def test_a_list_that_takes_less_is_noticed(change: str, arg: str, more: dict[str, Any], found: str) -> None:
    now = deepcopy(EARLIER)
    now[change][arg] = now[change].get(arg, {}) | more
    assert found in all_narrowed(now)
