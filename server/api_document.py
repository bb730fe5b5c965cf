"""The OpenAPI 3.1 document of what Legwork answers to programs. Screens are for people and are not in it.

It is written by hand and from the closed list of changes (sync/changes.py): the signatures of routes would say nothing
of a push, whose body is read by hand, too. tests/test_api_document.py compares it with a running server.
"""

from importlib.metadata import version
from typing import Any, Final

from server.models.attachment import PICTURES, SOUNDS
from sync.envelope import CONTENT_TYPE, PROTOCOL
from sync.schemas import COUNT, ID, Schema, record, ref, schemas

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HTML: Final = "text/html"
TEXT: Final[Schema] = {"type": "string"}
NUMBER: Final[Schema] = {"type": "integer"}
RETRY_AFTER: Final = {"Retry-After": {"description": "seconds", "schema": NUMBER}}
SIGNED_IN: Final[list[dict[str, list[str]]]] = [{"session": []}]
WITH_TOKEN: Final[list[dict[str, list[str]]]] = [{"session": [], "token": []}]
HASH: Final = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
FLAG: Final = {"type": "boolean"}
OF_WHAT: Final[dict[str, Schema]] = {"sha256": HASH, "user_id": ID, "epoch": TEXT}
# What the answer of each refusal has beside `code`.
REFUSALS: Final[dict[str, dict[str, Schema]]] = {
    "bad_request": {},
    "not_signed_in": {},
    "signed_out": {},
    "wrong_user": {},
    "forged": {},
    "gap": {"expected": COUNT},
    "fork": {},
    "epoch": {"epoch": TEXT},
    "too_large": {"max_bytes": COUNT, "max_changes": COUNT},
    "too_old": {"needs": COUNT},
    "too_often": {},
    "error": {},
    "later": {},
    "not_found": {},
    "offset": {"offset": COUNT},
    "refused": OF_WHAT,
}
OF_EVERY_WRITE: Final[dict[int, tuple[str, ...]]] = {
    401: ("not_signed_in",),
    403: ("forged",),
    413: ("too_large",),
    500: ("error",),
    503: ("later",),
}
FILE_SO_FAR: Final = record(
    {"protocol": {"const": PROTOCOL}, **OF_WHAT, "complete": FLAG, "offset": COUNT, "rev": COUNT},
    ("offset",),
    additionalProperties=False,
)
OF_FILE: Final = {"name": "sha256", "in": "path", "required": True, "schema": HASH}
OPTIONAL: Final = ("max_bytes", "max_changes")  # an answer has the one of them that was exceeded


def api_document() -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {"title": "Legwork", "version": version("legwork"), "description": ABOUT},
        "servers": [{"url": "/"}],
        "paths": paths(),
        "components": {
            "schemas": {**schemas(), **{f"refusal.{code}": refusal(code) for code in REFUSALS}},
            "securitySchemes": SECURITY,
        },
    }


ABOUT: Final = (
    "Sign in with `POST /sign-in`; the session is a cookie. Every write sends the value of the cookie `csrftoken` in "
    "the header `X-CSRFToken`. What phones may rely on besides is in sync/README.md of the source."
)
SECURITY: Final = {
    "session": {"type": "apiKey", "in": "cookie", "name": "legwork_session"},
    "token": {"type": "apiKey", "in": "header", "name": "X-CSRFToken"},
}


def refusal(code: str) -> Schema:
    more = REFUSALS[code]
    optional = tuple(name for name in more if name in OPTIONAL)
    return record(
        {"protocol": {"const": PROTOCOL}, "code": {"const": code}, **more},
        optional,
        additionalProperties=False,
    )


def paths() -> dict[str, Any]:
    return {
        "/sync/push": {"post": push()},
        "/sync/pull": {"get": pull()},
        "/sync/events": {"get": events()},
        "/files": {"post": begin_file()},
        "/files/{sha256}": {"patch": go_on_with_file(), "get": file()},
        "/sign-in": {"get": sign_in_page(), "post": sign_in()},
        "/export.csv": {"get": export("csv", "text/csv; charset=utf-8")},
        "/export.xlsx": {"get": export("xlsx", XLSX)},
        "/healthz": {"get": health()},
        "/readyz": {"get": readiness()},
        "/manifest.webmanifest": {"get": manifest()},
        "/openapi.json": {"get": document()},
    }


def push() -> dict[str, Any]:
    answers = {
        "200": believed("One receipt for each change, in the order sent.", ref("Pushed")),
        **refused(
            {
                400: ("bad_request",),
                401: ("not_signed_in", "signed_out"),
                403: ("wrong_user", "forged"),
                409: ("gap", "fork", "epoch"),
                413: ("too_large",),
                426: ("too_old",),
                429: ("too_often",),
                500: ("error",),
                503: ("later",),
            }
        ),
    }
    body = {"required": True, "content": {"application/json": {"schema": ref("Push")}}}
    return operation("pushChanges", "Sends changes.", answers, security=WITH_TOKEN, requestBody=body)


def pull() -> dict[str, Any]:
    answers = {
        "200": believed("A page of what this device has not had yet.", ref("Page")),
        **refused(
            {
                400: ("bad_request",),
                401: ("not_signed_in", "signed_out"),
                403: ("wrong_user",),
                409: ("epoch",),
                500: ("error",),
                503: ("later",),
            }
        ),
    }
    parameters = [
        query("device_id", ID, required=True),
        query("cursor", TEXT, "As the last page gave it; without one the whole replica comes."),
        query("sums", FLAG, "Asks for sums."),
        query("columns", FLAG, "Lets a first replica come in columns instead of ops."),
    ]
    return operation("pullOps", "Fetches what is new.", answers, security=SIGNED_IN, parameters=parameters)


def events() -> dict[str, Any]:
    answers = {
        "200": told(
            'Server-sent events; `data: {"rev": 1240}` says that there may be something to pull.',
            "text/event-stream",
            TEXT,
        ),
        **refused({401: ("not_signed_in",), 500: ("error",), 503: ("later",)}),
    }
    return operation("listen", "Says when there is something to pull.", answers, security=SIGNED_IN)


def begin_file() -> dict[str, Any]:
    answers = {
        "200": believed("Where to go on; `complete` when there is nothing left to send.", FILE_SO_FAR),
        **refused({400: ("bad_request",), 404: ("not_found",), 422: ("refused",), **OF_EVERY_WRITE}),
    }
    body = record({"sha256": TEXT, "size": NUMBER})
    content = {"required": True, "content": {"application/json": {"schema": body}}}
    summary = "Begins to send a file that `visit.attach` has named."
    return operation("beginFile", summary, answers, security=WITH_TOKEN, requestBody=content)


def go_on_with_file() -> dict[str, Any]:
    answers = {
        "200": believed("How far it has come.", FILE_SO_FAR),
        **refused(
            {
                400: ("bad_request",),
                404: ("not_found",),
                409: ("offset",),
                422: ("refused",),
                **OF_EVERY_WRITE,
            }
        ),
    }
    offset = {"name": "Upload-Offset", "in": "header", "required": True, "schema": COUNT}
    content = {"required": True, "content": {"application/octet-stream": {"schema": TEXT}}}
    more: dict[str, Any] = {"parameters": [OF_FILE, offset], "requestBody": content, "security": WITH_TOKEN}
    return operation("goOnWithFile", "Sends the next piece, of at most a megabyte.", answers, **more)


def file() -> dict[str, Any]:
    kinds = {kind: {"schema": TEXT} for kind in (*sorted(PICTURES), *sorted(SOUNDS))}
    answers = {
        "200": {"description": "A photo or voice note of a customer one may see.", "content": kinds},
        "206": {"description": "The part that was asked for by `Range`.", "content": kinds},
        "303": {"description": "Not signed in: leads to /sign-in."},
        "404": told("There is no such file that the user may see.", HTML, TEXT),
        "416": {"description": "The file is shorter than the range."},
    }
    return operation("file", "A file.", answers, security=SIGNED_IN, parameters=[OF_FILE])


def believed(description: str, schema: Schema) -> dict[str, Any]:
    return told(description, CONTENT_TYPE, schema)


def told(description: str, media_type: str, schema: Schema) -> dict[str, Any]:
    return {"description": description, "content": {media_type: {"schema": schema}}}


def refused(codes: dict[int, tuple[str, ...]]) -> dict[str, Any]:
    return {str(status): _refusals(status, names) for status, names in codes.items()}


def _refusals(status: int, codes: tuple[str, ...]) -> dict[str, Any]:
    one_of = [ref(f"refusal.{code}") for code in codes]
    answer = believed(", ".join(codes), one_of[0] if len(one_of) == 1 else {"oneOf": one_of})
    return answer | ({"headers": RETRY_AFTER} if status in (429, 503) else {})


def sign_in_page() -> dict[str, Any]:
    answers = {
        "200": told("The form, for people.", HTML, TEXT),
        "303": {"description": "Signed in already."},
    }
    parameters = [query("next", TEXT, "Where to go then.")]
    return operation("signInPage", "The form.", answers, parameters=parameters)


def sign_in() -> dict[str, Any]:
    form = record({"email": TEXT, "password": TEXT, "next": TEXT}, ("next",))
    answers = {
        "303": {"description": "Signed in: the cookies `legwork_session` and `csrftoken` are set."},
        "403": told("A browser sent it from another site.", HTML, TEXT),
        "413": told("Too large.", HTML, TEXT),
        "422": told("Email and password do not belong together.", HTML, TEXT),
        "429": told("Tried too often.", HTML, TEXT) | {"headers": RETRY_AFTER},
    }
    body = {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": form}}}
    return operation("signIn", "Starts a session.", answers, requestBody=body)


def export(kind: str, media_type: str) -> dict[str, Any]:
    parameters = [
        query("q", TEXT, "The text in the search field of the list of customers."),
        query("show", {"enum": ["all", "mine", "nearby", "cold", "leads", "deleted"]}, "The list's filter."),
        *(query(name, {"type": "number"}, "Nearby where.") for name in ("latitude", "longitude")),
    ]
    answers = {
        "200": told("The customers that the list shows, as a file.", media_type, TEXT),
        "303": {"description": "Not signed in: leads to /sign-in."},
        "404": told("The user may not see deleted customers.", HTML, TEXT),
    }
    more: Any = {"security": SIGNED_IN, "parameters": parameters}
    return operation(f"export_{kind}", "Customers as a file.", answers, **more)


def health() -> dict[str, Any]:
    lives = record({"status": {"const": "ok"}}, additionalProperties=False)
    return operation("lives", "The process lives.", {"200": told("It does.", "application/json", lives)})


def readiness() -> dict[str, Any]:
    checks: dict[str, Schema] = {name: {"type": "boolean"} for name in ("database", "assets", "schema")}
    ready = record({"status": {"enum": ["ok", "not ready"]}, **checks}, additionalProperties=False)
    answers = {
        "200": told("It can do its work.", "application/json", ready),
        "503": told("It cannot: the check that failed is false.", "application/json", ready),
    }
    return operation("isReady", "The process can do its work.", answers)


def manifest() -> dict[str, Any]:
    answers = {
        "200": told("A web app manifest.", "application/manifest+json", {"type": "object"}),
        "304": {"description": "As before."},
    }
    parameters = [query("lang", TEXT, "en or zh-Hans; otherwise as the browser asks.")]
    return operation("manifest", "For installing the app.", answers, parameters=parameters)


def document() -> dict[str, Any]:
    answers = {
        "200": told("This document.", "application/json", {"type": "object"}),
        "304": {"description": "As before."},
    }
    return operation("document", "This document.", answers)


def operation(name: str, summary: str, answers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"operationId": name, "summary": summary, **more, "responses": answers}


def query(name: str, schema: Schema, description: str = "", *, required: bool = False) -> dict[str, Any]:
    told_more = {"description": description} if description else {}
    return {"name": name, "in": "query", "required": required, "schema": schema, **told_more}
