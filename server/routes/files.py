"""Photos, voice notes and documents: their uploads, which answer as sync does, and showing them."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Request, Response, Router, get, patch, post
from litestar.datastructures import State
from litestar.exceptions import HTTPException, NotFoundException
from litestar.response import Stream

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
# Bytes read from the store at a time, so that a slow reader keeps no more in memory.
AT_ONCE: Final = 1_000_000
SENT_AT_ONCE: Final = 64 * 1024  # bytes given to the connection at a time
RANGE: Final = re.compile("bytes=([0-9]{1,15})-([0-9]{0,15})")

AnyRequest = Request[Any, Any, Any]
Answer = Response[bytes] | Stream


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
def show(request: AnyRequest, database: Database, user: User, state: State, sha256: str) -> Answer:
    return _shown(request, state.files, _found(database, user, sha256))


@get("/{sha256:str}/{file_name:str}", sync_to_thread=True)
def show_named(
    request: AnyRequest, database: Database, user: User, state: State, sha256: str, file_name: str
) -> Answer:
    """The same file under an address that ends with its name, because browsers save it under that name.
    Its ending must be the one of its type."""
    file = _found(database, user, sha256)
    if not file_name.lower().endswith(f".{ENDINGS.get(file.media_type)}"):
        raise NotFoundException
    return _shown(request, state.files, file)


@get("/{sha256:str}/thumbnail", sync_to_thread=True)
def show_small(database: Database, user: User, state: State, sha256: str) -> Response[bytes]:
    file, store = _found(database, user, sha256), state.files
    if file.media_type not in PICTURES:
        raise NotFoundException
    return Response(_small(store, file), media_type="image/jpeg", headers=_headers("image/jpeg"))


def _found(database: Database, user: User, sha256: str) -> File:
    """Raises NotFoundException for a file that does not exist and for one that the user may not see alike."""
    with database.reading() as session:
        file = session.get(File, sha256) if may_fetch(session, user, sha256) else None
    if file is None:
        raise NotFoundException
    return file


def _content(store: FileStore, name: str, first: int, end: int) -> bytes:
    content = store.part(name, first, end) if first < end else b""
    if content is None:
        raise HTTPException(status_code=500, detail=f"{name} is not in the store")
    return content


def _small(store: FileStore, file: File) -> bytes:
    """The thumbnail. It is made again if the store has none, as after a restore: backups hold no thumbnails."""
    small = store.get(thumbnail_of(file.sha256))
    if small is None:
        small = pictures.thumbnail(_content(store, kept_as(file.sha256), 0, file.size), file.media_type)
        store.put(thumbnail_of(file.sha256), small)
    return small


def _headers(media_type: str) -> dict[str, str]:
    ending = media_type.partition("/")[2].replace("jpeg", "jpg")
    shown_here = f'inline; filename="legwork.{ending}"'
    return {
        "Cache-Control": FOR_EVER,
        "Vary": "Cookie",  # so that a shared browser does not show it to the next person who signs in
        # A document is always saved, and never shown within this site, where its scripts might run.
        "Content-Disposition": "attachment" if media_type in DOCUMENTS else shown_here,
        "Content-Security-Policy": NOTHING_ELSE,
        "Accept-Ranges": "bytes",
    }


def _shown(request: AnyRequest, store: FileStore, file: File) -> Answer:
    """The file, or the range of it that was asked for: Safari plays sound only from servers that support ranges."""
    headers, asked = _headers(file.media_type), RANGE.fullmatch(request.headers.get("range", ""))
    if asked is None:
        return _piecewise(store, file, 0, file.size, headers)
    first, end = int(asked[1]), min(int(asked[2] or file.size), file.size - 1) + 1
    if first >= end:
        headers["Content-Range"] = f"bytes */{file.size}"
        return Response(b"", status_code=416, media_type=file.media_type, headers=headers)
    headers["Content-Range"] = f"bytes {first}-{end - 1}/{file.size}"
    return _piecewise(store, file, first, end, headers, 206)


def _piecewise(
    store: FileStore, file: File, first: int, end: int, headers: dict[str, str], status: int = 200
) -> Answer:
    """Reads the first piece before the answer begins, so that a missing file or store is still told by a status."""
    name = kept_as(file.sha256)
    begun = _content(store, name, first, min(first + AT_ONCE, end))
    if first + AT_ONCE >= end:
        return Response(begun, status_code=status, media_type=file.media_type, headers=headers)

    def pieces() -> Iterator[bytes]:
        yield from _cut(begun)
        for at in range(first + AT_ONCE, end, AT_ONCE):
            yield from _cut(_content(store, name, at, min(at + AT_ONCE, end)))

    headers["Content-Length"] = str(end - first)
    return Stream(pieces, status_code=status, media_type=file.media_type, headers=headers)


def _cut(piece: bytes) -> Iterator[bytes]:
    for at in range(0, len(piece), SENT_AT_ONCE):
        yield piece[at : at + SENT_AT_ONCE]


routes: Final = [Router("/files", route_handlers=[begin, go_on, show, show_small, show_named])]
