"""The OpenAPI 3.1 document of what Legwork answers to programs. Screens are for people and are not in it.

It is written by hand and from the closed list of changes (sync/changes.py): the signatures of routes would say nothing
of a push, whose body is read by hand, too. tests/test_api_document.py compares it with a running server.
"""

from importlib.metadata import version
from typing import Any, Final

from server.api_document import exchange, exports, files, reminders, running, sign_in
from server.api_document.refusals import refusal_schemas
from sync.schemas import schemas

AREAS: Final = (exchange, files, sign_in, exports, reminders, running)
ABOUT: Final = (
    "Sign in with `POST /sign-in`; the session is a cookie. Every write sends the value of the cookie `csrftoken` in "
    "the header `X-CSRFToken`. A method that an address does not have is answered 405 with those it has in `Allow`: "
    "below `/sync` as `refusal.bad_request`, elsewhere as a page. Whatever has `GET` has `HEAD` too, but for `/sync`. "
    "What phones may rely on besides is in sync/README.md of the source."
)
SECURITY: Final = {
    "session": {"type": "apiKey", "in": "cookie", "name": "legwork_session"},
    "token": {"type": "apiKey", "in": "header", "name": "X-CSRFToken"},
    "metrics": {"type": "http", "scheme": "bearer"},
}


def api_document() -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Legwork", "version": version("legwork"), "description": ABOUT},
        "servers": [{"url": "/"}],
        "paths": {address: methods for area in AREAS for address, methods in area.paths().items()},
        "components": {"schemas": {**schemas(), **refusal_schemas()}, "securitySchemes": SECURITY},
    }
