"""Pictures as they are kept: as sent, bit for bit, but without what tells where and with what they were taken."""

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
# Kilobytes of a picture of one colour unpack to hundreds of megabytes: no two are unpacked at once, and what one took
# is given back at once, as the system does with blocks of more than 32 megabytes.
UNPACKING: Final = threading.Lock()
Image.core.set_block_size(64 * 1024**2)  # type: ignore[attr-defined]
SCALED: Final = ("L", "RGB", "RGBA", "CMYK")  # how pixels are told where means can be taken of them
FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
# EXIF, XMP and Photoshop's; a comment. The profile of colours (APP2) stays.
TOLD_IN_JPEG: Final = {0xE1, 0xED, 0xFE}
TOLD_IN_PNG: Final = {b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"}
TOLD_IN_WEBP: Final = {b"EXIF", b"XMP "}
FLAGS_IN_WEBP: Final = 0b1100  # of VP8X: there is EXIF, there is XMP
# What is said of one that is damaged, or says that it is immense.
UNREADABLE: Final = (
    struct.error, IndexError, OSError, SyntaxError, ValueError,
    Image.DecompressionBombWarning, Image.DecompressionBombError,
)  # fmt: skip


class NotAPicture(Exception):  # noqa: N818  (an answer, not a failure)
    """Or one that is too large to be looked at."""


def cleaned(content: bytes, media_type: str) -> bytes:
    clean = {"image/jpeg": _clean_jpeg, "image/png": _clean_png, "image/webp": _clean_webp}[media_type]
    try:
        return clean(content)
    except UNREADABLE:
        raise NotAPicture from None


def thumbnail(content: bytes, media_type: str) -> bytes:
    """A JPEG of at most 320 × 320. Reads the whole picture: what cannot be read is none."""
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
    # A JPEG is read at an eighth where that will do; all others are made small before anything else is made of them.
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
        if content[at + 1] not in TOLD_IN_JPEG:
            kept.append(content[at : at + 2 + length])
        at += 2 + length
    end = content.rfind(b"\xff\xd9") + 2  # behind it phones put a second picture, or a film
    return b"".join([*kept, content[at : end if end > at else None]])


def _upright(content: bytes) -> bytes:
    """The one thing of the EXIF that the picture needs: which way is up."""
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
        content[start:end] for name, start, end in _chunks_of_png(content) if name not in TOLD_IN_PNG
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
            flags = content[at + 8] & ~FLAGS_IN_WEBP
            kept.append(content[at : at + 8] + bytes([flags]) + content[at + 9 : end])
        elif name not in TOLD_IN_WEBP:
            kept.append(content[at:end])
        at = end
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
