"""The calendar feed, and the forms that make and end its private address."""

from datetime import datetime
from typing import Any, Final

from litestar import Response, Router, get, post
from litestar.datastructures import State

from server.auth import client_address
from server.config import Settings
from server.database import Database
from server.models import calendar_feed
from server.models.user import SignInSession
from server.reminders.calendar import Asked, calendar
from server.routes.answers import Answer, AnyRequest, Page, routed, saved, screen
from server.routes.reminders import page
from server.translations import translator
from server.views.reader import Reader
from sync.envelope import Declined

PRIVATE: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
LONGEST_NAME: Final = 100


@get("/calendar/{name:str}", sync_to_thread=True)
def feed(
    request: AnyRequest, database: Database, settings: Settings, state: State, now: datetime, name: str
) -> Response[bytes]:
    """Needs no session, because calendar apps have no cookie: whoever has the address may read."""
    try:
        state.calendar_pace.check(client_address(request, settings), now)
    except Declined as declined:
        return Response(b"", status_code=429, headers={**PRIVATE, "Retry-After": str(declined.retry_after)})
    with database.reading() as session:
        user = calendar_feed.reader_of(session, name[:LONGEST_NAME].removesuffix(".ics"))
        if user is None:
            return Response(b"", status_code=404, headers=PRIVATE)
        t = translator(user.language)
        asked = Asked(user, now, user.zone(settings.time_zone), t, settings.address)
        content = calendar(session, asked)
    return Response(content, media_type="text/calendar", headers=PRIVATE)


@post("/more/reminders/calendar", sync_to_thread=True)
def make(
    request: AnyRequest,
    database: Database,
    settings: Settings,
    state: State,
    reader: Reader,
    sign_in: SignInSession,
) -> Page:
    """Shows the address this once. It does not redirect, because then the token would be in an address."""
    with database.writing() as session:
        token = calendar_feed.make(session, reader.user, reader.now)
        view = page(session, reader, sign_in, state)
    shown = {"calendar": {**view["calendar"], **_address(settings, token)}}
    answer = screen(request, reader, "server_only/reminders.html", {**view, **shown}, "more")
    answer.headers["HX-Push-Url"] = "/more/reminders"
    return answer


def _address(settings: Settings, token: str) -> dict[str, Any]:
    address = f"{settings.address}/calendar/{token}.ics"
    return {"address": address, "subscribe": f"webcal{address[address.index(':') :]}"}


@post("/more/reminders/calendar/end", sync_to_thread=True)
def end(database: Database, reader: Reader) -> Answer:
    with database.writing() as session:
        calendar_feed.end(session, reader.user.id)
    return saved("/more/reminders", "calendar")


routes: Final = [Router("/", route_handlers=[feed]), *routed([make, end])]
