"""Protection against forged requests: a write must come from one of our own pages. It proves that by a token that is
signed for the session, in a header or a form field, or by the browser's own headers about the origin.

Before there is a session, the token is signed without one, and must be the same as in the browser's cookie.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.enums import RequestEncodingType
from litestar.exceptions import ClientException, HTTPException, PermissionDeniedException
from litestar.status_codes import HTTP_413_REQUEST_ENTITY_TOO_LARGE

if TYPE_CHECKING:
    from server.config import Settings

CSRF_COOKIE: Final = "csrftoken"
CSRF_HEADER: Final = "x-csrftoken"
CSRF_FIELD: Final = "_csrf"
FORMS: Final = (RequestEncodingType.URL_ENCODED, RequestEncodingType.MULTI_PART)
MOST_FORM_BYTES: Final = 1024 * 1024  # of a form without a file
MOST_FIELDS: Final = 5_000  # of such a form; Litestar allows 1,000 in one with a file


class ForgedRequest(PermissionDeniedException):
    """Raised for a forged write; and for one from a page that was opened before its reader last signed in."""


@dataclass(frozen=True)
class Csrf:
    key: str

    def issue(self, session_secret: str | None) -> str:
        salt = secrets.token_urlsafe(12)
        return f"{salt}.{self._signature(salt, session_secret)}"

    def is_ours(self, token: str | None, session_secret: str | None) -> bool:
        salt, _, signature = (token or "").partition(".")
        return hmac.compare_digest(signature.encode(), self._signature(salt, session_secret).encode())

    def accepts(self, token: str | None, cookie: str | None, session_secret: str | None) -> bool:
        if not self.is_ours(token, session_secret):
            return False
        return session_secret is not None or hmac.compare_digest(
            (token or "").encode(), (cookie or "").encode()
        )

    def _signature(self, salt: str, session_secret: str | None) -> str:
        signed = f"csrf\n{salt}\n{session_secret or ''}"
        return hmac.new(self.key.encode(), signed.encode(), hashlib.sha256).hexdigest()


async def sent_token(request: Request[Any, Any, Any]) -> str | None:
    if header := request.headers.get(CSRF_HEADER):
        return header
    if request.content_type[0] not in FORMS:
        return None
    field = (await form_of(request)).get(CSRF_FIELD)
    return field if isinstance(field, str) else None


async def form_of(request: Request[Any, Any, Any]) -> FormMultiDict:
    """The form. Raises ClientException if a field that is no file is not valid text, HTTPException if there is far more
    than any page sends: a body of nothing but separators would take seconds to take apart, and memory by the gigabyte,
    from anybody, because the token is looked for before it is known who sends it."""
    if request.content_type[0] == RequestEncodingType.URL_ENCODED:
        body = await request.body()
        if len(body) > MOST_FORM_BYTES or body.count(b"&") >= MOST_FIELDS:
            raise HTTPException(status_code=HTTP_413_REQUEST_ENTITY_TOO_LARGE)
    try:
        return await request.form()
    except UnicodeDecodeError:
        raise ClientException from None


def is_same_origin(request: Request[Any, Any, Any], settings: "Settings") -> bool:
    """Whether the browser says, in headers that no page can set, that a form comes from our own origin. So plain forms
    work without a script that adds the token."""
    if request.content_type[0] not in FORMS:
        return False
    told = request.headers.get("sec-fetch-site")
    if told is None:  # a browser from before 2023
        public = urlsplit(settings.public_url or "")
        return bool(public.netloc) and request.headers.get("origin") == f"{public.scheme}://{public.netloc}"
    return told == "same-origin" and _origin_is_ours(request, settings) is True


def comes_from_here(request: Request[Any, Any, Any], settings: "Settings") -> bool:
    """Whether no header says that the request comes from another site. Clients that are no browsers send none, and
    have no session that another site could abuse."""
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        return False
    return _origin_is_ours(request, settings) is not False


def _origin_is_ours(request: Request[Any, Any, Any], settings: "Settings") -> bool | None:
    """Whether the Origin header names this server; None if there is no such header."""
    origin = request.headers.get("origin")
    hosts = {request.headers.get("host"), urlsplit(settings.public_url or "").netloc} - {"", None}
    return None if origin is None else origin.partition("://")[2] in hosts
