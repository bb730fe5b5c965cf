"""Dates, money and spans are said the same by server/words.py and pwa/words.js, in both languages."""

import json
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from server import words

CASES = json.loads((Path(__file__).parent.parent / "shared_cases" / "words.json").read_text())
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Shanghai",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Pacific/Apia",
]


def native(call: str, value: Any) -> Any:
    """On the wire dates and moments are text; the server has them as what they are."""
    if (
        not isinstance(value, str)
        or call in ("initial", "money", "cents", "count", "birthday")
        or "/" in value
        or value == "UTC"
    ):
        return value
    if value.endswith("Z"):
        return datetime.fromisoformat(value)
    return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)


def said(case: dict[str, Any], *locale: str) -> str:
    answer = getattr(words, case["call"])(*(native(case["call"], arg) for arg in case["args"]), *locale)
    return answer.isoformat()[:16] if isinstance(answer, date) else answer


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['call']} {case['args']}")
def test_the_server_says(case: dict[str, Any]) -> None:
    if "is" in case:
        assert said(case) == case["is"]
        return
    for locale in ("en", "zh-Hans"):
        assert said(case, locale) == case[locale]


def test_a_moment_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs its zone"):
        words.local_date(datetime(2026, 11, 23), "UTC")  # noqa: DTZ001


def test_every_quarter_of_an_hour_around_each_change_of_clocks_is_the_same_on_both_hosts() -> None:
    """Two years of quarter hours in zones that change theirs on different days, by half an hour, or for Ramadan."""
    start = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())
    moments = [datetime.fromtimestamp(start + quarter * 900, UTC) for quarter in range(2 * 365 * 96)]
    for zone in ZONES:
        local = [words.local_datetime(moment, zone).isoformat()[:16] for moment in moments]
        assert on_the_phone(zone, start, len(moments)) == local


def on_the_phone(zone: str, start: int, count: int) -> list[str]:
    script = """
      import { local_datetime } from "./pwa/words.js";
      const [zone, start, count] = process.argv.slice(1);
      const at = (quarter) => new Date((Number(start) + quarter * 900) * 1000).toISOString();
      console.log(Array.from({ length: Number(count) }, (_, quarter) => local_datetime(at(quarter), zone)).join("\\n"));
    """
    command = ["node", "--input-type=module", "--eval", script, zone, str(start), str(count)]
    root = Path(__file__).parent.parent.parent
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout.split()
