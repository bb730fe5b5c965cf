"""One rulebook on two hosts: the cases written by hand, and thousands by the dice: equal verdicts and words."""

import json
import random
import subprocess
from typing import Any

import pytest

from server.pipeline.rulebook import KINDS, REQUIREMENTS, fields_of, lacks, refusal
from server.render import ROOT
from server.translations import read_messages, translator

SHARED = json.loads((ROOT / "tests" / "shared_cases" / "rulebook.json").read_text())
LOCALES = ("en", "zh-Hans")
MADE = 3000
DAYS = ("2026-11-02", "2026-11-03", "2026-11-09", "2026-11-10", "2026-11-11")


def here(case: dict[str, Any], locale: str) -> dict[str, Any]:
    t, pipeline = translator(locale), case["pipeline"]
    found = lacks(pipeline, case["opportunity"], case["facts"], case["to"])
    return {"lacks": found, "words": refusal(t, pipeline, found, case["to"]), "fields": fields_of(found)}


def on_the_phone(cases: list[dict[str, Any]], locale: str) -> list[dict[str, Any]]:
    asked = json.dumps({"locale": locale, "messages": read_messages(locale), "cases": cases})
    command = ["node", ROOT / "tests" / "pipeline" / "rulebook_host.mjs"]
    done = subprocess.run(command, input=asked, capture_output=True, text=True, check=True)
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def by_hand() -> list[dict[str, Any]]:
    return [{**case, "pipeline": SHARED["pipelines"][case["pipeline"]]} for case in SHARED["cases"]]


@pytest.mark.parametrize("locale", LOCALES)
def test_both_hosts_decide_the_shared_cases_as_they_say(locale: str) -> None:
    cases = by_hand()
    for case, phone in zip(cases, on_the_phone(cases, locale), strict=True):
        assert here(case, locale) == phone, case["about"]
        assert phone["lacks"] == case["lacks"], case["about"]
        assert not case["lacks"] or phone["words"] == case[locale], case["about"]


def test_the_cases_leave_no_rule_out() -> None:
    found = {lack["code"] for case in SHARED["cases"] for lack in case["lacks"]}
    assert found == {*REQUIREMENTS, "skip", "back", "unknown"}


@pytest.mark.parametrize("locale", LOCALES)
def test_both_hosts_decide_alike_whatever_the_pipeline(locale: str) -> None:
    dice = random.Random(f"rulebook {locale}")
    cases = [made(dice) for _ in range(MADE)]
    answers = on_the_phone(cases, locale)
    for case, phone in zip(cases, answers, strict=True):
        assert here(case, locale) == phone, case
    refused = sum(bool(answer["lacks"]) for answer in answers)
    assert MADE // 4 < refused < MADE, "made so that neither answer is rare"


def made(dice: random.Random) -> dict[str, Any]:
    stages = [stage(dice, number) for number in range(dice.randint(1, 7))]
    keys = [one["key"] for one in stages]
    opportunity = {
        "stage": dice.choice([*keys, *keys, None, "gone"]),
        "amount_cents": dice.choice([0, 1, 10**15]),
        "currency": dice.choice(["EUR", "CNY"]),
        "expected_close_on": dice.choice([None, "2026-12-01"]),
        "lost_reason": dice.choice([None, "Price"]),
        "competitor": dice.choice([None, "Kestrel"]),
        "created_at": moment(dice),
        "stage_since": moment(dice),
        "approvals": [approval(dice, keys) for _ in range(dice.randint(0, 3))],
    }
    facts = {name: dice.choice([None, moment(dice)]) for name in (*KINDS, "file")}
    facts["signed"] = dice.choice([False, False, True])
    facts["discount_bp"] = dice.choice([None, 0, 999, 1000, 1001])
    to = dice.choice([*keys, *keys, "nowhere"])
    return {"pipeline": {"stages": stages}, "opportunity": opportunity, "facts": facts, "to": to}


def stage(dice: random.Random, number: int) -> dict[str, Any]:
    return {
        "key": dice.choice([f"s{number}", "quote", "lead", "constructor"]) if number else "lead",
        "name": dice.choice(["", "Scout", "勘察", "100 % %(stage)s"]),
        "kind": dice.choice(["open", "open", "open", "won", "lost"]),
        "skip": dice.random() < 0.5,
        "back": dice.random() < 0.5,
        **dice.choice(
            [{}, {"most_discount_percent": None}, {"most_discount_percent": dice.choice([0, 10, 100])}]
        ),
        "required": dice.sample([*REQUIREMENTS, "a newer one", "constructor"], dice.randint(0, 3)),
    }


def moment(dice: random.Random) -> str:
    return f"{dice.choice(DAYS)}T08:00:00.{dice.choice(['000', '001', '999'])}Z"


def approval(dice: random.Random, keys: list[str]) -> dict[str, Any]:
    amounts = {"amount_cents": dice.choice([0, 1, 10**15]), "currency": dice.choice(["EUR", "CNY"])}
    return {"by": "x", "at": moment(dice), "stage": dice.choice(keys), **amounts}
