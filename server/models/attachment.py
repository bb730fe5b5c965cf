"""A photo or voice note of a visit, or a file of a customer or an opportunity: what the phone says about bytes that it
sends separately (server/files)."""

from datetime import datetime
from typing import Final

from sqlmodel import Field, SQLModel

from server.models.column import key, link, maybe_link, maybe_moment, moment

PICTURES: Final = ("image/jpeg", "image/png", "image/webp")
SOUNDS: Final = ("audio/webm", "audio/ogg", "audio/mp4", "audio/mpeg")
MEDIA_TYPES: Final = (*PICTURES, *SOUNDS)
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_OPEN: Final = "application/vnd.oasis.opendocument"
# Each with the ending under which a browser saves it, whatever its name ends with.
DOCUMENTS: Final = {
    "application/pdf": "pdf",
    f"{_OFFICE}.wordprocessingml.document": "docx",
    f"{_OFFICE}.spreadsheetml.sheet": "xlsx",
    f"{_OFFICE}.presentationml.presentation": "pptx",
    f"{_OPEN}.text": "odt",
    f"{_OPEN}.spreadsheet": "ods",
    f"{_OPEN}.presentation": "odp",
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-powerpoint": "ppt",
}
FILE_TYPES: Final = (*PICTURES, *DOCUMENTS)
ENDINGS: Final = {**DOCUMENTS, "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
MOST_BYTES: Final = 20_000_000


class Attachment(SQLModel, table=True):
    """`received_at`: when this author sent the whole bytes. Until then it opens nothing, even if the server has a file
    with this hash from somebody else: knowing a hash must not give access to a file."""

    __tablename__ = "attachments"
    __collection__ = "attachments"

    id: str = key()
    visit_id: str | None = maybe_link("visits.id")  # None: a file of the customer, or of the opportunity
    opportunity_id: str | None = maybe_link("opportunities.id")
    customer_id: str = link("customers.id")
    author_id: str = link("users.id", index=False)
    name: str | None = Field(default=None, max_length=200)  # the file's name; None for photos and voice notes
    sha256: str = Field(index=True, max_length=64)  # of the bytes as the phone sends them
    size: int  # in bytes, as the phone says
    media_type: str  # as the phone says
    created_at: datetime = moment()
    received_at: datetime | None = maybe_moment()
    # When its bytes were found to be of another kind than it takes.
    refused_at: datetime | None = maybe_moment()
    withdrawn_at: datetime | None = maybe_moment()

    def takes(self, media_type: str) -> bool:
        """A visit has photos and voice notes; customers and opportunities have pictures and documents."""
        return media_type in (FILE_TYPES if self.visit_id is None else MEDIA_TYPES)
