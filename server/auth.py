"""Who sends a request (from the session cookie to the user), and the cookies that sign a browser in and out."""

import ipaddress
import re
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import structlog
from litestar import Request, Response
from litestar.datastructures import Cookie
from litestar.exceptions import NotAuthorizedException
from sqlalchemy.exc import InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.auth_csrf import CSRF_COOKIE, Csrf
from server.config import Settings
from server.database import Database
from server.models import session as sessions
from server.models.profile import time_zones
from server.models.user import SignInSession, User
from server.translations import LOCALES, Translator, negotiate, translator

SESSION_COOKIE: Final = "legwork_session"
LOCALE_COOKIE: Final = "locale"
# An address with its port: 192.0.2.1:80, [2001:db8::1]:80
PORT_BEHIND: Final = re.compile(r"^\[?([0-9.]+|(?<=\[)[0-9A-Fa-f:.]+)\]?(?::[0-9]+)?$")
TIME_ZONE_COOKIE: Final = "time_zone"  # pwa/page/language.js writes it
# The longest that browsers keep a cookie. The server ends a session earlier, after LEGWORK_SESSION_DAYS without use.
COOKIE_SECONDS: Final = 400 * 86_400
RENEWED: Final = "renewed_cookie"  # of a request: what a browser in use is told again, before it forgets it

log = structlog.get_logger()
AnyRequest = Request[Any, Any, Any]


class NotSignedIn(NotAuthorizedException):
    """A page then leads to the sign-in page; sync answers 401."""


class Visitor:
    """A signed-in session and its user. It is no dataclass, because Litestar would validate each of its fields."""

    def __init__(self, sign_in: SignInSession, user: User) -> None:
        self.sign_in, self.user = sign_in, user


def find_visitor(
    request: AnyRequest, database: Database, settings: Settings, now: datetime
) -> Visitor | None:
    """Who sends the request; None if they are not signed in. Its transaction ends before the route's begins, so that
    routes need no write lock for it."""
    secret = request.cookies.get(SESSION_COOKIE)
    if not secret:
        return None
    with database.reading() as session:
        found = sessions.find(session, secret, now, settings.session_days)
    if found is None:
        return None
    sign_in, user = found
    # The first time zone is kept at once, because a reminder may be due before this person comes again.
    is_found = not user.zone("") and "time_zone" in told_by(request)
    if sessions.wants_cookie(sign_in, now):
        request.scope["state"][RENEWED] = session_cookie(secret, settings)
    if is_found or sessions.wants_touch(sign_in, now):
        _note(request, database, sign_in, user, now)
    return Visitor(sign_in, user)


def _note(request: AnyRequest, database: Database, sign_in: SignInSession, user: User, now: datetime) -> None:
    """Notes when the session was last used. If nothing can be written, as on a full disk, it logs that, and the request
    goes on, because it may only read."""
    try:
        with database.writing() as session:
            sessions.touch(session, sign_in.id_hash, now)
            sessions.note_reading(session, user, told_by(request))
    except (OperationalError, InternalError, PoolTimeout) as error:
        log.error("visit_not_noted", exc_info=error)


def signed_in_user(visitor: Visitor | None) -> User:
    return _signed_in(visitor).user


def signed_in_browser(visitor: Visitor | None) -> SignInSession:
    return _signed_in(visitor).sign_in


def _signed_in(visitor: Visitor | None) -> Visitor:
    if visitor is None:
        raise NotSignedIn
    return visitor


def find_locale(request: AnyRequest, visitor: Visitor | None) -> str:
    """The user's own language, or else the browser's. Not the cookie's while somebody is signed in: that may be the
    language of somebody who used this browser before."""
    known = (visitor.user.locale or _browsers_locale(request)) if visitor else None
    return known or asked_locale(request)


def asked_locale(request: AnyRequest) -> str:
    """The language in which pages were last shown in this browser, whoever uses it;
    or else the one that it asks for."""
    read_last = request.cookies.get(LOCALE_COOKIE)
    return read_last if read_last in LOCALES else _browsers_locale(request) or "en"


def told_by(request: AnyRequest) -> dict[str, str]:
    """The browser's "locale" and "time_zone", as far as it reports them."""
    zone = unquote(request.cookies.get(TIME_ZONE_COOKIE, ""))
    told = {"locale": _browsers_locale(request), "time_zone": zone if zone in time_zones() else None}
    return {name: value for name, value in told.items() if value is not None}


def browser_of(request: AnyRequest) -> dict[str, Any]:
    """What `sessions.start` wants to know of the browser that is signed in."""
    agent, before = request.headers.get("user-agent", ""), request.cookies.get(SESSION_COOKIE)
    return {"user_agent": agent, "instead_of": before or None, "told": told_by(request)}


def _browsers_locale(request: AnyRequest) -> str | None:
    wanted = request.headers.get("accept-language", "").strip()
    return negotiate(wanted) if wanted not in ("", "*") else None


def find_translator(locale: str) -> Translator:
    return translator(locale)


def signed_in_cookies(secret: str, csrf: Csrf, settings: Settings) -> list[Cookie]:
    return [session_cookie(secret, settings), csrf_cookie(csrf.issue(secret), settings)]


def session_cookie(secret: str, settings: Settings) -> Cookie:
    return _cookie(SESSION_COOKIE, secret, settings, httponly=True)


def signed_out_cookies(csrf: Csrf, settings: Settings) -> list[Cookie]:
    gone = Cookie(
        SESSION_COOKIE, value="", max_age=0, httponly=True, samesite="lax", secure=settings.secure_cookies
    )
    return [gone, csrf_cookie(csrf.issue(None), settings)]


def form_token(request: AnyRequest) -> str:
    """A token for a form's hidden field. It differs in each page, so that the size of compressed pages reveals
    nothing about it."""
    secret = request.cookies.get(SESSION_COOKIE)
    csrf: Csrf = request.app.state.csrf
    return csrf.issue(secret) if secret else str(request.state.csrf)


def csrf_cookie(token: str, settings: Settings) -> Cookie:
    """Page scripts read it (so it is not HttpOnly) and send it back in a header, which no other site can set."""
    return _cookie(CSRF_COOKIE, token, settings, httponly=False)


def _cookie(name: str, value: str, settings: Settings, *, httponly: bool) -> Cookie:
    secure = settings.secure_cookies
    return Cookie(name, value=value, max_age=COOKIE_SECONDS, httponly=httponly, samesite="lax", secure=secure)


def client_address(request: AnyRequest, settings: Settings) -> str:
    """The client's address, for counting attempts. With LEGWORK_PROXIES it is the one that the outermost of these
    proxies has put into X-Forwarded-For; what stands before that in the header anybody can have written."""
    return _counted(_told_address(request, settings))


def _counted(address: str) -> str:
    """The address without a port. Of IPv6 its /64 network: one line can use a new address for each attempt."""
    bare = PORT_BEHIND.sub(r"\1", address)
    try:
        ip = ipaddress.ip_address(bare)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    return str(ip.ipv4_mapped or ipaddress.ip_network((ip.packed[:8] + bytes(8), 64)))


def _told_address(request: AnyRequest, settings: Settings) -> str:
    direct = request.client.host if request.client else ""
    if settings.proxies == 0:
        return direct
    # Some proxies append to the header line that came, others add a line of their own.
    lines = ",".join(request.headers.getall("x-forwarded-for", []))
    told = [part.strip() for part in lines.split(",") if part.strip()]
    return told[-min(settings.proxies, len(told))] if told else direct


def local_path(target: str | None, otherwise: str = "/today") -> str:
    """The target, if it is a path of this site, else `otherwise`: so that no link leads to another site."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\", "/sign-in")):
        return otherwise
    # Characters are checked first, because urlsplit drops some of them before it looks.
    if any(not "!" <= sign <= "~" or sign == "\\" for sign in target):
        return otherwise
    parts = urlsplit(target)
    return otherwise if parts.scheme or parts.netloc else target


def is_htmx(request: AnyRequest) -> bool:
    return request.headers.get("hx-request") == "true"


def is_partial(request: AnyRequest) -> bool:
    """Whether htmx asks for a part of a page. For Back, as for plain links, the whole page is needed."""
    return is_htmx(request) and request.headers.get("hx-request-type") == "partial"


def go_to(request: AnyRequest, path: str, cookies: list[Cookie] | None = None) -> Response[bytes]:
    """A redirect to a whole page, which htmx loads like a link, with its scripts. (`redirect` of
    server/routes/answers.py leads to a fragment.)"""
    if is_htmx(request):
        return Response(b"", status_code=200, headers={"HX-Redirect": path}, cookies=cookies)
    return Response(b"", status_code=303, headers={"Location": path}, cookies=cookies)
