"""The outbox as the server sees it: nothing waits. pwa/views/outbox.js has what a phone holds."""

from typing import Any

from server.views.reader import Reader


def outbox(reader: Reader) -> dict[str, Any]:
    t = reader.t
    return {
        "title": t("Outbox"),
        "summary": t("Everything is sent. This browser sends each entry straight to the server."),
        "trouble": "",
        "sign_in": False,
        "entries": [],
        "has_files": False,
        "facts": [],
        "has_lost": False,
    }
