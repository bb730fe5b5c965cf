"""What quotes come to: the same cents on both hosts. tests/sync/totals.test.js runs the same cases."""

import json
from pathlib import Path
from typing import Any

import pytest

from server.totals import line_cents, totals

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "shared_cases" / "totals.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_lines_and_totals_come_to(case: dict[str, Any]) -> None:
    assert [line_cents(line) for line in case["lines"]] == case["each"]
    found = totals(case["lines"])._asdict()
    assert found == {name: case[name] for name in found}
