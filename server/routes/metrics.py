"""/metrics, for Prometheus, with the token of the settings; all others get 404."""

import hmac
from datetime import datetime
from typing import Final

from litestar import Request, Response, Router, get
from litestar.datastructures import State
from sqlmodel import Session

from server.config import Settings
from server.database import Database
from server.reminders import ledger

TYPE: Final = "text/plain; version=0.0.4"
PRIVATE: Final = {"Cache-Control": "no-store"}


@get("/metrics", sync_to_thread=True)
def metrics(
    request: Request,  # type: ignore[type-arg]
    database: Database,
    settings: Settings,
    state: State,
    now: datetime,
) -> Response[str]:
    if not _is_let_in(request.headers.get("authorization", ""), settings.metrics_token):
        return Response("", status_code=404, media_type=TYPE, headers=PRIVATE)
    with database.reading() as session:
        lines = figures(session, now, state.server_key)
    return Response("\n".join(lines) + "\n", media_type=TYPE, headers=PRIVATE)


def _is_let_in(brought: str, token: str | None) -> bool:
    """Nobody, if the settings have no token."""
    return token is not None and hmac.compare_digest(brought.encode(), f"Bearer {token}".encode())


def figures(session: Session, now: datetime, server_key: str) -> list[str]:
    browsers = ledger.browser_counts(session, server_key)
    return [
        *_head("legwork_reminder_deliveries", "Deliveries of the last 60 days, by way and state."),
        *(
            f'legwork_reminder_deliveries{{way="{way}",state="{state}"}} {count}'
            for (way, state), count in ledger.counts(session).items()
        ),
        *_head(
            "legwork_reminders_overdue_seconds",
            "For how long the delivery that waits longest has been due.",
        ),
        f"legwork_reminders_overdue_seconds {ledger.overdue(session, now).total_seconds():.0f}",
        *_head("legwork_push_subscriptions", "Browsers that are connected for reminders."),
        f"legwork_push_subscriptions {browsers.all}",
        *_head(
            "legwork_push_subscriptions_refused",
            "Of these, those whose push service refused the last message.",
        ),
        f"legwork_push_subscriptions_refused {browsers.refused}",
        *_head(
            "legwork_push_subscriptions_outdated",
            "Of these, those connected with an earlier push key; they get nothing.",
        ),
        f"legwork_push_subscriptions_outdated {browsers.outdated}",
    ]


def _head(name: str, help_: str) -> tuple[str, str]:
    return f"# HELP {name} {help_}", f"# TYPE {name} gauge"


routes: Final = [Router("/", route_handlers=[metrics])]
