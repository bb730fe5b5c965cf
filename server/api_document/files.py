"""Photos, voice notes and documents. Sending them answers as sync does, and fetching them as pages do."""

from typing import Any, Final

from server.api_document.parts import (
    FLAG,
    NUMBER,
    SIGNED_IN,
    TEXT,
    TO_SIGN_IN,
    WHEN_READING,
    WITH_TOKEN,
    Answers,
    believed,
    in_path,
    operation,
    pages,
    told,
)
from server.api_document.refusals import HASH, OF_EVERY_WRITE, OF_WHAT, refused
from server.models.attachment import DOCUMENTS, PICTURES, SOUNDS
from sync.envelope import PROTOCOL
from sync.schemas import COUNT, record

SO_FAR: Final = record(
    {"protocol": {"const": PROTOCOL}, **OF_WHAT, "complete": FLAG, "offset": COUNT, "rev": COUNT},
    ("offset",),
    additionalProperties=False,
)
WHICH: Final = in_path("sha256", HASH)
KINDS: Final = {kind: {"schema": TEXT} for kind in (*sorted(PICTURES), *sorted(SOUNDS), *DOCUMENTS)}


def paths() -> dict[str, Any]:
    name = in_path("name", TEXT, "Ends as a file of its type does: browsers save it under this name.")
    return {
        "/files": {"post": begin()},
        "/files/{sha256}": {"patch": go_on(), "get": fetch("file", "A file.")},
        "/files/{sha256}/thumbnail": {"get": thumbnail()},
        "/files/{sha256}/{name}": {"get": fetch("namedFile", "A file, to be saved.", name)},
    }


def begin() -> dict[str, Any]:
    answers = {
        "200": believed("Where to go on; `complete` when there is nothing left to send.", SO_FAR),
        **refused({**OF_EVERY_WRITE, 404: ("not_found",), 422: ("refused",)}),
    }
    content = {"application/json": {"schema": record({"sha256": TEXT, "size": NUMBER})}}
    body = {"required": True, "content": content}
    summary = "Begins to send a file that `visit.attach` or `file.attach` has named."
    return operation("beginFile", summary, answers, security=WITH_TOKEN, requestBody=body)


def go_on() -> dict[str, Any]:
    codes = {**OF_EVERY_WRITE, 404: ("not_found",), 409: ("offset", "damaged"), 422: ("refused",)}
    answers = {"200": believed("How far it has come.", SO_FAR), **refused(codes)}
    offset = {"name": "Upload-Offset", "in": "header", "required": True, "schema": COUNT}
    body = {"required": True, "content": {"application/octet-stream": {"schema": TEXT}}}
    more: dict[str, Any] = {"parameters": [WHICH, offset], "requestBody": body, "security": WITH_TOKEN}
    return operation("goOnWithFile", "Sends the next piece, of at most a megabyte.", answers, **more)


def fetch(operation_id: str, summary: str, *more: dict[str, Any]) -> dict[str, Any]:
    part = {
        "name": "Range",
        "in": "header",
        "schema": TEXT,
        "description": "One range of bytes, from its first.",
    }
    answers = {
        "200": {"description": "A file of a customer or a library that one may see.", "content": KINDS},
        "206": {"description": "The part that was asked for by `Range`.", "content": KINDS},
        "416": {"description": "The file is shorter than the range."},
        **not_there(),
    }
    return operation(operation_id, summary, answers, security=SIGNED_IN, parameters=[WHICH, *more, part])


def thumbnail() -> dict[str, Any]:
    answers = {"200": told("A JPEG of at most 320 × 320.", "image/jpeg", TEXT), **not_there()}
    return operation("thumbnail", "A picture, small.", answers, security=SIGNED_IN, parameters=[WHICH])


def not_there() -> Answers:
    return TO_SIGN_IN | pages(WHEN_READING, _404="There is no such file that the user may see.")
