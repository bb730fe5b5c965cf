"""Error pages: what happened and what to do, in the reader's language, and never a traceback."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from server.auth import NotSignedIn, asked_locale, go_to, is_htmx, is_partial, local_path
from server.auth_csrf import ForgedRequest
from server.files.store import OutOfReach
from server.log import code_of
from server.models.refusal import Refused
from server.render import render
from server.translations import msgid, translator
from sync import http

LATER_S: Final = 3
DISK_FULL: Final = ("SQLITE_FULL", "53100")  # 53100: PostgreSQL's
REFUSALS: Final = {"not_allowed": 404, "invalid": 422, "conflict": 409, "deleted": 409}

NOT_HERE: Final = msgid("There is nothing here"), msgid("The page does not exist, or it is not yours to see.")
NOT_YOURS: Final = msgid("This is not yours to change"), msgid("Nothing was changed.")
GROWN_OLD: Final = (
    msgid("This page has grown old"),
    msgid(
        "You have signed in anew since it was opened. Nothing was changed. Load the page again and repeat this."
    ),
)
TOO_LARGE: Final = (
    msgid("This is too much at once"),
    msgid("Nothing was saved. Please send less text or a smaller file."),
)
NOT_UNDERSTOOD: Final = (
    msgid("This could not be read"),
    msgid("Nothing was changed. Please go back and try again."),
)
BUSY: Final = msgid("Legwork is busy"), msgid("Nothing was changed. Please try again in a moment.")
FULL: Final = (
    msgid("The server’s disk is full"),
    msgid("Nothing was changed. Tell the admin, who makes room there; then try again."),
)
BROKEN: Final = (
    msgid("Something went wrong"),
    msgid("It is our mistake, not yours. Nothing was changed, and the admin can find it in the log."),
)
REFUSED: Final = msgid("This was not done")
BY_STATUS: Final = {403: NOT_YOURS, 404: NOT_HERE, 405: NOT_HERE, 413: TOO_LARGE}

log = structlog.get_logger()
AnyRequest = Request[Any, Any, Any]
Answer = Response[Any]


def _not_signed_in(request: AnyRequest, _error: NotSignedIn) -> Answer:
    came_from = request.headers.get("hx-current-url", "").partition(request.headers.get("host", "\n"))[2]
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    wanted = came_from if is_htmx(request) or request.method != "GET" else here
    target = local_path(wanted)
    answer = go_to(request, "/sign-in" if target == "/today" else f"/sign-in?next={quote(target)}")
    if is_htmx(request):
        answer.status_code = 401
    return answer


def _refused(request: AnyRequest, refused: Refused) -> Answer:
    if refused.code == "not_allowed":
        return error_page(request, 404, *NOT_HERE)
    t = translator(asked_locale(request))
    text = refused.said(t)
    return error_page(request, REFUSALS.get(refused.code, 422), REFUSED, text)


def _at_once(request: AnyRequest, error: IntegrityError | StaleDataError) -> Answer:
    """Two transactions wrote the same row, as after two taps on a button, or one changed what another one deleted. On
    PostgreSQL both can begin, and the first to commit wins; this is the other one."""
    log.warning("came_at_once", exc_info=error, id=request.state.request_id)
    return _refused(request, Refused("conflict"))


def _forged(request: AnyRequest, _error: ForgedRequest) -> Answer:
    return error_page(request, 403, *GROWN_OLD)


def _http(request: AnyRequest, error: HTTPException) -> Answer:
    # Without a matching route or method, the exception handlers of sync's router are not called.
    if http.is_sync(request.url.path):
        return http.refused(request, error)
    status = error.status_code
    if status >= 500:
        return _broken(request, error)
    title, text = BY_STATUS.get(status, NOT_UNDERSTOOD)
    return error_page(request, status, title, text, headers=error.headers)


def _busy(request: AnyRequest, error: Exception) -> Answer:
    """Waiting helps if others are writing; on a full disk somebody has to make room, and the page says so."""
    log.error("database_busy", exc_info=error, id=request.state.request_id)
    title, text = FULL if code_of(error) in DISK_FULL else BUSY
    return error_page(request, 503, title, text, headers={"Retry-After": str(LATER_S)})


def _store_away(request: AnyRequest, error: Exception) -> Answer:
    log.error("files_out_of_reach", reason=str(error), id=request.state.request_id)
    return error_page(request, 503, *BUSY, headers={"Retry-After": str(LATER_S)})


def _broken(request: AnyRequest, error: Exception) -> Answer:
    log.error("broke", exc_info=error, id=request.state.request_id)
    return error_page(request, 500, *BROKEN)


def error_page(
    request: AnyRequest, status: int, title: str, text: str, *, headers: dict[str, str] | None = None
) -> Answer:
    locale = asked_locale(request)
    t = translator(locale)
    view = {"title": t(title), "text": t(text), "partial": is_partial(request), "locale": locale}
    view["leads_on"] = True
    view["request_id"] = request.state.request_id if status >= 500 else ""
    try:
        page = render("server_only/error.html", view, locale)
    except Exception as error:
        log.error("error_page_broke", exc_info=error, id=request.state.request_id)
        return Response(f"{view['title']}. {view['text']}", status_code=status, media_type="text/plain")
    return Response(page, status_code=status, media_type="text/html", headers=headers)


ERROR_HANDLERS: Final[dict[Any, Callable[..., Answer]]] = {
    NotSignedIn: _not_signed_in,
    Refused: _refused,
    ForgedRequest: _forged,
    HTTPException: _http,
    IntegrityError: _at_once,
    StaleDataError: _at_once,
    OperationalError: _busy,
    InterfaceError: _busy,
    PoolTimeout: _busy,
    OutOfReach: _store_away,
    Exception: _broken,
}
