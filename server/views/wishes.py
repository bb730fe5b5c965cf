"""The form of what to be told, when and how: of a person, and the defaults of a territory."""

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from server import forms
from server.models.reminder import Wishes
from server.models.scope import MANAGING_ROLES, SELLING_ROLES, WRITING_ROLES
from server.models.user import Role
from server.reminders.person import is_quiet
from server.translations import Translator, msgid
from server.views.form import Form, Typed, options_of

KINDS: Final = {
    "due": msgid("What I promised, on its day"),
    "late": msgid("What I promised and is late"),
    "planned": msgid("Visits planned for today"),
    "cold": msgid("Customers going cold"),
    "handed_back": msgid("Customers of mine that went back to the pool"),
    "unheeded": msgid("Customers still cold a week after their rep was reminded"),
    "birthday": msgid("Birthdays"),
    "parked": msgid("Entries that need me"),
    "entry": msgid("Entries that somebody asks me about"),
    "asked": msgid("Colleagues who ask for a customer of mine"),
    "access": msgid("Customers that I am given or asked for"),
    "approval": msgid("Opportunities that wait for my approval"),
    "answered": msgid("What was answered where I asked for approval"),
    "colleague": msgid("What colleagues did at my customers"),
    "given": msgid("What my manager gives me to do"),
    "task": msgid("What is asked of my department"),
    "task_late": msgid("Tasks that are late"),
    "task_done": msgid("Answers to what I asked another department"),
    "week": msgid("My weekly report, on Monday"),
    "report": msgid("Weekly reports that others send me"),
    "alert": msgid("Alerts that I set on Team"),
}
WAYS: Final = {"push": msgid("Devices"), "email": msgid("Email"), "none": msgid("Off")}
WEEKDAYS: Final = (
    msgid("Monday"), msgid("Tuesday"), msgid("Wednesday"), msgid("Thursday"), msgid("Friday"), msgid("Saturday"),
    msgid("Sunday"),
)  # fmt: skip
CLOCK: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
CLOCKS: Final = ("hour", "quiet_from", "quiet_until")
WRONG_CLOCK: Final = msgid("Enter a time such as 08:30.")
NEVER: Final = msgid("This lies in your quiet hours: you would hear nothing.")
NO_DAY: Final = msgid("Choose at least one day: you would hear nothing.")


class WishForm(Form):
    """A form whose errors are finished sentences."""

    def error(self, *names: str) -> str:
        wrong = next((self.errors[name] for name in names if name in self.errors), None)
        return self.t(wrong["sentence"], **wrong.get("params", {})) if wrong is not None else ""


def typed_of(wishes: Wishes) -> Typed:
    return {
        **{name: [getattr(wishes, name)] for name in CLOCKS},
        **{f"way_{kind}": [way_of(wishes, kind)] for kind in KINDS},
        "days": list(wishes.working_days),
        "discreet": ["yes"] if wishes.discreet else [],
    }


def way_of(wishes: Wishes, kind: str) -> str:
    if kind in wishes.muted:
        return "none"
    return "email" if kind in wishes.emailed else "push"


def check(typed: Typed) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values to store, and the errors by field."""
    clocks = {name: forms.value(typed, name).strip() for name in CLOCKS}
    errors: dict[str, Any] = {
        name: {"sentence": WRONG_CLOCK} for name, clock in clocks.items() if not CLOCK.fullmatch(clock)
    }
    ways = {kind: forms.value(typed, f"way_{kind}") for kind in KINDS}
    clean: dict[str, Any] = {
        **clocks,
        "working_days": "".join(day for day in "1234567" if day in typed.get("days", ())),
        "muted": [kind for kind, way in ways.items() if way == "none"],
        "emailed": [kind for kind, way in ways.items() if way == "email"],
        "discreet": bool(typed.get("discreet")),
    }
    if not errors and is_quiet(clocks["hour"], Wishes(**clean)):
        errors["hour"] = {"sentence": NEVER}
    if not clean["working_days"]:
        errors["days"] = {"sentence": NO_DAY}
    return clean, errors


OF_ROLES: Final = {
    **dict.fromkeys(KINDS, WRITING_ROLES),
    "handed_back": (Role.REP,),
    "unheeded": (Role.MANAGER,),
    "approval": (Role.MANAGER,),
    "entry": (Role.MANAGER,),
    "access": SELLING_ROLES,
    "given": SELLING_ROLES,
    "alert": MANAGING_ROLES,
    "task": (Role.SUPPORT,),
    "task_late": (*WRITING_ROLES, Role.SUPPORT),
    "week": (Role.REP, Role.MANAGER, Role.EXECUTIVE),
    "report": (Role.MANAGER, Role.EXECUTIVE),
}


def fields(form: WishForm, *, by_mail: bool, roles: Collection[str]) -> dict[str, Any]:
    """`by_mail`: whether this server can send mail. `roles`: of the people concerned; kinds of reminders that none of
    them gets are left out."""
    t = form.t
    return {
        "hour": form.field("hour", t("Reminders from")),
        "quiet_from": form.field("quiet_from", t("Quiet from")),
        "quiet_until": form.field("quiet_until", t("until")),
        "days": form.ticks("days", t("Working days"), _weekdays(t)),
        "ways": [_way(form, kind, by_mail) for kind in KINDS if not set(roles).isdisjoint(OF_ROLES[kind])],
        "discreet": form.ticks("discreet", t("Lock screen"), [("yes", t("Hide what it is about"))]),
    }


def _way(form: WishForm, kind: str, by_mail: bool) -> dict[str, Any]:
    name = f"way_{kind}"
    ways = [(way, form.t(label)) for way, label in WAYS.items() if way != "email" or by_mail]
    return form.choices(name, form.t(KINDS[kind]), options_of(ways, form.value(name) or "push"))


def _weekdays(t: Translator) -> list[tuple[str, str]]:
    return [(str(number), t(name)) for number, name in enumerate(WEEKDAYS, 1)]


def wrong(sentence: str, **params: str) -> Mapping[str, Any]:
    return {"sentence": sentence, "params": params}
