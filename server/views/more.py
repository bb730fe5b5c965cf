"""More: language, installing, help, and further pages by role. Twin of pwa/views/more.js."""

from typing import Any

from server.models.scope import manages
from server.models.user import Role
from server.views.form import options_of
from server.views.frame import me
from server.views.labels import LANGUAGES, ROLES, said
from server.views.reader import Reader, joined


def more(reader: Reader) -> dict[str, Any]:
    t = reader.t
    return {
        "title": t("More"),
        "me": {**me(reader), "line": joined(said(t, ROLES, reader.user.role), reader.user.email)},
        "language": language(reader),
        "groups": [group for group in (this_phone(reader), company(reader)) if group["rows"]],
        "sign_out": sign_out(reader),
    }


def language(reader: Reader) -> dict[str, Any]:
    options = options_of(LANGUAGES.items(), reader.locale)
    label = reader.t("Language")
    return {"name": "locale", "label": label, "error": "", "focus": False, "options": options}


def this_phone(reader: Reader) -> dict[str, Any]:
    t = reader.t
    return {
        "title": t("This device"),
        "rows": [
            row("/outbox", t("Outbox"), t("What waits to be sent")),
            row("/more/reminders", t("Reminders"), t("On the lock screen, when you want them")),
            row(
                "/more/install",
                t("Install the app"),
                t("On the home screen, also without a signal"),
            ),
            row("/more/devices", t("Devices"), t("Where you have signed in, and your password")),
            row("/more/help", t("Help"), t("The whole of it on one page")),
        ],
    }


def company(reader: Reader) -> dict[str, Any]:
    t, rows = reader.t, []
    if reader.user.role != Role.SUPPORT:
        rows.append(row("/report", t("Weekly report"), t("Written by itself, to read and send on")))
    if reader.user.role != Role.SUPPORT:
        rows.append(row("/tasks", t("Tasks"), t("What is asked of other departments")))
    rows.append(row("/library", t("Library"), t("Price lists, contracts and manuals")))
    if manages(reader.user):
        rows.append(row("/parked", t("Parked entries"), t("What needs a decision")))
        rows.append(row("/import", t("Import customers"), t("From Excel or CSV")))
        rows.append(row("/products", t("Products and stock"), t("Prices, and what there is")))
    if reader.user.role == Role.ADMIN:
        rows.append(row("/custom-fields", t("Fields of your own"), t("What you want to know besides")))
        rows.append(row("/letterhead", t("Letterhead"), t("What stands above a quote")))
        rows.append(row("/people", t("People"), t("Who may sign in, and as what")))
        rows.append(row("/pipelines", t("Pipelines"), t("Stages, and what they insist on")))
    return {"title": t("The company"), "rows": rows}


def row(href: str, text: str, detail: str) -> dict[str, str]:
    return {"href": href, "text": text, "detail": detail}


def sign_out(reader: Reader) -> dict[str, Any]:
    """The sheet that signs out. A phone with unsent entries has other choices, since they would be lost."""
    t = reader.t
    return {
        "text": t("Every entry is sent."),
        "choices": [{"action": "/sign-out", "text": t("Sign out"), "kind": "main"}],
    }


def install(reader: Reader) -> dict[str, Any]:
    return {"title": reader.t("Install the app")}


def help_page(reader: Reader) -> dict[str, Any]:
    return {"title": reader.t("Help")}
