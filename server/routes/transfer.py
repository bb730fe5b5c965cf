"""Importing customers (upload, preview, import) and exporting them."""

import dataclasses
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict, UploadFile
from litestar.response import Stream

from server.auth import go_to
from server.database import Database
from server.models import import_draft
from server.models.identity import is_id
from server.models.import_draft import ImportDraft
from server.models.refusal import NotAllowed
from server.models.scope import may_manage
from server.render import render
from server.routes.answers import AnyRequest, Page, as_file, routed, screen
from server.routes.customers import asked_of
from server.transfer import exporting, running
from server.transfer.checking import Choices, check
from server.transfer.importer import Importer, importer
from server.transfer.limits import MAX_BYTES
from server.transfer.reading import Sheet, read
from server.transfer.unreadable import Unreadable
from server.translations import translator
from server.views import imports
from server.views.customers import ListAsked
from server.views.reader import Reader
from sync.field_checks import CONTROL

# More than MAX_BYTES, so that a file that is somewhat too large is refused by its own sentence.
MOST_UPLOAD_BYTES: Final = 2 * MAX_BYTES
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHUNK: Final = 64 * 1024


@get("/import", sync_to_thread=True)
def choose_file(request: AnyRequest, database: Database, reader: Reader) -> Page:
    with database.reading() as session:
        importer(session, reader.user)
    return _page(request, reader, "import", imports.upload(reader))


@post("/import", sync_to_thread=True, request_max_body_size=MOST_UPLOAD_BYTES)
def upload(request: AnyRequest, database: Database, reader: Reader, form: FormMultiDict) -> Response[Any]:
    file = form.get("file")
    with database.reading() as session:
        by = importer(session, reader.user)
    try:
        sheet = read(*uploaded(file))
    except Unreadable as refused:
        said = reader.t(refused.sentence, **refused.params)
        return _page(request, reader, "import", imports.upload(reader, said), 422)
    name = CONTROL.sub("?", file.filename) if isinstance(file, UploadFile) else ""
    with database.writing() as session:
        choices = dataclasses.asdict(_first_choices(sheet, by))
        draft = import_draft.keep(session, reader.user, name, sheet, choices, reader.now)
    return go_to(request, f"/import/{draft.id}")


def uploaded(file: Any) -> tuple[str, bytes]:
    """Name and content of the form's file; both empty if there is none."""
    return (file.filename, file.file.read(MAX_BYTES + 1)) if isinstance(file, UploadFile) else ("", b"")


def _first_choices(sheet: Sheet, by: Importer) -> Choices:
    fields = (guess.field for guess in by.guesses(sheet))
    return Choices(tuple(field if field != "owner" or by.chooses_owner else None for field in fields))


@get("/import/{draft_id:str}", sync_to_thread=True)
def show(request: AnyRequest, database: Database, reader: Reader, draft_id: str) -> Page:
    with database.reading() as session:
        draft = import_draft.draft_of(session, reader.user, draft_id, reader.now)
        if draft.finished_at:
            return _page(request, reader, "import_done", imports.done(reader, draft))
        if draft.is_running(reader.now):
            return _page(request, reader, "import_running", _running(reader, draft))
        by, sheet = importer(session, reader.user), draft.sheet
        checked = check(session, by, sheet, _kept_choices(draft), _unseen)
        view = imports.preview(session, reader, by, draft, sheet, checked)
        return _page(request, reader, "import_preview", view)


@post("/import/{draft_id:str}", sync_to_thread=True)
def decide(
    request: AnyRequest, database: Database, reader: Reader, draft_id: str, form: FormMultiDict
) -> Response[Any]:
    with database.reading() as session:
        draft = import_draft.draft_of(session, reader.user, draft_id, reader.now)
        if draft.finished_at or draft.is_running(reader.now):
            return go_to(request, f"/import/{draft_id}")
        by, sheet = importer(session, reader.user), draft.sheet
        checked = check(session, by, sheet, _chosen(form, sheet, by), _unseen)
        view = imports.preview(session, reader, by, draft, sheet, checked)
    with database.writing() as session:
        import_draft.choose(session, draft_id, dataclasses.asdict(checked.choices))
    if form.get("do") != "import":
        return go_to(request, f"/import/{draft_id}")
    if not checked.may_be_written:
        return _page(request, reader, "import_preview", view, 422)
    running.begin(database, draft_id, by, checked, reader.now)
    return go_to(request, f"/import/{draft_id}")


def _chosen(form: FormMultiDict, sheet: Sheet, by: Importer) -> Choices:
    """What was chosen on the preview. If two columns have the same field, the first of them gets it."""
    columns: list[str | None] = []
    known = by.labels(translator("en"))
    for number in range(len(sheet.header)):
        field = form.get(f"column_{number}")
        free = field in known and field not in columns and (field != "owner" or by.chooses_owner)
        columns.append(field if free else None)
    return Choices(
        columns=tuple(columns),
        owner_id=_id(form, "owner_id"),
        territory_id=_id(form, "territory_id"),
        import_duplicates=form.get("duplicates") == "import",
        leave_out_errors=form.get("leave_out_errors") == "yes",
    )


def _id(form: FormMultiDict, name: str) -> str | None:
    value = form.get(name)
    return value if is_id(value) else None


def _kept_choices(draft: ImportDraft) -> Choices:
    return Choices(**{**draft.choices, "columns": tuple(draft.choices["columns"])})


def _unseen(done: int, total: int) -> None:
    """Shows no progress of checking, because it is quick enough for a page."""


@get("/import/{draft_id:str}/progress", sync_to_thread=True)
def progress(request: AnyRequest, database: Database, reader: Reader, draft_id: str) -> Response[Any]:
    with database.reading() as session:
        draft = import_draft.draft_of(session, reader.user, draft_id, reader.now)
    if not draft.is_running(reader.now):
        return go_to(request, f"/import/{draft_id}")
    content = render("server_only/_import_progress.html", _running(reader, draft), reader.locale)
    return Response(content, media_type="text/html")


def _running(reader: Reader, draft: ImportDraft) -> dict[str, Any]:
    return imports.running(reader, draft, running.share(draft.id))


@post("/import/{draft_id:str}/discard", sync_to_thread=True)
def discard(request: AnyRequest, database: Database, reader: Reader, draft_id: str) -> Response[Any]:
    with database.writing() as session:
        import_draft.discard(session, import_draft.draft_of(session, reader.user, draft_id, reader.now))
    return go_to(request, "/import")


@get("/export.csv", sync_to_thread=True)
def export_csv(request: AnyRequest, database: Database, reader: Reader) -> Stream:
    asked = _asked(request, reader)

    def pieces() -> Iterator[bytes]:
        # Everything is read before anything is sent, so that a slow reader holds no connection to the database.
        with tempfile.TemporaryFile(prefix="legwork-export-") as file:
            with database.reading() as session:
                file.writelines(piece.encode() for piece in exporting.csv_pieces(session, reader, asked))
            file.seek(0)
            yield from iter(lambda: file.read(CHUNK), b"")

    return Stream(pieces(), media_type="text/csv", headers=as_file(f"customers-{reader.today}.csv"))


@get("/export.xlsx", sync_to_thread=True)
def export_xlsx(request: AnyRequest, database: Database, reader: Reader) -> Stream:
    asked = _asked(request, reader)

    def pieces() -> Iterator[bytes]:
        with tempfile.TemporaryDirectory(prefix="legwork-export-") as folder:
            with database.reading() as session:
                path = exporting.xlsx_file(session, reader, asked, Path(folder))
            with path.open("rb") as file:
                yield from iter(lambda: file.read(CHUNK), b"")

    return Stream(pieces(), media_type=XLSX, headers=as_file(f"customers-{reader.today}.xlsx"))


def _asked(request: AnyRequest, reader: Reader) -> ListAsked:
    """The filter and search of the list, by the same parameters.
    Raises NotAllowed for deleted customers that the reader may not restore."""
    asked = asked_of(request)
    if asked.show == exporting.DELETED and not may_manage(reader.user):
        raise NotAllowed
    return asked


def _page(
    request: AnyRequest, reader: Reader, template: str, view: dict[str, Any], status: int = 200
) -> Page:
    return screen(request, reader, f"server_only/{template}.html", view, "customers", status)


routes = routed([choose_file, upload, show, decide, progress, discard, export_csv, export_xlsx])
