"""Which payments are late, and how often a customer orders. tests/sync/payments.test.js runs the same cases."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from server.payments import standing
from server.rhythm import rhythm

SHARED = Path(__file__).parent / "shared_cases"


def cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((SHARED / f"{name}.json").read_text())
    return found


@pytest.mark.parametrize("case", cases("payments"), ids=lambda case: case["why"])
def test_payments_stand(case: dict[str, Any]) -> None:
    found = standing(case["total_cents"], case["payments"], case["today"])
    assert [one.left_cents for one in found.instalments] == case["left"]
    assert [one.is_late for one in found.instalments] == case["late"]
    assert found[1:] == (case["received_cents"], case["open_cents"], case["late_cents"])


@pytest.mark.parametrize("case", cases("rhythm"), ids=lambda case: case["why"])
def test_a_rhythm(case: dict[str, Any]) -> None:
    found = rhythm(map(date.fromisoformat, case["placed_on"]))
    wanted = (case["usual_days"], case["next_on"] and date.fromisoformat(case["next_on"]))
    assert (found or (None, None)) == wanted
