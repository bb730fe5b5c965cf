"""Checks of forms about accounts: those of changes (sync/field_checks.py), and those that only accounts need."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlmodel import Session

from server import forms, passwords
from server.models import account, workspace
from server.models.user import DEPARTMENTS, Role, User
from server.translations import LOCALES, msgid
from server.views.form import Form
from sync.changes import EMAIL, NAME, Arg
from sync.field_checks import CHECKS, Wrong, is_blank

Checked = tuple[dict[str, Any], dict[str, Any]]

# In a letter's To these end an address or begin another (RFC 5322): it would go to the one before, or to nobody.
BETWEEN_ADDRESSES: Final = re.compile(r'[,;:<>()\[\]"\\]')
# The rest is cut off unread; which passwords are allowed: server/passwords.py.
PASSWORD_CHARACTERS: Final = 1000
TAKEN: Final = msgid("Somebody already has this email address.")
NAME_TAKEN: Final = msgid("There is already one of this name.")

NAME_OF: Final = {"name": Arg("text", required=True, max=NAME)}
SIGN_IN_OF: Final = {"email": Arg("email", required=True, max=EMAIL)}
LOCALE_OF: Final = {"locale": Arg("choice", choices=LOCALES)}
PLACE_OF: Final = {"territory_id": Arg("id"), "team_id": Arg("id")}
PERSON: Final = {
    **NAME_OF,
    **SIGN_IN_OF,
    "role": Arg("choice", required=True, choices=tuple(Role)),
    **PLACE_OF,
    "department": Arg("choice", choices=DEPARTMENTS),
    "weekly_visits": Arg("integer", required=True, min=0, max=200),
}
SETUP: Final = {"company": Arg("text", required=True, max=NAME), **NAME_OF, **SIGN_IN_OF, **LOCALE_OF}


@dataclass(frozen=True)
class AccountForm(Form):
    """A form whose errors may bring a sentence of their own: see `said`."""

    def error(self, *names: str) -> str:
        own = next((self.errors[name] for name in names if "sentence" in self.errors.get(name, {})), None)
        return self.t(own["sentence"], **own["params"]) if own else super().error(*names)


def typed(form: Mapping[str, Any], names: Iterable[str]) -> dict[str, list[str]]:
    """The form's texts in these fields. A file where a text is expected counts as missing."""
    found = {name: form.get(name) for name in names}
    return {name: [value] for name, value in found.items() if isinstance(value, str)}


def check(specs: Mapping[str, Arg], given: Mapping[str, list[str]]) -> Checked:
    clean: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for name, spec in specs.items():
        value = forms.value(given, name)
        try:
            clean[name] = None if is_blank(value) else CHECKS[spec.type](value, spec)
            if clean[name] is None and spec.required:
                raise Wrong("required")
            if spec.type == "email" and BETWEEN_ADDRESSES.search(clean[name] or ""):
                raise Wrong("not_an_email")
        except Wrong as wrong:
            errors[name] = wrong.error
    return clean, errors


def check_person(session: Session, given: Mapping[str, list[str]], user: User | None = None) -> Checked:
    clean, errors = check(PERSON, given)
    holder = account.by_email(session, clean["email"]) if clean.get("email") else None
    if holder is not None and (user is None or holder.id != user.id):
        errors["email"] = said(TAKEN)
    for name, known in (("territory_id", workspace.territories), ("team_id", workspace.teams)):
        if clean.get(name) and clean[name] not in {row.id for row in known(session)}:
            errors[name] = Wrong("unknown_choice").error
    return clean, errors


def check_password(given: Mapping[str, list[str]], field: str, *known: str | None) -> Checked:
    password = forms.value(given, field)[:PASSWORD_CHARACTERS]
    if not password:
        return {}, {field: Wrong("required").error}
    fault = passwords.fault(password, *(text for text in known if text))
    return ({}, {field: said(fault[0], **fault[1])}) if fault else ({field: password}, {})


def said(sentence: str, **params: Any) -> dict[str, Any]:
    """An error with a sentence (msgid) of its own, for AccountForm."""
    return {"code": "said", "sentence": sentence, "params": params}
