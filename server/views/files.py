"""Files of a customer or an opportunity: name, size, author, date. Twin of pwa/views/files.js."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from server.models.attachment import ENDINGS, PICTURES, Attachment
from server.models.scope import manages, may_write
from server.views.reader import Reader, joined


def files(
    attachments: Sequence[Attachment],
    people: Mapping[str, str],
    reader: Reader,
    sales: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """The latest first. `sales`: names of opportunities by id, to say which one a file belongs to."""
    there = [row for row in attachments if row.visit_id is None]
    there.sort(key=lambda row: (row.created_at, row.id), reverse=True)
    return [_row(row, people, reader, sales or {}) for row in there]


def _row(
    row: Attachment, people: Mapping[str, str], reader: Reader, sales: Mapping[str, str]
) -> dict[str, Any]:
    t, writes = reader.t, may_write(reader.user)
    said_of = sales.get(row.opportunity_id or "", "")
    who, when = people.get(row.author_id, ""), reader.moment(row.created_at)
    tag, kind = "", ""
    if row.refused_at:
        tag, kind = t("refused"), "late"
    elif not row.received_at:
        tag, kind = t("not sent yet"), "due"
    return {
        "id": row.id,
        "name": row.name or "",
        "href": file_href(row.sha256, row.name or "", row.media_type) if row.received_at else "",
        "detail": joined(size_text(row.size), who, when, said_of),
        "is_picture": row.media_type in PICTURES,
        "tag": tag,
        "tag_kind": kind,
        "may_remove": writes and (row.author_id == reader.user.id or manages(reader.user)),
    }


def file_href(sha256: str, name: str, media_type: str) -> str:
    """The address of a file. Its extension is that of the media type, whatever the file is called: browsers save a file
    under the last part of its address."""
    ending, bare = f".{ENDINGS.get(media_type, '')}", name.replace("/", "-")
    named = bare if bare.lower().endswith(ending) else bare + ending
    return f"/files/{sha256}/{quote(named, safe='')}"


def size_text(size: int) -> str:
    if size < 1_000_000:
        return f"{(size + 999) // 1000} KB"
    tenths = (size + 50_000) // 100_000
    return f"{tenths // 10}.{tenths % 10} MB"
