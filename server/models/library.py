"""The company's library: documents that everybody needs, or everybody of a territory."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement
from sqlmodel import Field, Session, SQLModel, col, or_, select, true

from server.models.column import key, link, maybe_link, maybe_moment, moment
from server.models.identity import is_id
from server.models.refusal import NotAllowed
from server.models.revision import note_row
from server.models.scope import ALL_SEEING_ROLES
from server.models.user import Role, User


class DocumentKind(StrEnum):
    CONTRACT = "contract"
    PRICE_LIST = "price_list"
    MANUAL = "manual"
    OTHER = "other"


class LibraryDocument(SQLModel, table=True):
    """`version` counts up when a newer file takes the place of the one before."""

    __tablename__ = "library_documents"
    __collection__ = "library"

    id: str = key()
    title: str = Field(max_length=200)
    kind: str = Field(max_length=10)
    territory_id: str | None = maybe_link("territories.id")  # None: for all
    version: int = 1
    name: str = Field(max_length=200)
    sha256: str = Field(index=True, max_length=64)
    size: int
    media_type: str
    created_at: datetime = moment()
    updated_at: datetime = moment()  # when this version came
    author_id: str = link("users.id", index=False)  # of this version
    withdrawn_at: datetime | None = maybe_moment()


def for_reader(user: User) -> ColumnElement[bool]:
    """What of the library somebody may read, and phones hold: that for all, and that of the own territory."""
    if user.role in ALL_SEEING_ROLES:
        return true()
    territory = col(LibraryDocument.territory_id)
    return or_(territory.is_(None), territory == user.territory_id)


def library_of(session: Session, user: User) -> Sequence[LibraryDocument]:
    query = select(LibraryDocument).where(col(LibraryDocument.withdrawn_at).is_(None), for_reader(user))
    return session.exec(query.order_by(col(LibraryDocument.id))).all()


def keeps(user: User, territory_id: str | None) -> bool:
    """A manager keeps what is of the own territory; what is for all, too, where there is none."""
    if user.role == Role.ADMIN:
        return True
    return user.role == Role.MANAGER and (user.territory_id is None or territory_id == user.territory_id)


def document_to_keep(session: Session, user: User, document_id: str) -> LibraryDocument:
    found = session.get(LibraryDocument, document_id) if is_id(document_id) else None
    if found is None or found.withdrawn_at is not None or not keeps(user, found.territory_id):
        raise NotAllowed
    return found


def note_library(session: Session) -> None:
    """After somebody has moved to another territory: their phone hears of each document whether it is still theirs."""
    rows = session.exec(select(LibraryDocument).where(col(LibraryDocument.territory_id).is_not(None)))
    for row in rows:
        note_row(session, "library", row.id, None, gone=row.withdrawn_at is not None)
