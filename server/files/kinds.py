"""What bytes are, by looking into them: what somebody says they are counts for nothing."""

from typing import Final

STARTS: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\x1a\x45\xdf\xa3", "audio/webm"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
)
# Brands of the MP4 family that are pictures: phones turn them into JPEG before they send.
PICTURE_BRANDS: Final = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis")


def kind_of(content: bytes) -> str | None:
    """A media type of ours, or None."""
    for start, media_type in STARTS:
        if content.startswith(start):
            return media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp":
        return None if content[8:12] in PICTURE_BRANDS else "audio/mp4"
    is_mpeg = len(content) > 1 and content[0] == 0xFF and content[1] & 0xE6 == 0xE2  # MPEG audio, layer III
    return "audio/mpeg" if is_mpeg else None
