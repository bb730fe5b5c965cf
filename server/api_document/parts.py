"""What every operation of the document is made of."""

from typing import Any, Final

from sync.envelope import CONTENT_TYPE
from sync.schemas import Schema

HTML: Final = "text/html"
TEXT: Final[Schema] = {"type": "string"}
NUMBER: Final[Schema] = {"type": "integer"}
FLAG: Final[Schema] = {"type": "boolean"}
OBJECT: Final[Schema] = {"type": "object"}
RETRY_AFTER: Final = {"Retry-After": {"description": "seconds", "schema": NUMBER}}
SIGNED_IN: Final[list[dict[str, list[str]]]] = [{"session": []}]
WITH_TOKEN: Final[list[dict[str, list[str]]]] = [{"session": [], "token": []}]
TO_SIGN_IN: Final = {"303": {"description": "Not signed in: leads to /sign-in."}}
AS_BEFORE: Final = {"304": {"description": "As before."}}

Answers = dict[str, Any]

# What a program that asks for a page, or sends a form, may get instead: pages for people.
PAGES: Final = {
    400: "It could not be read, or half of it came. Nothing was changed.",
    403: "The token is not of this session, or another site sent it. Nothing was changed.",
    408: "The body came too slowly. Nothing was changed.",
    413: "Too large. Nothing was changed.",
    500: "It broke.",
    503: "Busy: try again later.",
}
WHEN_READING: Final = (500, 503)
WHEN_WRITING: Final = (400, 403, 408, 413, 500, 503)


def operation(name: str, summary: str, answers: Answers, **more: Any) -> dict[str, Any]:
    return {"operationId": name, "summary": summary, **more, "responses": answers}


def query(name: str, schema: Schema, description: str = "", *, required: bool = False) -> dict[str, Any]:
    told_more = {"description": description} if description else {}
    return {"name": name, "in": "query", "required": required, "schema": schema, **told_more}


def in_path(name: str, schema: Schema, description: str = "") -> dict[str, Any]:
    return {**query(name, schema, description, required=True), "in": "path"}


def form(schema: Schema) -> dict[str, Any]:
    return {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": schema}}}


def believed(description: str, schema: Schema) -> dict[str, Any]:
    return told(description, CONTENT_TYPE, schema)


def told(description: str, media_type: str, schema: Schema) -> dict[str, Any]:
    return {"description": description, "content": {media_type: {"schema": schema}}}


def waiting(status: int, answer: dict[str, Any]) -> dict[str, Any]:
    """With the header that such a status has."""
    return answer | ({"headers": RETRY_AFTER} if status in (429, 503) else {})


def pages(statuses: tuple[int, ...], **others: str) -> Answers:
    """Errors that are pages. `others`: what a status means here, as `_404`."""
    meanings = {status: PAGES[status] for status in statuses}
    meanings |= {int(name.lstrip("_")): meaning for name, meaning in others.items()}
    return {str(status): waiting(status, told(meanings[status], HTML, TEXT)) for status in sorted(meanings)}
