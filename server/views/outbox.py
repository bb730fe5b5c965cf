"""The outbox as served by the server: always empty. pwa/views/outbox.js shows the phone's."""

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
