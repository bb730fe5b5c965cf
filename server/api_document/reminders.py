"""The calendar that a phone or computer subscribes to, and the browser that is to be reminded."""

from typing import Any, Final

from server.api_document.parts import (
    FLAG,
    TEXT,
    TO_SIGN_IN,
    WHEN_READING,
    WHEN_WRITING,
    WITH_TOKEN,
    form,
    in_path,
    operation,
    pages,
    told,
    waiting,
)
from sync.schemas import record

PRIVATE: Final = {"type": "string", "pattern": r"^[A-Za-z0-9_-]{1,96}\.ics$"}


def paths() -> dict[str, Any]:
    return {
        "/calendar/{name}": {"get": calendar()},
        "/more/reminders/subscription": {"post": subscribe()},
    }


def calendar() -> dict[str, Any]:
    answers = {
        "200": told("What its owner has promised and planned.", "text/calendar", TEXT),
        "404": {"description": "There is no such address, or it was ended."},
        "429": waiting(429, {"description": "Asked too often."}),
        **pages(WHEN_READING),
    }
    name = in_path("name", PRIVATE, "The private part of the address.")
    return operation("calendar", "A calendar, for whoever has its address.", answers, parameters=[name])


def subscribe() -> dict[str, Any]:
    taken = record({"key": TEXT, "taken": FLAG}, additionalProperties=False)
    answers = {
        "200": told(
            "`key`: what a subscription must be made for. `taken`: this one is used from now on.",
            "application/json",
            taken,
        ),
        **TO_SIGN_IN,
        **pages(WHEN_WRITING),
    }
    body = form(record(dict.fromkeys(("endpoint", "p256dh", "auth"), TEXT)))
    summary = "Reminds the browser of this session by its Web Push subscription."
    return operation("subscribe", summary, answers, security=WITH_TOKEN, requestBody=body)
