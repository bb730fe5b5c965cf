"""Finds a file's media type in its bytes. What the sender says it is does not count."""

import io
import zipfile
from typing import Final

from server.models.attachment import DOCUMENTS

STARTS: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\x1a\x45\xdf\xa3", "audio/webm"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"%PDF-", "application/pdf"),
)
# Brands of the MP4 family that are pictures. They are refused: phones turn them into JPEG before they send.
PICTURE_BRANDS: Final = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
OF_ENDING: Final = {ending: media_type for media_type, ending in DOCUMENTS.items()}
# What every Office file of a kind contains: a part of its ZIP, or in the older format a stream of this name.
PARTS: Final = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
STREAMS: Final = {"WordDocument": "doc", "Workbook": "xls", "Book": "xls", "PowerPoint Document": "ppt"}
ENTRY: Final = b"PK\x01\x02"  # begins each entry of a ZIP's directory
MOST_ENTRIES: Final = 20_000  # no document has more, and reading a longer directory would hold up the server
OLDER: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def kind_of(content: bytes) -> str | None:
    """One of the media types in server/models/attachment.py, or None."""
    for start, media_type in STARTS:
        if content.startswith(start):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp":
        return None if content[8:12] in PICTURE_BRANDS else "audio/mp4"
    if content.startswith((b"PK", OLDER)):
        return OF_ENDING.get(_of_office(content))
    is_mpeg = len(content) > 1 and content[0] == 0xFF and content[1] & 0xE6 == 0xE2  # MPEG audio, layer III
    return "audio/mpeg" if is_mpeg else None


def _of_office(content: bytes) -> str:
    """The ending of an office document, such as "docx", or "". Looks only at names in it, and unpacks nothing."""
    if content.startswith(OLDER):
        found = (ending for name, ending in STREAMS.items() if name.encode("utf-16-le") in content)
        return next(found, "")
    if content[30:38] == b"mimetype":
        told = content[38:120].decode("ascii", "replace")
        known = (media_type for media_type in DOCUMENTS if told.startswith(media_type + "PK"))
        return DOCUMENTS.get(next(known, ""), "")
    if content.count(ENTRY) > MOST_ENTRIES:
        return ""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, RuntimeError):
        return ""
    return next((ending for part, ending in PARTS.items() if part in names), "")
