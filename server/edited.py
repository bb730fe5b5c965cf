"""Whether what an admin's or a manager's form was filled with is still what is kept: nobody writes over a colleague's
work unseen. For forms of the server alone; a quote and a contract have their edition instead."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from server.models.refusal import Refused
from server.views.form import Form, Typed

SEEN: Final = "seen"
CHANGED: Final = Refused("conflict")


def mark_of(kept: Typed) -> str:
    """Of a row as its form would be filled with it."""
    told = json.dumps({name: list(values) for name, values in kept.items()}, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def is_stale(typed: Typed, kept: Typed) -> bool:
    """Whether somebody else saved something since. A form without a mark asks for nothing."""
    (seen, *_) = (*typed.get(SEEN, ()), "")
    return seen not in ("", mark_of(kept))


def marked(form: Form, view: Mapping[str, Any], kept: Typed) -> dict[str, Any]:
    """The view of a form with its mark. Where somebody else saved meanwhile, what is kept now stands beside each field
    that says something else; to save once more then is to have seen it."""
    if form.refused != CHANGED.said(form.t):
        return {**view, SEEN: form.value(SEEN) or mark_of(kept)}

    def shown(part: Any) -> Any:
        if isinstance(part, list):
            return [shown(one) for one in part]
        if not isinstance(part, dict) or "options" not in part:
            return part
        (now, *_) = (*kept.get(part["name"], ()), "")
        if part["value"] == now:
            return part
        label = next((one["label"] for one in part["options"] if one["value"] == now), now)
        return {**part, "error": form.t("Saved now: %(value)s", value=label or form.t("nothing"))}

    return {**{name: shown(part) for name, part in view.items()}, SEEN: mark_of(kept)}
