"""Decides what an opportunity lacks for a stage, from rows as phones hold them. Twin of sync/rulebook.js;
tests/shared_cases/rulebook.json holds both to the same verdicts and words.

    lacks(pipeline, opportunity, facts, "quote") == [{"code": "amount", "stage": ""}]

`pipeline`: its `stages`, in order. `facts`:

- each of KINDS that the stages require: when it last happened and somebody was there, None for never;
- `file`: when a file was last added, None for never;
- `discount_bp`: the lowest discount of a quote of this opportunity that its customer has, None without one;
- `signed`: whether a contract of the opportunity was signed on the screen.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from server.translations import msgid

Stage = Mapping[str, Any]
Lack = dict[str, str]
Say = Callable[..., str]

SENTENCES: Final = {
    "amount": "the amount is missing",
    "closing_date": "the closing date is missing",
    "reason": "the reason is missing",
    "competitor": "the competitor is missing",
    "visit": "a visit is missing",
    "call": "a call is missing",
    "message": "a message is missing",
    "email": "an email is missing",
    "meeting": "a meeting is missing",
    "minutes": "the minutes are missing",
    "signed_quote": "a quote signed on paper is missing",
    "signed_contract": "a signed contract is missing",
    "quote": "a quote that was sent is missing",
    "quote_at_most": "a sent quote with at most %(percent)s%% discount is missing",
    "approval": "a manager’s approval is missing",
    "skip": "%(stage)s comes first",
    "back": "there is no way back to %(stage)s",
    "unknown": "there is no such stage",
}
STAGE_SENTENCES: Final = {
    "lead": "Lead",
    "first_contact": "First contact",
    "needs_confirmed": "Needs confirmed",
    "quote": "Quote",
    "contract": "Contract",
    "payment": "Payment",
    "won": "Won",
    "lost": "Lost",
}
# Requirements that can be filled in with the move, by the names that their fields have in rows and changes.
FIELDS: Final = {
    "amount": "amount_cents",
    "closing_date": "expected_close_on",
    "reason": "lost_reason",
    "competitor": "competitor",
}
FILES: Final = ("minutes", "signed_quote", "signed_contract")
KINDS: Final = ("visit", "call", "message", "email", "meeting")  # of activities that are logged
REQUIREMENTS: Final = (*FIELDS, *KINDS, *FILES, "quote", "approval")
WAITS: Final = msgid("%(stage)s has to wait: %(missing)s.")
# An activity of the week before an opportunity was added counts for it: opportunities are found at a visit, and often
# added in the evening.
DONE_BEFORE: Final = timedelta(days=7)


def lacks(
    pipeline: Mapping[str, Any], opportunity: Mapping[str, Any], facts: Mapping[str, Any], to: str
) -> list[Lack]:
    """What is missing before the opportunity may be at the stage `to`; an empty list if it may. One whose `stage` is
    None is new, and may begin at any stage for which it lacks nothing."""
    stages = pipeline["stages"]
    target = stage_of(stages, to)
    if target is None:
        return [{"code": "unknown", "stage": ""}]
    if opportunity["stage"] == to:
        return []
    missing = [name for name in target["required"] if not _is_there(name, opportunity, facts, target)]
    return [
        *_out_of_order(stages, opportunity["stage"], target),
        *({"code": name, "stage": to if name == "quote" else ""} for name in missing),
    ]


def kinds_of(stages: Sequence[Stage]) -> tuple[str, ...]:
    """The kinds of activities that any of the stages requires."""
    return tuple(kind for kind in KINDS if any(kind in stage["required"] for stage in stages))


def stage_of(stages: Sequence[Stage], key: str | None) -> Stage | None:
    return next((stage for stage in stages if stage["key"] == key), None)


def _out_of_order(stages: Sequence[Stage], from_key: str | None, target: Stage) -> list[Lack]:
    standing = stage_of(stages, from_key)
    if standing is None or target["kind"] == "lost":
        return []
    at, to = stages.index(standing), stages.index(target)
    if to < at:
        return [] if target["back"] else [{"code": "back", "stage": target["key"]}]
    between = (stage for stage in stages[at + 1 : to] if stage["kind"] == "open" and not stage["skip"])
    return [{"code": "skip", "stage": stage["key"]} for stage in between]


def _is_there(name: str, opportunity: Mapping[str, Any], facts: Mapping[str, Any], target: Stage) -> bool:
    """Whether a requirement is met. One that only a newer version knows counts as met."""
    if name in FIELDS:
        return bool(opportunity[FIELDS[name]])
    if name in KINDS:
        return _not_before(facts.get(name), opportunity["created_at"], DONE_BEFORE)
    if name == "signed_contract" and facts.get("signed"):
        return True
    if name in FILES:
        return _not_before(facts["file"], opportunity["stage_since"], timedelta())
    if name == "quote":
        return _is_quoted(facts["discount_bp"], target.get("most_discount_percent"))
    given_for = (_approves(given, opportunity, target["key"]) for given in opportunity["approvals"])
    return name != "approval" or any(given_for)


def _is_quoted(discount_bp: int | None, most_percent: int | None) -> bool:
    return discount_bp is not None and (most_percent is None or discount_bp <= 100 * most_percent)


def _not_before(moment: str | None, since: str, grace: timedelta) -> bool:
    return moment is not None and datetime.fromisoformat(moment) >= datetime.fromisoformat(since) - grace


def _approves(given: Mapping[str, Any], opportunity: Mapping[str, Any], to: str) -> bool:
    """Whether it approves this stage at the present amount: another amount needs another approval."""
    wanted = (to, opportunity["amount_cents"], opportunity["currency"])
    return (given["stage"], given["amount_cents"], given["currency"]) == wanted


def stage_name(t: Say, stages: Sequence[Stage], key: str) -> str:
    """As the admin called it. A stage that came with Legwork and was not renamed is named in the reader's language."""
    stage = stage_of(stages, key)
    if stage is not None and stage["name"]:
        return str(stage["name"])
    return t(STAGE_SENTENCES[key]) if key in STAGE_SENTENCES else key


def said(t: Say, pipeline: Mapping[str, Any], lack: Lack) -> str:
    """The lack as half a sentence, such as "the amount is missing"."""
    stages, code = pipeline["stages"], lack["code"]
    if code != "quote":
        return t(SENTENCES[code], stage=stage_name(t, stages, lack["stage"]))
    percent = (stage_of(stages, lack["stage"]) or {}).get("most_discount_percent")
    return t(SENTENCES[code]) if percent is None else t(SENTENCES["quote_at_most"], percent=percent)


def refusal(t: Say, pipeline: Mapping[str, Any], found: Sequence[Lack], to: str) -> str:
    missing = t(", ").join(said(t, pipeline, lack) for lack in found)
    return t(WAITS, stage=stage_name(t, pipeline["stages"], to), missing=missing)


def fields_of(found: Sequence[Lack]) -> dict[str, dict[str, Any]]:
    """Errors for the missing fields that can be filled in with the move, in the form of sync/validation.py."""
    wrong = [FIELDS[lack["code"]] for lack in found if lack["code"] in FIELDS]
    return {name: {"code": "required", "params": {}} for name in wrong}
