"""Photos and voice notes: the lane in which they come, which answers as sync does, and what shows them."""

import re
from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Request, Response, Router, get, patch, post
from litestar.datastructures import State
from litestar.exceptions import HTTPException, NotFoundException

from server.database import Database
from server.files import pictures
from server.files.receiving import Receiving
from server.files.store import FileStore, kept_as, thumbnail_of
from server.models.attachment import DOCUMENTS, ENDINGS, PICTURES
from server.models.file import File, may_fetch
from server.models.user import User
from sync.crowd import one_of_few_with_files
from sync.envelope import PROTOCOL, Declined
from sync.http import HANDLERS, answer

SHA256: Final = re.compile("[0-9a-f]{64}")
FOR_EVER: Final = "private, max-age=31536000, immutable"
NOTHING_ELSE: Final = "default-src 'none'; sandbox"
RANGE: Final = re.compile("bytes=([0-9]{1,15})-([0-9]{0,15})")

AnyRequest = Request[Any, Any, Any]


class Begin(msgspec.Struct):
    sha256: str
    size: int


@post(
    "/", sync_to_thread=True, status_code=200, exception_handlers=HANDLERS, middleware=[one_of_few_with_files]
)
def begin(body: bytes, database: Database, user: User, now: datetime, state: State) -> Response[bytes]:
    try:
        asked = msgspec.json.decode(body, type=Begin)
    except msgspec.MsgspecError:
        raise Declined(400, "bad_request") from None
    return _answered(_receiving(database, state, user, asked.sha256, now).begin(asked.size))


@patch("/{sha256:str}", sync_to_thread=True, exception_handlers=HANDLERS, middleware=[one_of_few_with_files])
def go_on(
    request: AnyRequest, body: bytes, database: Database, user: User, now: datetime, state: State, sha256: str
) -> Response[bytes]:
    offset = request.headers.get("upload-offset", "")
    if not re.fullmatch("[0-9]{1,9}", offset):
        raise Declined(400, "bad_request")
    return _answered(_receiving(database, state, user, sha256, now).go_on(int(offset), body))


def _receiving(database: Database, state: State, user: User, sha256: str, now: datetime) -> Receiving:
    if not SHA256.fullmatch(sha256):
        raise Declined(404, "not_found")
    return Receiving(database, state.files, user, sha256, now)


def _answered(told: dict[str, object]) -> Response[bytes]:
    return answer(msgspec.json.encode({"protocol": PROTOCOL, **told}))


@get("/{sha256:str}", sync_to_thread=True)
def show(request: AnyRequest, database: Database, user: User, state: State, sha256: str) -> Response[bytes]:
    file, store = _found(database, user, sha256), state.files
    return _shown(request, _content(store, kept_as(file.sha256)), file.media_type)


@get("/{sha256:str}/{file_name:str}", sync_to_thread=True)
def show_named(
    request: AnyRequest, database: Database, user: User, state: State, sha256: str, file_name: str
) -> Response[bytes]:
    """Browsers save a file as its address ends: with the ending of what it is, and no other."""
    file = _found(database, user, sha256)
    if not file_name.lower().endswith(f".{ENDINGS.get(file.media_type)}"):
        raise NotFoundException
    return _shown(request, _content(state.files, kept_as(file.sha256)), file.media_type)


@get("/{sha256:str}/thumbnail", sync_to_thread=True)
def show_small(
    request: AnyRequest, database: Database, user: User, state: State, sha256: str
) -> Response[bytes]:
    file, store = _found(database, user, sha256), state.files
    if file.media_type not in PICTURES:
        raise NotFoundException
    return _shown(request, _small(store, file), "image/jpeg")


def _found(database: Database, user: User, sha256: str) -> File:
    """The same answer for what is missing and for what one may not see."""
    with database.reading() as session:
        file = session.get(File, sha256) if may_fetch(session, user, sha256) else None
    if file is None:
        raise NotFoundException
    return file


def _content(store: FileStore, name: str) -> bytes:
    content = store.get(name)
    if content is None:
        raise HTTPException(status_code=500, detail=f"{name} is not in the store")
    return content


def _small(store: FileStore, file: File) -> bytes:
    """Thumbnails are in no backup: after a restore each is made anew when it is first looked at."""
    small = store.get(thumbnail_of(file.sha256))
    if small is None:
        small = pictures.thumbnail(_content(store, kept_as(file.sha256)), file.media_type)
        store.put(thumbnail_of(file.sha256), small)
    return small


def _shown(request: AnyRequest, content: bytes, media_type: str) -> Response[bytes]:
    ending = media_type.partition("/")[2].replace("jpeg", "jpg")
    shown_here = f'inline; filename="legwork.{ending}"'
    headers = {
        "Cache-Control": FOR_EVER,
        "Vary": "Cookie",  # what one person may see stays in no other's cache
        # A document is saved and opened by what is made for it, never within this page's own site.
        "Content-Disposition": "attachment" if media_type in DOCUMENTS else shown_here,
        "Content-Security-Policy": NOTHING_ELSE,
        "Accept-Ranges": "bytes",
    }
    part = RANGE.fullmatch(request.headers.get("range", ""))
    if part is None:
        return Response(content, media_type=media_type, headers=headers)
    return _part(content, int(part[1]), int(part[2] or len(content)), media_type, headers)


def _part(content: bytes, first: int, last: int, media_type: str, headers: dict[str, str]) -> Response[bytes]:
    """Safari plays no sound of a server that cannot give parts of it."""
    last = min(last, len(content) - 1)
    if first > last:
        headers["Content-Range"] = f"bytes */{len(content)}"
        return Response(b"", status_code=416, media_type=media_type, headers=headers)
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return Response(content[first : last + 1], status_code=206, media_type=media_type, headers=headers)


routes: Final = [Router("/files", route_handlers=[begin, go_on, show, show_small, show_named])]
