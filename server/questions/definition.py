"""A question as data. It is checked when it is asked; a kept one is checked again each time it is read, because custom
fields may have been retired meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlencode

from server import forms
from server.account_form import said
from server.questions.dimension import Dimension
from server.questions.measures import MEASURES
from server.questions.periods import PERIODS
from server.translations import Translator, msgid
from server.views.form import Typed
from sync.changes import Arg
from sync.field_checks import CHECKS, Wrong

VERSION: Final = 1
MOST_BY: Final = 2
MOST_VALUES: Final = 50
VALUE: Final = Arg("text", max=300)
ONLY: Final = "only."
DOES_NOT_FIT: Final = msgid("%(measure)s cannot be told by %(dimension)s. Choose another one.")
TWICE: Final = msgid("This is the same as above. Choose another one, or nothing.")
TWO_TIMES: Final = msgid("One of the two can be a time. Choose something else here.")

Errors = dict[str, Any]


@dataclass(frozen=True)
class Definition:
    measure: str
    by: tuple[str, ...] = ()
    period: str = "quarter"
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def narrowed(self, **cell: str) -> "Definition":
        """The definition of one number of its answer. `cell`: the key of each dimension, by its name."""
        return replace(self, by=(), only={**self.only, **{name: (key,) for name, key in cell.items()}})

    def as_json(self) -> dict[str, Any]:
        only = {name: list(values) for name, values in self.only.items()}
        return {
            "version": VERSION,
            "measure": self.measure,
            "by": list(self.by),
            "period": self.period,
            "only": only,
        }

    def pairs(self) -> list[tuple[str, str]]:
        """The fields of a form or of a query string."""
        by = list(zip(("by", "then"), self.by, strict=False))
        only = [(f"{ONLY}{name}", value) for name, values in self.only.items() for value in values]
        return [("measure", self.measure), *by, ("period", self.period), *only]

    def href(self, path: str, *more: tuple[str, str]) -> str:
        return f"{path}?{urlencode([*self.pairs(), *more])}"


def typed_of(kept: Any) -> Typed:
    """A kept definition as form fields, for `check`. One of another version fails that check."""
    if not isinstance(kept, dict) or kept.get("version") != VERSION:
        return {"measure": [""]}
    by = [one for one in kept.get("by", ()) if isinstance(one, str)]
    found = {"measure": [str(kept.get("measure"))], "period": [str(kept.get("period"))]}
    found |= {name: [one] for name, one in zip(("by", "then"), by, strict=False)}
    only = kept.get("only")
    return found | {
        f"{ONLY}{name}": [value for value in values if isinstance(value, str)]
        for name, values in (only.items() if isinstance(only, dict) else ())
    }


def check(
    typed: Typed, dimensions: Mapping[str, Dimension], t: Translator
) -> tuple[Definition | None, Errors]:
    """The definition, or None and the errors by field."""
    errors: Errors = {}
    measure, period = forms.value(typed, "measure"), forms.value(typed, "period") or "quarter"
    if measure not in MEASURES:
        errors["measure"] = Wrong("unknown_choice" if measure else "required").error
    if period not in PERIODS:
        errors["period"] = Wrong("unknown_choice").error
    by = [(name, forms.value(typed, name)) for name in ("by", "then") if forms.value(typed, name)]
    only = _only(typed, errors)
    asked = [*by, *((f"{ONLY}{name}", name) for name in only)]
    for name, dimension in asked:
        if dimension not in dimensions:
            errors[name] = Wrong("unknown_choice").error
        elif measure in MEASURES and not dimensions[dimension].fits(MEASURES[measure]):
            names = {"measure": t(MEASURES[measure].label), "dimension": dimensions[dimension].title(t)}
            errors[name] = said(DOES_NOT_FIT, **names)
    if len(by) == MOST_BY and "then" not in errors:
        errors |= _wrong_pair([dimension for _, dimension in by], dimensions)
    if errors:
        return None, errors
    return Definition(measure, tuple(dimension for _, dimension in by), period, only), {}


def _wrong_pair(by: Sequence[str], dimensions: Mapping[str, Dimension]) -> Errors:
    if by[0] == by[1]:
        return {"then": said(TWICE)}
    if all(name in dimensions and dimensions[name].is_time for name in by):
        return {"then": said(TWO_TIMES)}
    return {}


def _only(typed: Typed, errors: Errors) -> dict[str, tuple[str, ...]]:
    found = {}
    for name, values in typed.items():
        if name.startswith(ONLY):
            try:
                found[name.removeprefix(ONLY)] = _values(values)
            except Wrong as wrong:
                errors[name] = wrong.error
    return found


def _values(values: Sequence[str]) -> tuple[str, ...]:
    if len(values) > MOST_VALUES:
        raise Wrong("too_many", max=MOST_VALUES)
    return tuple(dict.fromkeys(CHECKS["text"](value, VALUE) for value in values))
