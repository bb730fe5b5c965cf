"""Whether somebody else has saved a row since a form was filled with it, so that nobody overwrites a colleague's work
unseen. For forms that only the server has; quotes and contracts have their `edition` for this."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from server import forms
from server.models.refusal import Refused
from server.views.form import Form, Typed

SEEN: Final = "seen"
CHANGED: Final = Refused("conflict")


def mark_of(kept: Typed) -> str:
    """A hash of the values that a row's form is filled with. The form holds it in a hidden field."""
    told = json.dumps({name: list(values) for name, values in kept.items()}, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def is_stale(typed: Typed, kept: Typed) -> bool:
    """Whether the row has changed since the form was filled. A form without a mark is not checked."""
    return forms.value(typed, SEEN) not in ("", mark_of(kept))


def marked(form: Form, view: Mapping[str, Any], kept: Typed) -> dict[str, Any]:
    """The view of a form with its mark. If it was refused because somebody else has saved meanwhile, each field that
    differs shows the value that is saved now, and the mark is the new one: saving again then overwrites it."""
    if form.refused != CHANGED.said(form.t):
        return {**view, SEEN: form.value(SEEN) or mark_of(kept)}

    def shown(part: Any) -> Any:
        if isinstance(part, list):
            return [shown(one) for one in part]
        if not isinstance(part, dict) or "options" not in part:
            return part
        now = forms.value(kept, part["name"])
        if part["value"] == now:
            return part
        label = next((one["label"] for one in part["options"] if one["value"] == now), now)
        return {**part, "error": form.t("Saved now: %(value)s", value=label or form.t("nothing"))}

    return {**{name: shown(part) for name, part in view.items()}, SEEN: mark_of(kept)}
