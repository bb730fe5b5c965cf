"""Files by the hash of their bytes, each kept once, and uploads: files that are still coming, a piece at a time."""

from datetime import datetime, timedelta

from sqlmodel import Field, Session, SQLModel, col, select

from server.models.attachment import Attachment
from server.models.column import json_list, link, moment
from server.models.customer import Customer
from server.models.library_document import LibraryDocument, LibraryVersion
from server.models.scope import in_sight_of, library_for, library_kept_by
from server.models.user import User

UNFINISHED_FOR = timedelta(days=30)


class File(SQLModel, table=True):
    """A file that came whole. It never changes and is never removed."""

    __tablename__ = "files"

    sha256: str = Field(primary_key=True, max_length=64)  # of the bytes as they were sent
    stored_sha256: str = Field(max_length=64)  # of the bytes as they are stored: photos without their place
    size: int  # of the bytes as they are stored
    media_type: str  # as the server found by looking into the bytes
    created_at: datetime = moment()


class Upload(SQLModel, table=True):
    """A file that a user has begun to send. Nobody else can go on with it: another user's upload is another row."""

    __tablename__ = "uploads"

    sha256: str = Field(primary_key=True, max_length=64)
    user_id: str = link("users.id", primary_key=True)
    size: int
    received: int = 0
    pieces: list[str] = json_list()  # their names in the store, in order
    updated_at: datetime = moment(index=True)


def expired(session: Session, now: datetime) -> list[Upload]:
    query = select(Upload).where(col(Upload.updated_at) < now - UNFINISHED_FOR)
    return list(session.exec(query.limit(20)))


def of_author(session: Session, user: User, sha256: str) -> list[Attachment]:
    """The user's attachments with this file, also those that were taken off: Undo may bring them back, and the phone
    does not send the bytes twice."""
    query = select(Attachment).where(Attachment.author_id == user.id, Attachment.sha256 == sha256)
    return list(session.exec(query))


def may_fetch(session: Session, user: User, sha256: str) -> bool:
    """Whether the user may read this file: as an attachment of a customer they see; as the present version of a
    document in their library; or as an older version of a document that they keep."""
    query = (
        select(Attachment.id)
        .join(Customer, col(Customer.id) == col(Attachment.customer_id))
        .where(col(Customer.deleted_at).is_(None), in_sight_of(user), Attachment.sha256 == sha256)
        .where(col(Attachment.received_at).is_not(None), col(Attachment.withdrawn_at).is_(None))
    )
    if session.exec(query.limit(1)).first() is not None:
        return True
    listed = select(LibraryDocument.id).where(
        LibraryDocument.sha256 == sha256, col(LibraryDocument.withdrawn_at).is_(None), library_for(user)
    )
    if session.exec(listed.limit(1)).first() is not None:
        return True
    older = select(LibraryVersion.version).join(
        LibraryDocument, col(LibraryDocument.id) == col(LibraryVersion.document_id)
    )
    older = older.where(LibraryVersion.sha256 == sha256, col(LibraryDocument.withdrawn_at).is_(None))
    return session.exec(older.where(library_kept_by(user)).limit(1)).first() is not None
