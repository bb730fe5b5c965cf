"""The URLs of sync. Every answer, refusals too, has the one content type that phones believe; none is a redirect."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import msgspec
import structlog
from litestar import Request, Response, Router, get, post
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.params import Parameter
from litestar.response import Stream
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.auth import SESSION_COOKIE, NotSignedIn, Visitor, find_locale
from server.auth_csrf import ForgedRequest
from server.database import Database
from server.files.store import OutOfReach
from server.models.identity import is_id
from server.models.user import SignInSession
from server.translations import translator
from sync.crowd import one_of_few
from sync.envelope import CONTENT_TYPE, MOST_BYTES, Declined, Envelope, read_envelope
from sync.events import Events
from sync.lost_phone import hand_in
from sync.pace import Pace
from sync.pull import pull
from sync.push import push

PREFIX: Final = "/sync"
LATER_S: Final = 3
CODES: Final = {
    400: "bad_request",
    401: "not_signed_in",
    403: "forbidden",
    404: "not_found",
    405: "bad_request",
    413: "too_large",
}

log = structlog.get_logger()


@post(
    "/push", sync_to_thread=True, status_code=200, request_max_body_size=MOST_BYTES, middleware=[one_of_few]
)
def push_changes(
    request: Request[Any, Any, Any],
    body: bytes,
    database: Database,
    visitor: Visitor | None,
    now: datetime,
    state: State,
) -> Response[bytes]:
    envelope = read_envelope(body)
    pace: Pace = state.sync_pace
    pace.check(envelope.device_id, now)
    if visitor is None:
        raise _of_a_lost_phone(database, request, now, envelope)
    user, t = visitor.user, translator(find_locale(request, visitor))
    return answer(msgspec.json.encode(push(database, user, envelope, now, t, visitor.sign_in.id_hash)))


def _of_a_lost_phone(
    database: Database, request: Request[Any, Any, Any], now: datetime, envelope: Envelope | None = None
) -> Exception:
    """The answer when nobody is signed in. A phone that an admin wants wiped is told so, once its entries are kept."""
    secret = request.cookies.get(SESSION_COOKIE)
    handed_in = hand_in(database, secret, envelope, now) if secret else None
    if handed_in is None:
        return NotSignedIn()
    return Declined(401, "signed_out", wipe=True, **handed_in)


@get("/pull", sync_to_thread=True, middleware=[one_of_few])
def pull_ops(
    request: Request[Any, Any, Any],
    database: Database,
    visitor: Visitor | None,
    now: datetime,
    device_id: str = "",
    cursor: str | None = None,
    with_sums: bool = Parameter(query="sums", default=False),
    in_columns: bool = Parameter(query="columns", default=False),
) -> Response[bytes]:
    if visitor is None:
        raise _of_a_lost_phone(database, request, now)
    if not is_id(device_id):
        raise Declined(400, "bad_request")
    page = pull(
        database,
        visitor.user,
        device_id,
        cursor,
        now,
        wants_sums=with_sums,
        wants_columns=in_columns,
        sign_in=visitor.sign_in,
    )
    return answer(page)


@get("/events")
async def listen(sign_in: SignInSession, state: State) -> Stream:
    events: Events = state.sync_events
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(
        events.stream(sign_in.user_id, sign_in.id_hash), media_type="text/event-stream", headers=headers
    )


def is_sync(path: str) -> bool:
    """Also of addresses without a route: phones must be able to tell our 404 from a captive portal's."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def answer(body: bytes, status: int = 200, retry_after: int | None = None) -> Response[bytes]:
    headers = {"Cache-Control": "no-store"}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return Response(body, status_code=status, media_type=CONTENT_TYPE, headers=headers)


def _declined(_request: Request[Any, Any, Any], declined: Declined) -> Response[bytes]:
    return answer(msgspec.json.encode(declined.body), declined.status, declined.retry_after)


def refused(request: Request[Any, Any, Any], refused: HTTPException) -> Response[bytes]:
    status = refused.status_code
    code = "forged" if isinstance(refused, ForgedRequest) else CODES.get(status, "error")
    more = {"max_bytes": MOST_BYTES} if status == 413 else {}
    told = _declined(request, Declined(status, code, **more))
    told.headers |= {**(refused.headers or {})}  # Allow
    return told


def _later(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    log.error("sync_later", exc_info=error)
    return _declined(request, Declined(503, "later", retry_after=LATER_S))


def _store_away(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    log.error("files_out_of_reach", reason=str(error))
    return _declined(request, Declined(503, "later", retry_after=LATER_S))


def _broken(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Whatever it was, the phone keeps what it has and tries again."""
    log.error("sync_broke", exc_info=error)
    return _declined(request, Declined(500, "error"))


HANDLERS: Final[dict[Any, Callable[..., Response[bytes]]]] = {
    Declined: _declined,
    NotSignedIn: refused,  # these two by name: else the app's own handlers, which answer with pages, would win
    ForgedRequest: refused,
    HTTPException: refused,
    OperationalError: _later,
    InterfaceError: _later,
    PoolTimeout: _later,
    OutOfReach: _store_away,
    Exception: _broken,
}


def sync_router() -> Router:
    """Needs of the app: dependencies `database`, `visitor`, `sign_in`, `now`; state `sync_pace`, `sync_crowd`,
    `sync_events`."""
    return Router(PREFIX, route_handlers=[push_changes, pull_ops, listen], exception_handlers=HANDLERS)
