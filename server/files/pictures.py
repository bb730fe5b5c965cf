"""Pictures as they are stored: the pixels bit for bit as they were sent, without the metadata that tells where, when
and with which device they were taken."""

import io
import struct
import threading
import warnings
from collections.abc import Iterator
from typing import Final

from PIL import Image, ImageOps

THUMBNAIL_PX: Final = 320
MOST_PIXELS: Final = 50_000_000
ORIENTATION: Final = 0x0112
# A picture of a few kilobytes can unpack to hundreds of megabytes. So only one is unpacked at a time; and it is
# unpacked into large blocks, because the system takes those of more than 32 megabytes back as soon as they are free.
UNPACKING: Final = threading.Lock()
Image.core.set_block_size(64 * 1024**2)  # type: ignore[attr-defined]
SCALED: Final = ("L", "RGB", "RGBA", "CMYK")  # modes whose pixels can be averaged
FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
# Segments with metadata: EXIF and XMP, Photoshop's, comments. The colour profile (APP2) stays.
METADATA_OF_JPEG: Final = {0xE1, 0xED, 0xFE}
METADATA_OF_PNG: Final = {b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"}
METADATA_OF_WEBP: Final = {b"EXIF", b"XMP "}
FLAGS_OF_WEBP: Final = 0b1100  # in VP8X: there is EXIF, there is XMP
# What is raised for a picture that is damaged, or claims to be immense.
UNREADABLE: Final = (
    struct.error, IndexError, OSError, SyntaxError, ValueError,
    Image.DecompressionBombWarning, Image.DecompressionBombError,
)  # fmt: skip


class NotAPicture(Exception):  # noqa: N818  (an answer, not a failure)
    """The bytes are no picture, or a damaged one, or one that is too large to be unpacked."""


def cleaned(content: bytes, media_type: str) -> bytes:
    """The picture without its metadata, but for which way is up. Raises NotAPicture."""
    clean = {"image/jpeg": _clean_jpeg, "image/png": _clean_png, "image/webp": _clean_webp}[media_type]
    try:
        return clean(content)
    except UNREADABLE:
        raise NotAPicture from None


def thumbnail(content: bytes, media_type: str) -> bytes:
    """A JPEG of at most 320 × 320 pixels. Unpacks the whole picture,
    so it raises NotAPicture for any that is damaged."""
    try:
        with UNPACKING, warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=[FORMATS[media_type]]) as picture:
                return _small(picture)
    except UNREADABLE:
        raise NotAPicture from None


def _small(picture: Image.Image) -> bytes:
    if picture.width * picture.height > MOST_PIXELS:
        raise NotAPicture
    # thumbnail() comes first: it lets a JPEG be read at an eighth of its size, and all else then works on few pixels.
    scaled = picture if picture.mode in SCALED else picture.convert("RGB")
    scaled.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX))
    upright = ImageOps.exif_transpose(scaled).convert("RGB")
    written = io.BytesIO()
    upright.save(written, "JPEG", quality=80)
    return written.getvalue()


def _clean_jpeg(content: bytes) -> bytes:
    kept, at = [b"\xff\xd8", _upright(content)], 2
    while content[at] == 0xFF and content[at + 1] != 0xDA:
        (length,) = struct.unpack_from(">H", content, at + 2)
        if content[at + 1] not in METADATA_OF_JPEG:
            kept.append(content[at : at + 2 + length])
        at += 2 + length
    end = content.rfind(b"\xff\xd9") + 2  # some phones append a second picture or a film to it
    return b"".join([*kept, content[at : end if end > at else None]])


def _upright(content: bytes) -> bytes:
    """An EXIF segment with nothing but the picture's orientation; empty if it is upright already."""
    with Image.open(io.BytesIO(content), formats=["JPEG"]) as picture:
        turned = picture.getexif().get(ORIENTATION, 1)
    if turned not in range(2, 9):
        return b""
    exif = Image.Exif()
    exif[ORIENTATION] = turned
    told = exif.tobytes()
    return b"\xff\xe1" + struct.pack(">H", len(told) + 2) + told


def _clean_png(content: bytes) -> bytes:
    return content[:8] + b"".join(
        content[start:end] for name, start, end in _chunks_of_png(content) if name not in METADATA_OF_PNG
    )


def _chunks_of_png(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    at = 8
    while at < len(content):
        length, name = struct.unpack_from(">I4s", content, at)
        yield name, at, at + 12 + length
        if name == b"IEND":
            return
        at += 12 + length


def _clean_webp(content: bytes) -> bytes:
    kept, at = [], 12
    while at < len(content):
        name, length = struct.unpack_from("<4sI", content, at)
        end = at + 8 + length + length % 2
        if name == b"VP8X":
            flags = content[at + 8] & ~FLAGS_OF_WEBP
            kept.append(content[at : at + 8] + bytes([flags]) + content[at + 9 : end])
        elif name not in METADATA_OF_WEBP:
            kept.append(content[at:end])
        at = end
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
