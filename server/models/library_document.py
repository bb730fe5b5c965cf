"""A document of the company's library, for everybody or for everybody of a territory."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from server.models.column import key, link, maybe_link, maybe_moment, moment


class DocumentKind(StrEnum):
    CONTRACT = "contract"
    PRICE_LIST = "price_list"
    MANUAL = "manual"
    OTHER = "other"


class LibraryDocument(SQLModel, table=True):
    """`version` counts up whenever another file takes the place of the one before."""

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


class LibraryVersion(SQLModel, table=True):
    """Every version of a document, the present one too. Phones hold only the present one, as LibraryDocument."""

    __tablename__ = "library_versions"

    document_id: str = link("library_documents.id", primary_key=True, index=False)
    version: int = Field(primary_key=True)
    name: str = Field(max_length=200)
    sha256: str = Field(index=True, max_length=64)
    size: int
    media_type: str
    came_at: datetime = moment()
    author_id: str = link("users.id", index=False)
