"""The company's custom fields, on a customer's page and in its form. Twin of pwa/views/custom.js."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from server import words
from server.models.custom_field import CustomField
from server.translations import Translator
from server.views.form import Form, options_of
from server.views.reader import Reader


def custom_pairs(
    custom: Mapping[str, str], fields: Sequence[CustomField], reader: Reader
) -> list[tuple[str, str]]:
    return [
        (field.name, shown(field, custom[field.id], reader))
        for field in standing(fields)
        if field.id in custom
    ]


def standing(fields: Sequence[CustomField]) -> list[CustomField]:
    return [field for field in fields if field.retired_at is None]


def shown(field: CustomField, value: str, reader: Reader) -> str:
    if field.kind == "yes_no":
        return reader.t("Yes") if value == "yes" else reader.t("No")
    if field.kind == "date":
        return words.short_date(date.fromisoformat(value), reader.today, reader.locale)
    return value


def custom_typed(custom: Mapping[str, str]) -> dict[str, list[str]]:
    return {f"custom.{field_id}": [value] for field_id, value in custom.items()}


def custom_inputs(fields: Sequence[CustomField], form: Form) -> list[dict[str, Any]]:
    return [_input(field, form) for field in standing(fields)]


def _input(field: CustomField, form: Form) -> dict[str, Any]:
    name = f"custom.{field.id}"
    chosen = form.value(name)
    return {
        **form.field(name, field.name, f"fields.{name}"),
        "kind": field.kind,
        "options": options_of(_offered(field, chosen, form.t), chosen),
    }


def _offered(field: CustomField, chosen: str, t: Translator) -> list[tuple[str, str]]:
    """The choices; includes a chosen value that is no longer offered."""
    if field.kind == "yes_no":
        return [("", t("Not known")), ("yes", t("Yes")), ("no", t("No"))]
    if field.kind != "choice":
        return []
    gone = [chosen] if chosen and chosen not in field.choices else []
    return [("", t("Not known")), *((choice, choice) for choice in [*field.choices, *gone])]
