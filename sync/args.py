"""What an argument of a change looks like, and short ways for sync/changes.py to write it down."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

# The most characters that texts may have, by kind.
NOTE, NAME, ADDRESS, PHONE, EMAIL, TAG, OTHER = 10_000, 200, 500, 40, 254, 60, 200


@dataclass(frozen=True)
class Arg:
    """One argument. `type` is a key of CHECKS in sync/field_checks.py, or `object`, `edits` or `rows`.

    Every one of the fields of `edits` may be left out, and one that is empty becomes null.
    """

    type: str
    required: bool = False
    min: int | None = None
    max: int | None = None
    multiline: bool = False
    choices: tuple[str, ...] | None = None
    of: "Arg | None" = None
    fields: "dict[str, Arg] | None" = None
    creates: str | None = None  # the collection of the row that gets this id

    def as_json(self) -> dict[str, Any]:
        spec: dict[str, Any] = {"type": self.type}
        spec |= {name: True for name in ("required", "multiline") if getattr(self, name)}
        spec |= {
            name: getattr(self, name) for name in ("min", "max", "creates") if getattr(self, name) is not None
        }
        if self.choices is not None:
            spec["choices"] = list(self.choices)
        if self.of is not None:
            spec["of"] = self.of.as_json()
        if self.fields is not None:
            spec["fields"] = {name: arg.as_json() for name, arg in self.fields.items()}
        return spec


def text(max: int = OTHER, required: bool = False, multiline: bool = False) -> Arg:  # noqa: A002
    return Arg("text", required=required, max=max, multiline=multiline)


def choice(*choices: str, required: bool = False) -> Arg:
    return Arg("choice", required=required, choices=choices)


def integer(min: int, max: int, required: bool = False) -> Arg:  # noqa: A002
    return Arg("integer", required=required, min=min, max=max)


def hundredths(min: int, max: int, required: bool = False) -> Arg:  # noqa: A002
    """Cents, or basis points. Forms ask for whole units or percent, and so does the sentence that names the limit."""
    return Arg("hundredths", required=required, min=min, max=max)


def number(min: int, max: int, required: bool = False) -> Arg:  # noqa: A002
    return Arg("number", required=required, min=min, max=max)


def creates(collection: str) -> Arg:
    return Arg("id", required=True, creates=collection)


def listed(of: Arg, max: int) -> Arg:  # noqa: A002
    return Arg("list", of=of, max=max)


def inside(fields: dict[str, Arg]) -> Arg:
    return Arg("object", fields=fields)


def rows(fields: dict[str, Arg], max: int) -> Arg:  # noqa: A002
    """A list of at least one object. An error names its field as `lines.0.quantity`."""
    return Arg("rows", required=True, fields=fields, max=max)


def edits(fields: dict[str, Arg]) -> Arg:
    return Arg("edits", required=True, fields=fields)


@dataclass(frozen=True)
class Change:
    """One entry of the closed list: a verb of the models, and what it takes."""

    verb: Callable[..., None]
    args: dict[str, Arg] = field(default_factory=dict)
    means_that_very_one: bool = False  # customer_id stays as sent, also after that customer was merged


ID, MAYBE_ID = Arg("id", required=True), Arg("id")
NOTES = text(NOTE, multiline=True)
DUE_ON, MAYBE_DATE, MAYBE_MOMENT = Arg("due_date", required=True), Arg("date"), Arg("moment")
AMOUNT, CURRENCY = hundredths(0, 10**15, required=True), Arg("currency", required=True)
