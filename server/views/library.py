"""The company's library. Its twin pwa/views/library.js also knows which documents the phone keeps."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from server import words
from server.account_form import AccountForm
from server.models.library import library_of, versions_of
from server.models.library_document import DocumentKind, LibraryDocument
from server.models.scope import ALL_SEEING_ROLES, keeps_documents_of, manages
from server.models.workspace import territories
from server.search_text import fold
from server.views.files import file_href, size_text
from server.views.form import options_of
from server.views.labels import DOCUMENT_KINDS, options, said
from server.views.reader import Reader, joined


def library(session: Session, reader: Reader, q: str) -> dict[str, Any]:
    t, there = reader.t, library_of(session, reader.user)
    asked = fold(q[:100]).split()
    hits = [row for row in there if all(word in _line(row, reader) for word in asked)]
    return {
        "title": t("Library"),
        "about": t("Contract templates, price lists and manuals of the company."),
        "refused": "",
        "q": q,
        "may_add": manages(reader.user),
        "rows": [_row(row, reader) for row in sorted(hits, key=lambda row: (fold(row.title), row.id))],
        "empty_text": t("Nothing is called that.") if there else t("There is nothing in the library yet."),
    }


def _line(row: LibraryDocument, reader: Reader) -> str:
    return fold(f"{row.title} {row.name} {said(reader.t, DOCUMENT_KINDS, row.kind)}")


def _row(row: LibraryDocument, reader: Reader) -> dict[str, Any]:
    return {
        "title": row.title,
        "detail": described(row, reader),
        "href": file_href(row.sha256, row.name, row.media_type),
        "tag": "",
        "tag_kind": "",
        "pin_href": "",
        "pinned": False,
        "edit_href": f"/library/{row.id}/edit" if keeps_documents_of(reader.user, row.territory_id) else "",
    }


def described(row: LibraryDocument, reader: Reader) -> str:
    t = reader.t
    day = words.short_date(reader.day_of(row.updated_at), reader.today, reader.locale)
    version = t("version %(n)s", n=row.version)
    return joined(said(t, DOCUMENT_KINDS, row.kind), version, day, size_text(row.size))


def document_page(
    session: Session, reader: Reader, row: LibraryDocument | None, form: AccountForm | None
) -> dict[str, Any]:
    t = reader.t
    form = form or AccountForm(t, _written(row) if row else {})
    return {
        "title": row.title if row else t("New document"),
        "line": described(row, reader) if row else "",
        "action": f"/library/{row.id}" if row else "/library",
        "remove_href": f"/library/{row.id}/remove" if row else "",
        "versions": _versions(session, row, reader) if row and row.version > 1 else [],
        "name": form.field("title", t("Title")),
        "kind": form.choices("kind", t("Kind"), options(t, DOCUMENT_KINDS, form.value("kind"))),
        "territory": form.choices(
            "territory_id", t("For"), territory_options(session, reader, form.value("territory_id"))
        ),
        "file": {
            "label": t("A newer version, if there is one") if row else t("File"),
            "hint": t("PDF, Word, Excel, PowerPoint, OpenDocument or a picture, up to 20 MB."),
            "error": form.error("file"),
        },
    }


def _versions(session: Session, row: LibraryDocument, reader: Reader) -> list[dict[str, Any]]:
    """The versions to choose from; none if there is only one. Versions from before they were listed are not known."""
    t, kept = reader.t, versions_of(session, row)
    if len(kept) < 2:
        return []
    return [
        {
            "name": t("Version %(n)s", n=one.version),
            "file": one.name,
            "detail": joined(author, reader.moment(one.came_at), size_text(one.size)),
            "href": file_href(one.sha256, one.name, one.media_type),
            "tag": t("in use") if one.version == row.version else "",
            "use_href": f"/library/{row.id}/versions/{one.version}/use" if one.sha256 != row.sha256 else "",
        }
        for one, author in kept
    ]


def _written(row: LibraryDocument) -> dict[str, Sequence[str]]:
    return {"title": [row.title], "kind": [row.kind], "territory_id": [row.territory_id or ""]}


def territory_options(session: Session, reader: Reader, chosen: str) -> list[dict[str, Any]]:
    """The territories that the user may file documents under; managers only their own."""
    user = reader.user
    everybody = user.role in ALL_SEEING_ROLES or user.territory_id is None
    first = [("", reader.t("All territories"))] if everybody else []
    kept = [(one.id, one.name) for one in territories(session) if keeps_documents_of(user, one.id)]
    return options_of([*first, *kept], chosen)


KINDS = tuple(DocumentKind)
