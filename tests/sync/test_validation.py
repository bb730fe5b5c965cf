"""The server checks args as the phone does: tests/sync/validation.test.js runs the same cases."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.translations import translator
from sync.changes import CHANGES, Arg
from sync.field_checks import CHECKS
from sync.validation import SENTENCES, message, validate

CASES = json.loads((Path(__file__).parents[1] / "shared_cases" / "validation.json").read_text())
TWIN = (Path(__file__).parents[2] / "sync" / "validation.js").read_text()


@pytest.mark.parametrize("case", CASES, ids=lambda case: ascii(case["args"])[:80])
def test_the_cases_of_both_hosts(case: dict[str, Any]) -> None:
    clean, errors = validate(case["name"], case["args"])
    assert errors == case["errors"]
    assert clean == case["clean"]


def test_the_cases_show_every_error_once() -> None:
    shown = {error["code"] for case in CASES for error in case["errors"].values()}
    assert shown == SENTENCES.keys()


def test_both_hosts_say_the_same_sentences() -> None:
    """But for what no form can hold, only a program that sends other than text: a phone has no words for that."""
    table = re.search(r"const SENTENCES = \{\n(.*?)\n\}", TWIN, re.DOTALL)
    assert table
    sent_by_programs = ("not_text", "not_a_list", "not_an_object", "not_strokes")
    said = {code: text for code, text in SENTENCES.items() if code not in sent_by_programs}
    assert dict(re.findall(r'(\w+): "(.*)",', table[1])) == said


@pytest.mark.parametrize("locale", ["en", "zh-Hans"])
def test_every_error_has_a_sentence_in_both_languages(locale: str) -> None:
    t = translator(locale)
    said = {code: message(t, code, {"min": 1, "max": 200}) for code in SENTENCES}
    assert all(text and "%" not in text for text in said.values())
    assert all(
        (text == SENTENCES[code]) == (locale == "en")
        for code, text in said.items()
        if "%" not in SENTENCES[code]
    )


def test_every_type_has_its_check() -> None:
    def types(specs: dict[str, Arg]) -> set[str]:
        inner = [types(spec.fields) for spec in specs.values() if spec.fields]
        listed = {spec.of.type for spec in specs.values() if spec.of}
        return {spec.type for spec in specs.values()} | listed | set().union(*inner)

    used = set().union(*(types(change.args) for change in CHANGES.values()))
    assert used == CHECKS.keys() | {"object", "edits", "rows"}


def test_clean_args_are_clean() -> None:
    """What a form kept and sends again comes out as it was."""
    for case in CASES:
        if not case["errors"]:
            assert validate(case["name"], case["clean"]) == (case["clean"], {})


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=5), inside, max_size=3),
    max_leaves=8,
)


@given(name=st.sampled_from(list(CHANGES)), data=st.data())
def test_whatever_comes_is_answered(name: str, data: st.DataObject) -> None:
    args = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(CHANGES[name].args, ANYTHING)))
    clean, errors = validate(name, args)
    json.dumps(errors)
    if not errors:
        assert validate(name, clean) == (clean, {})
        json.dumps(clean, allow_nan=False).encode()
        json.dumps(clean, ensure_ascii=False).encode("utf-8")
