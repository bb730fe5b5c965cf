"""What args of a change may hold: the same checks and the same sentences as sync/validation.js, its twin.

    clean, errors = validate("follow_up.snooze", {"follow_up_id": "…", "due_on": "tomorrow"})
    errors == {"due_on": {"code": "not_a_date", "params": {}}}

Clean args are JSON: text is trimmed and in NFC, moments are UTC with milliseconds. tests/shared_cases/validation.json
holds both twins to it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sync.changes import CHANGES, Arg
from sync.field_checks import CHECKS, CONTROL, Wrong, is_blank

Errors = dict[str, dict[str, Any]]

SENTENCES: Final = {
    "required": "This is needed.",
    "too_long": "At most %(max)s characters, please.",
    "not_text": "This must be text.",
    "not_a_number": "This must be a number.",
    "too_small": "This must be at least %(min)s.",
    "too_large": "This must be at most %(max)s.",
    "too_little": "This must be above zero.",
    "too_much": "This must be at most %(max)s.",
    "not_a_date": "This is not a date.",
    "date_too_early": "This date is too long ago.",
    "date_too_late": "This date is too far away.",
    "not_a_moment": "This is not a date and time.",
    "not_a_time": "This is not a time of day.",
    "unknown_choice": "Please choose one of the list.",
    "not_an_id": "This does not point at anything.",
    "not_strokes": "This is not a signature. Please sign again.",
    "not_an_email": "This is not an email address.",
    "not_a_phone": "This is not a phone number.",
    "not_a_list": "This must be a list.",
    "not_an_object": "This must be a set of fields.",
    "too_many": "At most %(max)s, please.",
    "unknown_field": "This field is not known here.",
    "control_characters": "This holds characters that cannot be kept.",
}

MOST_UNKNOWN_FIELDS = 20
LONGEST_FIELD_NAME = 60


def message(t: Callable[..., str], code: str, params: Mapping[str, Any]) -> str:
    """The sentence beside the field, in the reader's language."""
    return t(SENTENCES[code], **params)


def validate(name: str, args: object) -> tuple[dict[str, Any], Errors]:
    """Clean args, and errors by field (`follow_up.due_on`). An arg that was left out is not in the clean ones."""
    if not isinstance(args, dict):
        return {}, {"": Wrong("not_an_object").error}
    return _members(CHANGES[name].args, args, "", editing=False)


def _members(
    specs: dict[str, Arg], given: dict[str, Any], path: str, *, editing: bool
) -> tuple[dict[str, Any], Errors]:
    clean: dict[str, Any] = {}
    errors = _unknown(specs, given, path)
    for name, spec in specs.items():
        if name not in given and (editing or not spec.required):
            continue
        try:
            value = _member(spec, given.get(name), f"{path}{name}", errors)
        except Wrong as wrong:
            errors[f"{path}{name}"] = wrong.error
            continue
        if value is not None or editing:
            clean[name] = value
    return clean, errors


def _unknown(specs: dict[str, Arg], given: dict[str, Any], path: str) -> Errors:
    strange = [name for name in given if name not in specs][:MOST_UNKNOWN_FIELDS]
    shown = (CONTROL.sub("?", name[:LONGEST_FIELD_NAME]) for name in strange)
    return {f"{path}{name}": Wrong("unknown_field").error for name in shown}


def _member(spec: Arg, value: Any, path: str, errors: Errors) -> Any:
    if _is_empty(value, spec):
        if spec.required:
            raise Wrong("required")
        return None
    if spec.fields is None:
        return CHECKS[spec.type](value, spec)
    if spec.type == "rows":
        return _rows(spec, value, path, errors)
    if not isinstance(value, dict):
        raise Wrong("not_an_object")
    clean, wrong = _members(spec.fields, value, f"{path}.", editing=spec.type == "edits")
    errors |= wrong
    return clean


def _rows(spec: Arg, value: Any, path: str, errors: Errors) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise Wrong("not_a_list")
    most = spec.max or 0
    if len(value) > most:
        raise Wrong("too_many", max=most)
    cleaned = []
    for number, row in enumerate(value):
        if not isinstance(row, dict):
            raise Wrong("not_an_object")
        clean, wrong = _members(spec.fields or {}, row, f"{path}.{number}.", editing=False)
        errors |= wrong
        cleaned.append(clean)
    return cleaned


def _is_empty(value: Any, spec: Arg) -> bool:
    """Whether it is what a form sends for a field nobody filled in. An empty field of an edit takes its value away."""
    if isinstance(value, dict) and spec.fields is not None:
        return not value if spec.type == "edits" else all(is_blank(member) for member in value.values())
    return is_blank(value) or value == []
