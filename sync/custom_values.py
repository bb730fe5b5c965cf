"""Checks the values of fields that a company defines itself, all of which are texts. Twin of sync/custom_values.js.

tests/shared_cases/custom_values.json holds both to it.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from sqlmodel import Session

from server.models.custom_field import CustomField, custom_fields
from sync.changes import Arg
from sync.field_checks import CHECKS, Wrong, is_blank, plain

LONGEST: Final = 500
MOST: Final = 10**12
# A comma before one or two digits. Before three it may part thousands: such a number is refused, not guessed at.
DECIMAL_COMMA: Final = re.compile(r"^(-?[0-9]+),([0-9]{1,2})$")
YES_NO: Final = ("yes", "no")


def check(session: Session, clean: dict[str, Any]) -> dict[str, Any]:
    """Brings the custom values of otherwise valid args into their final form, in place. Returns errors by field."""
    if "custom" not in clean and "custom" not in clean.get("fields", ()):
        return {}
    fields = {field.id: field for field in custom_fields(session)}
    return _check_in(clean, "", fields) | _check_in(clean.get("fields", {}), "fields.", fields)


def _check_in(holder: dict[str, Any], path: str, fields: Mapping[str, CustomField]) -> dict[str, Any]:
    errors = {}
    for field_id, given in (holder.get("custom") or {}).items():
        try:
            holder["custom"][field_id] = value_of(fields.get(field_id), given)
        except Wrong as wrong:
            errors[f"{path}custom.{field_id}"] = wrong.error
    return errors


def value_of(field: Any, given: str | None) -> str | None:
    """The value in its final form; raises Wrong. `field` has a kind and choices; None: nobody has defined it."""
    if field is None:
        raise Wrong("unknown_field")
    if given is None or is_blank(given):
        return None
    if field.kind == "number":
        told = DECIMAL_COMMA.sub(r"\1.\2", plain(given))
        CHECKS["number"](told, Arg("number", min=-MOST, max=MOST))
        return told
    return str(CHECKS[_type(field)](given, Arg(_type(field), max=LONGEST, choices=_choices(field))))


def _type(field: Any) -> str:
    return "choice" if field.kind == "yes_no" else field.kind


def _choices(field: Any) -> tuple[str, ...]:
    return YES_NO if field.kind == "yes_no" else tuple(field.choices)
