"""The page of reminders: this device, and what one wants to hear when. Rendered by the server only."""

import re
from collections.abc import Mapping
from typing import Any, Final

from server.models.push_subscription import PushSubscription
from server.models.reminder import ReminderSettings
from server.reminders.person import is_quiet
from server.translations import msgid
from server.views.form import Form, Typed
from server.views.reader import Reader

DONE: Final = {
    "saved": msgid("Saved"),
    "on": msgid("This device will remind you"),
    "off": msgid("This device no longer reminds you"),
    "trial": msgid("On its way: it should arrive within a few seconds"),
}
KINDS: Final = {
    "due": msgid("What I promised, on its day"),
    "late": msgid("What I promised and is late"),
    "planned": msgid("Visits planned for today"),
    "cold": msgid("Customers going cold"),
    "unheeded": msgid("Customers still cold a week after their rep was reminded"),
    "birthday": msgid("Birthdays"),
    "parked": msgid("Entries that need me"),
}
WEEKDAYS: Final = (
    msgid("Monday"), msgid("Tuesday"), msgid("Wednesday"), msgid("Thursday"), msgid("Friday"), msgid("Saturday"),
    msgid("Sunday"),
)  # fmt: skip
CLOCK: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
CLOCKS: Final = ("hour", "quiet_from", "quiet_until")
WRONG_CLOCK: Final = msgid("Enter a time such as 08:30.")
NEVER: Final = msgid("This lies in your quiet hours: you would hear nothing.")


class ReminderForm(Form):
    """Its errors are sentences of their own."""

    def error(self, *names: str) -> str:
        return next((self.t(self.errors[name]["sentence"]) for name in names if name in self.errors), "")


def toast(reader: Reader, done: str | None) -> dict[str, Any]:
    if done not in DONE:
        return {}
    return {"toast": {"text": reader.t(DONE[done]), "undo_href": "", "fields": []}}


def typed_of(wishes: ReminderSettings) -> Typed:
    return {
        **{name: [getattr(wishes, name)] for name in CLOCKS},
        "days": list(wishes.working_days),
        "kinds": [kind for kind in KINDS if kind not in wishes.muted],
        "discreet": ["yes"] if wishes.discreet else [],
    }


def check(typed: Typed) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is to be kept, and what is wrong with what was typed."""
    clocks = {name: (list(typed.get(name, ())) or [""])[0].strip() for name in CLOCKS}
    errors: dict[str, Any] = {
        name: {"sentence": WRONG_CLOCK} for name, clock in clocks.items() if not CLOCK.fullmatch(clock)
    }
    days, kinds = set(typed.get("days", ())), set(typed.get("kinds", ()))
    clean: dict[str, Any] = {
        **clocks,
        "working_days": "".join(day for day in "1234567" if day in days),
        "muted": [kind for kind in KINDS if kind not in kinds],
        "discreet": bool(typed.get("discreet")),
    }
    if not errors and is_quiet(clocks["hour"], ReminderSettings(user_id="", **clean)):
        errors["hour"] = {"sentence": NEVER}
    return clean, errors


def reminders(
    reader: Reader,
    typed: Typed,
    errors: Mapping[str, Any],
    browser: PushSubscription | None,
    server_key: str,
    csrf: str,
) -> dict[str, Any]:
    t = reader.t
    form = ReminderForm(t, typed, errors)
    return {
        "title": t("Reminders"),
        "csrf": csrf,
        "server_key": server_key,
        "is_connected": browser is not None and browser.server_key == server_key,
        "standing": standing(reader, browser),
        "hour": form.field("hour", t("Remind me from")),
        "quiet_from": form.field("quiet_from", t("Quiet from")),
        "quiet_until": form.field("quiet_until", t("until")),
        "days": form.ticks("days", t("My working days"), _weekdays(reader)),
        "kinds": form.ticks("kinds", t("Remind me of"), _kinds(reader)),
        "discreet": form.ticks("discreet", t("Lock screen"), [("yes", t("Hide what it is about"))]),
    }


def standing(reader: Reader, browser: PushSubscription | None) -> str:
    """What the server knows of this device."""
    t = reader.t
    if browser is None:
        return ""
    if browser.refusal is not None:
        return t("The last reminder was refused. Your administrator can see why.")
    if browser.delivered_at is None:
        return t("Nothing was sent to this device yet.")
    return t("Last sent: %(when)s", when=reader.moment(browser.delivered_at))


def _weekdays(reader: Reader) -> list[tuple[str, str]]:
    return [(str(number), reader.t(name)) for number, name in enumerate(WEEKDAYS, 1)]


def _kinds(reader: Reader) -> list[tuple[str, str]]:
    """Only a manager hears of what others did not heed."""
    shown = [kind for kind in KINDS if kind != "unheeded" or reader.user.role == "manager"]
    return [(kind, reader.t(KINDS[kind])) for kind in shown]
