"""What an argument of a change looks like, and the words in which sync/changes.py says it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

NOTE, NAME, ADDRESS, PHONE, EMAIL, TAG, OTHER = 10_000, 200, 500, 40, 254, 60, 200


@dataclass(frozen=True)
class Arg:
    """One argument. In `edits` (the fields of an edit) everything may be left out, and what is empty becomes null."""

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
    """Cents, or basis points: forms ask for a hundredth of them, and what is wrong with one names its limit so."""
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
    """A list of objects, at least one. What is wrong with one is said as `lines.0.quantity`."""
    return Arg("rows", required=True, fields=fields, max=max)


def edits(fields: dict[str, Arg]) -> Arg:
    return Arg("edits", required=True, fields=fields)


@dataclass(frozen=True)
class Change:
    verb: Callable[..., None]
    args: dict[str, Arg] = field(default_factory=dict)
    means_that_very_one: bool = False  # and not the customer that it was merged into


ID, MAYBE_ID = Arg("id", required=True), Arg("id")
NOTES = text(NOTE, multiline=True)
DUE_ON, MAYBE_DATE, MAYBE_MOMENT = Arg("due_date", required=True), Arg("date"), Arg("moment")
AMOUNT, CURRENCY = hundredths(0, 10**15, required=True), Arg("currency", required=True)
