"""What a seal is over: the same text and the same hash on both hosts. tests/sync/seal.test.js runs the same cases."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from server.seal import OF_CONTRACT, OF_LINE, seal_of, sealed_text

CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "shared_cases" / "seal.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_a_contract_is_written_and_sealed_as(case: dict[str, Any]) -> None:
    assert sealed_text(case["contract"]) == case["text"]
    assert seal_of(case["contract"]) == case["seal"] == hashlib.sha256(case["text"].encode()).hexdigest()


def test_nothing_of_it_can_be_changed_unseen() -> None:
    contract, seal = CASES[0]["contract"], CASES[0]["seal"]
    first, *others = contract["lines"]
    for name in OF_CONTRACT:
        if name != "lines":
            assert seal_of(contract | {name: "2"}) != seal, name
    for name in OF_LINE:
        assert seal_of(contract | {"lines": [first | {name: 2}, *others]}) != seal, name
    assert seal_of(contract | {"lines": [*others, first]}) != seal
