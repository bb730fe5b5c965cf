"""What search compares and lists sort by."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.search_text import fold, search_text, sort_key

CASES = json.loads((Path(__file__).parent / "shared_cases" / "fold.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: ascii(case["text"]))
def test_the_cases_of_both_hosts(case: dict[str, str]) -> None:
    assert fold(case["text"]) == case["folded"]


@given(st.text())
def test_folding_twice_is_folding_once_for_what_people_type(text: str) -> None:
    folded = fold(text)
    assert folded == folded.strip(" ")
    assert "  " not in folded


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("北京华联有限公司", "beijinghualianyouxiangongsi"),
        ("重庆火锅", "chongqinghuoguo"),  # chong and not zhong, because 重庆 is read as one word
        ("Émile Zola", "emile zola"),
        ("吕梁 Café", "lvliangcafe"),
    ],
)
def test_chinese_sorts_by_its_sound(name: str, key: str) -> None:
    assert sort_key(name) == key


def test_a_customer_is_found_by_name_initials_region_and_phone() -> None:
    found = search_text("北京华联", "East Side", "138 0013")
    assert found == "北京华联 bjhl beijinghualian east side 138 0013 1380013"
    assert search_text("Harbour Café") == "harbour cafe"
