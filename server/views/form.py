"""A form as it is shown: fields, the values typed, their errors. Twin of pwa/views/form.js."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server import forms
from server.translations import Translator
from sync.validation import message

Typed = forms.Typed
Errors = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Form:
    t: Translator
    typed: Typed = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)
    refused: str = ""  # why the whole form was refused: a translated sentence

    def value(self, name: str) -> str:
        return forms.value(self.typed, name)

    def values(self, name: str) -> list[str]:
        return list(self.typed.get(name, ()))

    def error(self, *names: str) -> str:
        """The error beside a field; that of `follow_up` includes those of its parts."""
        for wrong, error in self.errors.items():
            if _is_of(wrong, names):
                return message(self.t, error["code"], error["params"])
        return ""

    def field(self, name: str, label: str, *also: str) -> dict[str, Any]:
        """`also`: other names under which errors of this field may come."""
        return {
            "name": name,
            "label": label,
            "value": self.value(name),
            "error": self.error(name, *also),
            "focus": _is_of(next(iter(self.errors), ""), (name, *also)),
            "optional": False,
            "options": [],
        }

    def optional(self, name: str, label: str, *also: str) -> dict[str, Any]:
        return {**self.field(name, label, *also), "optional": True}

    def choices(self, name: str, label: str, options: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        return {**self.field(name, label), "options": list(options)}

    def ticks(self, name: str, label: str, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
        """Checkboxes; ticked values that are no longer offered are included, so that they can be kept or removed."""
        ticked, offered = self.values(name), {value for value, _ in pairs}
        gone = [(value, self.t("No longer here")) for value in ticked if value and value not in offered]
        options = [
            {"value": value, "label": said, "chosen": value in ticked} for value, said in (*pairs, *gone)
        ]
        return {**self.field(name, label), "options": options}

    def hiddens(self, names: Sequence[str]) -> list[dict[str, str]]:
        return [{"name": name, "value": self.value(name)} for name in names]


def options_of(pairs: Iterable[tuple[str, str]], chosen: str) -> list[dict[str, Any]]:
    """What a field offers. `pairs`: values and their texts, which are shown as they are."""
    return [{"value": value, "label": said, "chosen": value == chosen} for value, said in pairs]


def _is_of(wrong: str, names: Sequence[str]) -> bool:
    return any(wrong == name or wrong.startswith(f"{name}.") for name in names)
