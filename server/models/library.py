"""The company's library: which documents somebody may read, and which they keep (change and withdraw)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from server.models.file import File
from server.models.identity import is_id
from server.models.library_document import LibraryDocument, LibraryVersion
from server.models.refusal import NotAllowed
from server.models.revision import note_row
from server.models.scope import keeps_documents_of, library_for
from server.models.user import User


def library_of(session: Session, user: User) -> Sequence[LibraryDocument]:
    query = select(LibraryDocument).where(col(LibraryDocument.withdrawn_at).is_(None), library_for(user))
    return session.exec(query.order_by(col(LibraryDocument.id))).all()


def document_to_keep(session: Session, user: User, document_id: str) -> LibraryDocument:
    found = session.get(LibraryDocument, document_id) if is_id(document_id) else None
    if found is None or found.withdrawn_at is not None or not keeps_documents_of(user, found.territory_id):
        raise NotAllowed
    return found


def versions_of(session: Session, document: LibraryDocument) -> Sequence[tuple[LibraryVersion, str]]:
    """Each with the name of who brought it, the newest first."""
    query = select(LibraryVersion, User.name).join(User, col(User.id) == col(LibraryVersion.author_id))
    mine = query.where(col(LibraryVersion.document_id) == document.id)
    return session.exec(mine.order_by(col(LibraryVersion.version).desc())).all()


def next_version(
    document: LibraryDocument | None, user: User, now: datetime, of: File | LibraryVersion, name: str
) -> dict[str, Any]:
    """The columns of a document's next version; `document` None: of its first.
    {} if the file is the one that is there already."""
    if document is not None and document.sha256 == of.sha256:
        return {}
    told = {"sha256": of.sha256, "size": of.size, "media_type": of.media_type, "name": name}
    return {
        **told,
        "version": document.version + 1 if document else 1,
        "updated_at": now,
        "author_id": user.id,
    }


def keep_version(session: Session, document: LibraryDocument) -> None:
    """Adds the document, and a row for its present version if there is none yet."""
    session.add(document)
    session.flush()
    if session.get(LibraryVersion, (document.id, document.version)) is None:
        same: dict[str, Any] = {
            name: getattr(document, name) for name in ("version", "name", "sha256", "size", "media_type")
        }
        whose: dict[str, Any] = {
            "document_id": document.id,
            "came_at": document.updated_at,
            "author_id": document.author_id,
        }
        session.add(LibraryVersion(**same, **whose))


def note_library(session: Session) -> None:
    """Call it after somebody's role or territory has changed:
    all phones then hear of every document of a territory, and keep or drop it."""
    rows = session.exec(select(LibraryDocument).where(col(LibraryDocument.territory_id).is_not(None)))
    for row in rows:
        note_row(session, "library", row.id, None, gone=row.withdrawn_at is not None)
