"""Normal forms of texts, of ordinary ones and of those that are made to take very long."""

import unicodedata

import pytest

from server.models.custom_field import CustomField
from server.normal_form import MOST_MARKS, normal
from server.search_text import fold
from sync.changes import Arg
from sync.custom_values import value_of
from sync.field_checks import CHECKS, Wrong, plain

# Marks that belong above and below by turns, which have to be sorted; two of them are none until they are taken apart.
STACKS = {"marks": "\u0301\u0316", "vowels": "\u0f73", "sound marks": "\uff9e\u0301"}
ORDINARY = ["Müller", "e\u0301", "Việt Nam", "北京市", "한국어", "ｶﾞ", "نَصٌّ", "ॐ नमः", "🚪👩‍👩‍👧", "x" * 9_000]


@pytest.mark.parametrize("form", ["NFC", "NFKC", "NFKD"])
@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_text_is_normalized_as_unicode_says(form: str, text: str) -> None:
    assert normal(form, text) == unicodedata.normalize(form, text)  # type: ignore[arg-type]


@pytest.mark.parametrize("stack", STACKS.values(), ids=STACKS)
def test_of_a_stack_of_marks_so_many_are_kept_as_a_letter_can_have(stack: str) -> None:
    """With all of them each of these would take the square of their number."""
    text = f"a{stack * 2_000}b"
    most = 2 * MOST_MARKS + 2
    told = normal("NFC", text), fold(text), plain(text), CHECKS["text"](text, Arg("text", max=10**6))
    assert all(len(one) <= most and one.endswith("b") for one in told)


def test_a_number_of_marks_is_no_number() -> None:
    with pytest.raises(Wrong):
        value_of(CustomField(id="", name="", kind="number"), STACKS["marks"] * 2_000)
