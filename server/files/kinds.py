"""What bytes are, by looking into them: what somebody says they are counts for nothing."""

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
# Brands of the MP4 family that are pictures: phones turn them into JPEG before they send.
PICTURE_BRANDS: Final = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis")
OF_ENDING: Final = {ending: media_type for media_type, ending in DOCUMENTS.items()}
# What each of Office's files cannot be without: in a ZIP, and in the older ones among the names of their streams.
PARTS: Final = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
STREAMS: Final = {"WordDocument": "doc", "Workbook": "xls", "Book": "xls", "PowerPoint Document": "ppt"}
ENTRY: Final = b"PK\x01\x02"  # of a ZIP's list of what is in it
MOST_ENTRIES: Final = (
    20_000  # no document has so many parts, and to read a longer list takes seconds from everybody
)
OLDER: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def kind_of(content: bytes) -> str | None:
    """A media type of ours, or None."""
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
    """An ending, or nothing. Only names are looked at: nothing is unpacked."""
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
