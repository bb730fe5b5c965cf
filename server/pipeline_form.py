"""Checks of the form of a pipeline: each stage field by field, and that no stage is removed that opportunities stand
at, unless it says where they go."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from server import forms
from server.account_form import NAME_TAKEN, check, said
from server.models.identity import new_id
from server.pipeline.rulebook import REQUIREMENTS, STAGE_SENTENCES, Stage, stage_of
from server.translations import msgid
from server.views.form import Typed
from sync.changes import Arg
from sync.field_checks import Wrong

Checked = tuple[dict[str, Any], dict[str, Any]]

MOST_STAGES: Final = 20
NAME: Final = {"name": Arg("text", max=60)}
OF_ANY_STAGE: Final = {**NAME, "most_discount_percent": Arg("integer", min=0, max=100)}
STAGE: Final = {
    **OF_ANY_STAGE,
    "position": Arg("integer", required=True, min=1, max=999),
    "probability": Arg("integer", required=True, min=0, max=100),
    "stuck_after_days": Arg("integer", min=1, max=3650),
}
NEW: Final = "new"
# The kinds in the order of a pipeline. Only stages of kind open have a probability, and can be stuck.
KINDS: Final = ("open", "won", "lost")
WHERE_TO: Final = msgid("Opportunities stand here (%(count)s). Say where they go.")
NO_STAGE: Final = msgid("A pipeline needs a stage to begin with.")
TOO_MANY: Final = msgid("At most %(max)s stages, please.")


def check_pipeline(stages: Sequence[Stage], typed: Typed, held: Mapping[str, int]) -> Checked:
    """Returns what `restage` needs (`name`, `stages`, `moved`) and the errors by field. `held`:
    how many opportunities stand at each stage."""
    clean, errors = check(NAME, _given(typed, NAME, ""))
    kept, gone = [], {}
    for number, known in _rows(stages, typed):
        if known is not None and known["kind"] == "open" and forms.value(typed, f"remove_{number}"):
            gone[known["key"]] = number
            continue
        stage, wrong = _stage(number, known, typed)
        errors |= wrong
        kept.append((number, stage))
    errors |= _check_names(kept)
    moved, wrong = _moved(gone, kept, typed, held)
    if not any(stage["kind"] == "open" for _, stage in kept):
        errors["name"] = said(NO_STAGE)
    if len(kept) > MOST_STAGES:
        errors["name"] = said(TOO_MANY, max=MOST_STAGES)
    in_order = sorted(kept, key=lambda row: (KINDS.index(row[1]["kind"]), row[1].pop("position", 0)))
    return {
        "name": clean.get("name") or "",
        "stages": [stage for _, stage in in_order],
        "moved": moved,
    }, errors | wrong


def _rows(stages: Sequence[Stage], typed: Typed) -> Iterator[tuple[int, Stage | None]]:
    """The rows of the form: their number and their stage, None for a new one. Stages that somebody else has added
    meanwhile come at the end, so that they stay."""
    met = set()
    for number in range(2 * MOST_STAGES):
        key = forms.value(typed, f"key_{number}")
        known = stage_of(stages, key)
        if known is not None and key not in met:
            met.add(key)
            yield number, known
        elif key == NEW and forms.value(typed, f"name_{number}").strip():
            yield number, None
    for number, stage in enumerate(stages):
        if stage["key"] not in met:
            yield 100 + number, stage


def _stage(number: int, known: Stage | None, typed: Typed) -> Checked:
    if known is not None and forms.value(typed, f"key_{number}") != known["key"]:
        return {**known, "position": number}, {}
    kind = known["kind"] if known else "open"
    specs = STAGE if kind == "open" else OF_ANY_STAGE
    clean, errors = check(specs, _given(typed, specs, f"_{number}"))
    key = known["key"] if known else f"s{new_id()[-12:]}"
    if key not in STAGE_SENTENCES and not clean.get("name"):
        errors["name"] = errors.get("name") or Wrong("required").error
    stage = {
        "key": key,
        "kind": kind,
        "probability": {"won": 100, "lost": 0}.get(kind, clean.get("probability")),
        "stuck_after_days": clean.get("stuck_after_days"),
        "skip": kind == "open" and bool(forms.value(typed, f"skip_{number}")),
        "back": kind == "open" and bool(forms.value(typed, f"back_{number}")),
        "required": [name for name in REQUIREMENTS if name in typed.get(f"required_{number}", ())],
        "name": clean.get("name") or "",
        "position": clean.get("position") or 0,
    }
    if clean.get("most_discount_percent") is not None:
        stage["most_discount_percent"] = clean["most_discount_percent"]
    return stage, {f"{name}_{number}": error for name, error in errors.items()}


def _check_names(kept: Sequence[tuple[int, dict[str, Any]]]) -> dict[str, Any]:
    met, errors = set(), {}
    for number, stage in kept:
        name = (stage["name"] or STAGE_SENTENCES.get(stage["key"], stage["key"])).casefold()
        if name in met:
            errors[f"name_{number}"] = said(NAME_TAKEN)
        met.add(name)
    return errors


def _moved(
    gone: Mapping[str, int],
    kept: Sequence[tuple[int, dict[str, Any]]],
    typed: Typed,
    held: Mapping[str, int],
) -> Checked:
    keys, moved, errors = {stage["key"] for _, stage in kept}, {}, {}
    for key, number in gone.items():
        to = forms.value(typed, f"moves_to_{number}")
        if to in keys:
            moved[key] = to
        elif held.get(key):
            errors[f"moves_to_{number}"] = said(WHERE_TO, count=held[key])
    return moved, errors


def _given(typed: Typed, specs: Mapping[str, Arg], ending: str) -> dict[str, list[str]]:
    return {name: list(typed.get(f"{name}{ending}", ())) for name in specs}
