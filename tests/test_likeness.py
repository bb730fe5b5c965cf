"""What two customers are compared by: names without case, accents and legal forms, numbers by their digits."""

import json
from pathlib import Path
from typing import Any

import pytest

from server.likeness import keys_of

CASES = json.loads((Path(__file__).parent / "shared_cases" / "likeness.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["told"]))
def test_the_server_compares_by_the_same_keys(case: dict[str, Any]) -> None:
    told = {"phone": None, "address": None, **case["told"]}
    assert list(keys_of(**told).values()) == case["keys"]
