"""A photo or a voice note of a visit: what the phone says of it first, and whether its bytes have come since."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from server.models.column import key, link, maybe_moment, moment

PICTURES = ("image/jpeg", "image/png", "image/webp")
SOUNDS = ("audio/webm", "audio/ogg", "audio/mp4", "audio/mpeg")
MEDIA_TYPES = (*PICTURES, *SOUNDS)
MOST_BYTES = 20_000_000


class Attachment(SQLModel, table=True):
    """`received_at`: when its author sent these very bytes: nobody gets at a file by knowing its hash."""

    __tablename__ = "attachments"
    __collection__ = "attachments"

    id: str = key()
    visit_id: str = link("visits.id")
    customer_id: str = link("customers.id")
    author_id: str = link("users.id", index=False)
    sha256: str = Field(index=True, max_length=64)  # of the bytes as the phone sends them
    size: int
    media_type: str  # as the phone says
    created_at: datetime = moment()
    received_at: datetime | None = maybe_moment()
    refused_at: datetime | None = maybe_moment()  # when its bytes were found to be something else
    withdrawn_at: datetime | None = maybe_moment()
