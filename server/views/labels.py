"""Labels of the values of closed lists. Twin of pwa/views/labels.js."""

from collections.abc import Mapping
from typing import Any, Final

from server.translations import Translator, msgid
from server.views.form import options_of

OUTCOMES: Final = {
    "interested": msgid("Interested"),
    "ordered": msgid("Ordered"),
    "needs_quote": msgid("Needs quote"),
    "not_now": msgid("Not now"),
    "nobody_there": msgid("Nobody there"),
}
ACTIVITIES: Final = {
    "visit": msgid("Visit"),
    "call": msgid("Call"),
    "message": msgid("Message"),
    "email": msgid("Email"),
    "meeting": msgid("Meeting"),
}
CONTACT_ROLES: Final = {
    "decides": msgid("Decides"),
    "influences": msgid("Influences"),
    "blocks": msgid("Blocks"),
    "uses": msgid("Uses"),
}
LIFECYCLES: Final = {
    "lead": msgid("Lead"),
    "prospect": msgid("Prospect"),
    "active": msgid("Active"),
    "dormant": msgid("Dormant"),
    "lost": msgid("Lost"),
}
PRICE_SENSITIVITIES: Final = {
    "low": msgid("Not sensitive"),
    "medium": msgid("Somewhat sensitive"),
    "high": msgid("Sensitive"),
}
ROLES: Final = {
    "rep": msgid("Sales rep"),
    "manager": msgid("Manager"),
    "executive": msgid("Executive"),
    "support": msgid("Support"),
    "admin": msgid("Admin"),
}
DEPARTMENTS: Final = {
    "service": msgid("Service"),
    "logistics": msgid("Logistics"),
    "technical": msgid("Technical"),
}
RATINGS: Final = {"good": msgid("Good"), "fair": msgid("Fair"), "poor": msgid("Poor")}
DOCUMENT_KINDS: Final = {
    "price_list": msgid("Price list"),
    "contract": msgid("Contract template"),
    "manual": msgid("Product manual"),
    "other": msgid("Other document"),
}
# Never translated, so that people find their own language in any other.
LANGUAGES: Final = {"en": "English", "zh-Hans": "简体中文"}


def said(t: Translator, labels: Mapping[str, str], value: str | None) -> str:
    """The label of a value; one that a newer version has written is shown as it is."""
    if value is None:
        return ""
    return t(labels[value]) if value in labels else value


def options(t: Translator, labels: Mapping[str, str], chosen: str, empty: str = "") -> list[dict[str, Any]]:
    first = [("", empty)] if empty else []
    return options_of([*first, *((value, t(label)) for value, label in labels.items())], chosen)
