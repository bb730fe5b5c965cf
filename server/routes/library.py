"""The company's library: everybody reads it; managers, executives and admins change it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from litestar import get, post
from litestar.datastructures import FormMultiDict, State, UploadFile
from sqlmodel import Session

from server.account_form import AccountForm, check, said
from server.database import Database
from server.files.receiving import add, keep
from server.files.store import OutOfReach
from server.models.attachment import FILE_TYPES, MOST_BYTES
from server.models.file import File
from server.models.identity import new_id
from server.models.library import document_to_keep, keep_version, next_version
from server.models.library_document import LibraryDocument, LibraryVersion
from server.models.refusal import NotAllowed
from server.routes.answers import Answer, AnyRequest, Page, is_for, part, routed, saved, screen, typed_of
from server.routes.for_whom import reader_of_leader
from server.translations import msgid
from server.views.library import KINDS, document_page, library, territory_options
from server.views.reader import Reader
from sync.changes import NAME, Arg
from sync.field_checks import Wrong

TOO_LARGE: Final = msgid("This file is larger than 20 MB. Make it smaller first.")
AWAY: Final = msgid("Files cannot be kept at the moment. Choose it again in a while.")
STRANGE: Final = msgid("Only PDF, Word, Excel, PowerPoint, OpenDocument and pictures can be added.")
log = structlog.get_logger()
DOCUMENT: Final = {
    "title": Arg("text", required=True, max=NAME),
    "kind": Arg("choice", required=True, choices=KINDS),
    "territory_id": Arg("id"),
}


@get("/library", sync_to_thread=True)
def show(request: AnyRequest, database: Database, reader: Reader) -> Page:
    with database.reading() as session:
        view = library(session, reader, request.query_params.get("q", ""))
        if is_for(request, "div#library-list"):
            return part(reader, "library/_list.html", view)
        return screen(request, reader, "library/list.html", view, "more")


@get("/library/new", sync_to_thread=True)
def show_new(request: AnyRequest, database: Database, reader: Reader) -> Page:
    with database.reading() as session:
        return _form(request, session, reader_of_leader(reader), None)


@get("/library/{document_id:str}/edit", sync_to_thread=True)
def show_edit(request: AnyRequest, database: Database, reader: Reader, document_id: str) -> Page:
    with database.reading() as session:
        row = document_to_keep(session, reader.user, document_id)
        return _form(request, session, reader, row)


@post("/library", sync_to_thread=True, request_max_body_size=2 * MOST_BYTES)
def create(
    request: AnyRequest, database: Database, reader: Reader, form: FormMultiDict, state: State
) -> Answer:
    sent = _sent(reader_of_leader(reader), form, state)
    with database.writing() as session:
        return _saved(request, session, reader, form, sent, None)


@post("/library/{document_id:str}", sync_to_thread=True, request_max_body_size=2 * MOST_BYTES)
def edit(
    request: AnyRequest, database: Database, reader: Reader, document_id: str, form: FormMultiDict, state: State,
) -> Answer:  # fmt: skip
    sent = _sent(reader_of_leader(reader), form, state)
    with database.writing() as session:
        row = document_to_keep(session, reader.user, document_id)
        return _saved(request, session, reader, form, sent, row)


@post("/library/{document_id:str}/remove", sync_to_thread=True)
def remove(database: Database, reader: Reader, document_id: str) -> Answer:
    with database.writing() as session:
        document_to_keep(session, reader.user, document_id).withdrawn_at = reader.now
        return saved("/library", "removed")


def _form(
    request: AnyRequest,
    session: Session,
    reader: Reader,
    row: LibraryDocument | None,
    form: AccountForm | None = None,
) -> Page:
    view = document_page(session, reader, row, form)
    return screen(request, reader, "server_only/library_document.html", view, "more", 422 if form else 200)


@dataclass(frozen=True)
class Sent:
    """The form's file. `size`: in bytes; 0: none was sent. `file`: None also if it is too large or of no kind that is
    kept, or if the store does not answer (`is_away`)."""

    name: str
    size: int
    file: File | None
    is_away: bool = False


def _sent(reader: Reader, form: FormMultiDict, state: State) -> Sent:
    """Stores the form's file before the transaction begins, so that no other writer waits for the bucket."""
    sent = form.get("file")
    if not isinstance(sent, UploadFile):
        return Sent("", 0, None)
    name = "".join(sign for sign in sent.filename if sign.isprintable())[-NAME:]
    content = sent.file.read(MOST_BYTES + 1)
    try:
        file = keep(state.files, content, reader.now) if 0 < len(content) <= MOST_BYTES else None
    except OutOfReach as error:
        log.error("files_out_of_reach", reason=str(error))
        return Sent(name, len(content), None, is_away=True)
    return Sent(name, len(content), file)


def _saved(
    request: AnyRequest,
    session: Session,
    reader: Reader,
    form: FormMultiDict,
    sent: Sent,
    row: LibraryDocument | None,
) -> Answer:
    typed = typed_of(form)
    clean, errors = check(DOCUMENT, typed)
    offered = {one["value"] for one in territory_options(session, reader, "")}
    if (clean.get("territory_id") or "") not in offered:
        errors.setdefault("territory_id", Wrong("unknown_choice").error)
    if sent.size > MOST_BYTES:
        errors["file"] = said(TOO_LARGE)
    elif sent.is_away:
        errors["file"] = said(AWAY)
    elif sent.size and (sent.file is None or sent.file.media_type not in FILE_TYPES):
        errors["file"] = said(STRANGE)
    elif row is None and not sent.size:
        errors["file"] = Wrong("required").error
    if errors:
        return _form(request, session, reader, row, AccountForm(reader.t, typed, errors))
    told = dict(clean)
    if sent.file is not None:
        add(session, sent.file)
        told |= next_version(row, reader.user, reader.now, sent.file, sent.name)
    if row is None:
        row = LibraryDocument(id=new_id(), created_at=reader.now, **told)
    return _kept(session, row, told, "/library")


def _kept(session: Session, row: LibraryDocument, told: Mapping[str, Any], path: str) -> Answer:
    for field, value in told.items():
        setattr(row, field, value)
    keep_version(session, row)
    return saved(path, "document")


@post("/library/{document_id:str}/versions/{version:int}/use", sync_to_thread=True)
def use_again(database: Database, reader: Reader, document_id: str, version: int) -> Answer:
    """Makes an older version the newest: it is added as a new version, and the others stay in the list."""
    with database.writing() as session:
        row = document_to_keep(session, reader.user, document_id)
        wanted = session.get(LibraryVersion, (row.id, version)) if 0 < version <= row.version else None
        if wanted is None:
            raise NotAllowed
        told = next_version(row, reader.user, reader.now, wanted, wanted.name)
        return _kept(session, row, told, f"/library/{row.id}/edit")


routes = routed([show, show_new, show_edit, create, edit, remove, use_again])
