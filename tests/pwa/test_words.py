"""Dates, money and spans are said the same by server/words.py and pwa/words.js, in both languages."""

import json
import subprocess
from datetime import UTC, date, datetime, timedelta
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


# A year in each: half an hour, no midnight, midnight twice, a day left out, a quarter of an hour beside the others.
ODD_YEARS = {
    "Africa/Cairo": 2024, "Africa/Casablanca": 2026, "Africa/El_Aaiun": 2027, "America/Asuncion": 2023,
    "America/Caracas": 2016, "America/Havana": 2026, "America/Nuuk": 2023, "America/Santiago": 2026,
    "America/Sao_Paulo": 2018, "America/Scoresbysund": 2024, "America/St_Johns": 2011, "Antarctica/Troll": 2026,
    "Asia/Amman": 2022, "Asia/Beirut": 2023, "Asia/Damascus": 2022, "Asia/Gaza": 2026, "Asia/Kathmandu": 2026,
    "Asia/Pyongyang": 2018, "Asia/Tehran": 2022, "Atlantic/Azores": 2026, "Australia/Lord_Howe": 2026,
    "Europe/Dublin": 2026, "Europe/Istanbul": 2016, "Pacific/Apia": 2011, "Pacific/Chatham": 2026,
    "Pacific/Fiji": 2018, "Pacific/Kiritimati": 1994, "Pacific/Norfolk": 2019,
}  # fmt: skip


def test_every_hour_of_odd_years_is_on_the_same_day_on_both_hosts() -> None:
    """Phones look up how far a zone is from UTC once a day, and count on."""
    script = """
      import { date_of, local_day_number } from "./pwa/views/zone.js";
      const days = Object.entries(JSON.parse(process.argv[1])).map(([zone, year]) => {
        const hour = (number) => new Date(Date.UTC(year) + number * 3_600_000 - 1).toISOString();
        return Array.from({ length: 366 * 24 }, (_, number) => date_of(local_day_number(hour(number), zone)));
      });
      console.log(JSON.stringify(days));
    """
    command = ["node", "--input-type=module", "--eval", script, json.dumps(ODD_YEARS)]
    root = Path(__file__).parent.parent.parent
    told = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    for (zone, year), days in zip(ODD_YEARS.items(), json.loads(told), strict=True):
        first = datetime(year, 1, 1, tzinfo=UTC) - timedelta(milliseconds=1)
        hours = (first + number * timedelta(hours=1) for number in range(366 * 24))
        assert days == [words.local_date(hour, zone).isoformat() for hour in hours], zone


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
