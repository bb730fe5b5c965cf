"""Which reminders were delivered, for admins. Rendered by the server only."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Row
from sqlmodel import Session

from server import words
from server.models.push_subscription import PushSubscription
from server.models.session import browser_name
from server.reminders import ledger
from server.reminders.ledger import BrowserState
from server.translations import msgid
from server.views import wishes
from server.views.reader import Reader, joined
from server.views.wishes import KINDS

LATELY: Final = timedelta(days=7)
WAYS: Final = {"push": msgid("On devices"), "email": msgid("By email")}
STATES: Final = {
    "delivered": msgid("Sent"),
    "waiting": msgid("Waiting"),
    "failed": msgid("Failed"),
    "withdrawn": msgid("No longer due"),
}
TRIAL: Final = msgid("A test")


def deliveries(session: Session, reader: Reader, server_key: str) -> dict[str, Any]:
    t, since = reader.t, reader.now - LATELY
    counts = ledger.counts(session, since)
    return {
        "title": t("Reminders sent"),
        "span": words.days(LATELY // timedelta(days=1), reader.locale),
        "ways": [t(wishes.WAYS[way]) for way in WAYS],
        "states": [
            {"label": t(label), "counts": [counts[way, state] for way in WAYS]}
            for state, label in STATES.items()
        ],
        "reasons": [_reason(row, reader) for row in ledger.reasons(session, since)],
        "devices": [_device(one, reader, server_key) for one in ledger.browsers(session, since)],
        "lately": [_line(row, reader) for row in ledger.lately(session)],
    }


def _reason(row: Row[Any], reader: Reader) -> dict[str, Any]:
    return {"answer": row.answer or "", "way": reader.t(WAYS[row.way]), "count": row.count}


def _device(one: BrowserState, reader: Reader, server_key: str) -> dict[str, Any]:
    t, browser = reader.t, one.browser
    sent = t("Last sent: %(when)s", when=reader.moment(browser.delivered_at)) if browser.delivered_at else ""
    counted = [f"{t(label)}: {one.counts[state]}" for state, label in STATES.items() if state in one.counts]
    return {
        "initial": words.initial(one.user.name),
        "name": joined(one.user.name, *filter(None, browser_name(one.agent))),
        "detail": joined(sent or t("Nothing was sent to this device yet."), *counted),
        "refusal": _trouble(browser, reader, server_key),
    }


def _trouble(browser: PushSubscription, reader: Reader, server_key: str) -> str:
    if browser.server_key != server_key:
        return reader.t("Connected with an earlier key: silent until Legwork is opened on it.")
    return browser.refusal or ""


def _line(row: Row[Any], reader: Reader) -> dict[str, Any]:
    t = reader.t
    tries = t.n("%(n)s attempt", "%(n)s attempts", row.attempts) if row.attempts > 1 else ""
    said = row.answer if row.state in ("failed", "waiting") else ""
    return {
        "name": row.name,
        "kind": t(KINDS.get(row.kind, TRIAL)),
        "detail": joined(reader.moment(row.due_at), t(WAYS[row.way]), tries, said),
        "state": t(STATES[row.state]),
        "tone": {"failed": "late", "waiting": "due"}.get(row.state, ""),
    }
