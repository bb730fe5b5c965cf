"""What every answer gets, whichever code made it: security headers, the form token's cookie, and a line in the log."""

import asyncio
import secrets
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

from litestar._parsers import parse_cookie_string, parse_query_string, parse_url_encoded_form_data
from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.exceptions import ClientException
from litestar.status_codes import HTTP_408_REQUEST_TIMEOUT, HTTP_413_REQUEST_ENTITY_TOO_LARGE
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from server.auth import RENEWED, SESSION_COOKIE, csrf_cookie
from server.auth_csrf import CSRF_COOKIE, Csrf
from server.config import Settings
from server.log import log_answer
from sync.http import is_sync

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
}
HSTS: Final = "max-age=31536000"
WITHOUT_BODY: Final = ("GET", "HEAD", "OPTIONS")
# With these the rest of the body is not read, so the connection cannot be used for another request.
UNREAD: Final = (HTTP_408_REQUEST_TIMEOUT, HTTP_413_REQUEST_ENTITY_TOO_LARGE)
PATIENCE_S: Final = 60.0  # how long a body may take, and a second more for each SLOWEST_BYTES of it
SLOWEST_BYTES: Final = 1000
# Litestar would keep the last 1,024 cookies, query strings and forms that it took apart. These hold passwords, and are
# as large as whoever sends them likes.
PARSERS: Final = (parse_cookie_string, parse_query_string, parse_url_encoded_form_data)


class Edge:
    """Wraps the whole app, so that even a request for an address that does not exist is answered safely and logged."""

    def __init__(self, app: ASGIApp, settings: Settings, csrf: Csrf) -> None:
        self.app, self.settings, self.csrf = app, settings, csrf
        https = {"Strict-Transport-Security": HSTS} if settings.secure_cookies else {}
        self.headers = {**SECURITY_HEADERS, **https}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        _without_nul(scope)
        _without_refused_codings(scope)
        asked_by, wants_head = scope["method"], _wants_head(scope)
        started, status = time.perf_counter(), 0
        request_id = secrets.token_hex(8)
        scope["state"]["request_id"] = request_id
        csrf, is_new = self._token(scope)
        scope["state"]["csrf"] = csrf

        async def finish(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableScopeHeaders(message)
                cookies = {CSRF_COOKIE: csrf_cookie(csrf, self.settings)} if is_new else {}
                if renewed := scope["state"].get(RENEWED):
                    cookies[SESSION_COOKIE] = renewed
                self._add_headers(headers, request_id, cookies)
                if status in UNREAD:
                    headers["Connection"] = "close"
            elif message["type"] == "http.response.body" and wants_head:
                message["body"] = b""
            await send(message)

        try:
            await self.app(scope, _checked_body(scope, receive), finish)
        finally:
            for parser in PARSERS:
                parser.cache_clear()
            scope["method"] = asked_by
            log_answer(scope, status, started, request_id)

    def _token(self, scope: Scope) -> tuple[str, bool]:
        """The token of the browser's cookie, if it is still valid, else a new one; and whether it is new."""
        cookies = read_cookies(scope["headers"])
        session, token = cookies.get(SESSION_COOKIE), cookies.get(CSRF_COOKIE)
        if token is not None and self.csrf.is_ours(token, session):
            return token, False
        return self.csrf.issue(session), True

    def _add_headers(
        self, headers: MutableScopeHeaders, request_id: str, cookies: Mapping[str, Cookie]
    ) -> None:
        """`cookies`: by name; one that the route has set stays as it is."""
        for name, value in self.headers.items():
            headers.setdefault(name, value)
        headers["X-Request-Id"] = request_id
        headers.setdefault("Cache-Control", "no-store")
        # A cache may give it to others, so it sets no cookie.
        if "public" in headers["Cache-Control"]:
            return
        already_set = {line.partition("=")[0] for line in headers.getall("set-cookie", [])}
        for name, cookie in cookies.items():
            if name not in already_set:
                headers.add("Set-Cookie", cookie.to_header(header=""))


class CutOff(ClientException):
    """The connection broke in the middle of a body, or its chunks cannot be read."""


class TooSlow(ClientException):
    """A body takes too long. Its connection must not be held any longer, because there are only so many."""

    status_code = HTTP_408_REQUEST_TIMEOUT


def _checked_body(scope: Scope, receive: Receive) -> Receive:
    """Raises CutOff for half a body, and TooSlow. Litestar would call half a body an error of the server, but phones
    lose their connections all day."""
    if scope["method"] in WITHOUT_BODY:  # type: ignore[typeddict-item]
        return receive
    is_whole, until = False, 0.0

    async def hear() -> Any:
        nonlocal is_whole, until
        if is_whole:
            return await receive()  # the disconnect, which is heard while the answer is made
        until = until or asyncio.get_running_loop().time() + PATIENCE_S
        try:
            async with asyncio.timeout_at(until):
                message: Any = await receive()
        except TimeoutError:
            raise TooSlow from None
        if message["type"] == "http.disconnect":
            raise CutOff
        is_whole = not message.get("more_body")
        until += len(message.get("body", b"")) / SLOWEST_BYTES
        return message

    return hear


def _wants_head(scope: Scope) -> bool:
    """Whether it is a HEAD request, which monitors send. It is turned into GET here; the answer's body is dropped."""
    if scope["method"] != "HEAD" or is_sync(scope["path"]):  # type: ignore[typeddict-item]
        return False
    scope["method"] = "GET"  # type: ignore[typeddict-unknown-key]
    return True


def _without_nul(scope: Scope) -> None:
    """Replaces NUL, which PostgreSQL refuses in text, with another character that is in no name either."""
    scope["path"] = scope["path"].replace("\x00", "\ufffd")
    scope["query_string"] = scope["query_string"].replace(b"%00", b"%EF%BF%BD")


def _without_refused_codings(scope: Scope) -> None:
    """Removes codings with q=0 from Accept-Encoding, because Litestar looks only for their names."""
    scope["headers"] = [
        (name, _wanted(value) if name == b"accept-encoding" and b"q=0" in value else value)
        for name, value in scope["headers"]
    ]


def _wanted(codings: bytes) -> bytes:
    return b",".join(coding for coding in codings.split(b",") if not _is_refused(coding))


def _is_refused(coding: bytes) -> bool:
    weight = coding.partition(b";")[2].replace(b" ", b"")
    return weight.startswith(b"q=0") and not weight[3:].strip(b".0")


def read_cookies(headers: Iterable[Any]) -> dict[str, str]:
    """The request's cookies. Ours are never quoted, so quotes are not treated."""
    pairs = (
        pair.strip().partition("=")
        for name, value in headers
        if name == b"cookie"
        for pair in value.decode("latin-1").split(";")
    )
    return {name: value for name, _, value in pairs}
