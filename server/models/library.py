"""The company's library: what somebody may read of it and keep, and what phones must hear of."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from server.models.identity import is_id
from server.models.library_document import LibraryDocument
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


def note_library(session: Session) -> None:
    """After somebody has moved to another territory: their phone hears of each document whether it is still theirs."""
    rows = session.exec(select(LibraryDocument).where(col(LibraryDocument.territory_id).is_not(None)))
    for row in rows:
        note_row(session, "library", row.id, None, gone=row.withdrawn_at is not None)
