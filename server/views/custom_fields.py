"""The pages of custom fields, for admins. Rendered by the server only."""

from collections.abc import Sequence
from typing import Any, Final

from server import forms
from server.models.custom_field import LONGEST_NAME, MOST_CHOICES, CustomField
from server.translations import Translator, msgid
from server.views.form import Errors, Form, Typed
from server.views.labels import options, said
from server.views.reader import Reader, joined
from sync.changes import Arg
from sync.field_checks import CHECKS, Wrong, is_blank

KINDS: Final = {
    "text": msgid("Text"),
    "number": msgid("Number"),
    "date": msgid("Date"),
    "choice": msgid("Choice from a list"),
    "yes_no": msgid("Yes or no"),
}
NAME: Final = Arg("text", max=LONGEST_NAME)
CHOICES: Final = Arg("list", max=MOST_CHOICES, of=Arg("text", max=LONGEST_NAME))
FULL: Final = msgid("No form has room for more fields. Retire one that nobody needs.")


def custom_fields_page(reader: Reader, fields: Sequence[CustomField], form: Form | None) -> dict[str, Any]:
    t = reader.t
    shown = form or Form(t)
    return {
        "title": t("Fields of your own"),
        "refused": shown.refused,
        "rows": [_row(field, t) for field in fields],
        **_inputs(shown, t),
        "kind": shown.choices("kind", t("What it holds"), options(t, KINDS, shown.value("kind") or "text")),
    }


def custom_field_page(reader: Reader, field: CustomField, form: Form | None) -> dict[str, Any]:
    t = reader.t
    shown = form or Form(t, {"name": [field.name], "choices": [t(", ").join(field.choices)]})
    return {
        "title": field.name,
        "action": f"/custom-fields/{field.id}",
        "kind_text": said(t, KINDS, field.kind),
        "has_choices": field.kind == "choice",
        "is_retired": field.retired_at is not None,
        **_inputs(shown, t),
    }


def _inputs(form: Form, t: Translator) -> dict[str, Any]:
    return {
        "name": form.field("name", t("Name")),
        "choices": form.optional("choices", t("Choices")),
    }


def _row(field: CustomField, t: Translator) -> dict[str, str]:
    return {
        "href": f"/custom-fields/{field.id}",
        "name": field.name,
        "detail": joined(said(t, KINDS, field.kind), t(", ").join(field.choices)),
        "tag": t("Retired") if field.retired_at else "",
    }


def check_field(typed: Typed, kind: str) -> tuple[str, list[str], Errors]:
    """The name and choices to store, and the errors by field."""
    errors: dict[str, Any] = {}

    def checked(name: str, arg: Arg, needed: bool, empty: Any) -> Any:
        given = forms.value(typed, name)
        try:
            if is_blank(given) and needed:
                raise Wrong("required")
            return empty if is_blank(given) else CHECKS[arg.type](given, arg)
        except Wrong as wrong:
            errors[name] = wrong.error
            return empty

    name = checked("name", NAME, True, "")
    choices = checked("choices", CHOICES, True, []) if kind == "choice" else []
    if kind not in KINDS:
        errors["kind"] = Wrong("unknown_choice").error
    return name, choices, errors
