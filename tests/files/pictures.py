"""Pictures and sounds made for tests, so that none has to be kept in the repository."""

import io
import random
import struct
import zlib

from PIL import Image, PngImagePlugin

PLACE = {1: "N", 2: (53.0, 33.0, 6.0), 3: "E", 4: (9.0, 59.0, 36.0)}
MAKER = "Quokka Phone 9"


def noise(width: int, height: int, seed: int = 1) -> Image.Image:
    return Image.frombytes("RGB", (width, height), random.Random(seed).randbytes(3 * width * height))


def taken(turned: int = 1) -> Image.Exif:
    """What a camera tells: where it was, what it is, which way it was held."""
    exif = Image.Exif()
    exif[0x0110], exif[0x0112] = MAKER, turned
    exif.get_ifd(0x8825).update(PLACE)
    return exif


def jpeg(width: int = 64, height: int = 48, *, seed: int = 1, turned: int = 1) -> bytes:
    written = io.BytesIO()
    noise(width, height, seed).save(written, "JPEG", exif=taken(turned), quality=90, comment=MAKER.encode())
    return written.getvalue()


def png() -> bytes:
    written, told = io.BytesIO(), PngImagePlugin.PngInfo()
    told.add_text("Model", MAKER)
    noise(32, 24).save(written, "PNG", exif=taken(), pnginfo=told)
    return written.getvalue()


def webp() -> bytes:
    written = io.BytesIO()
    noise(32, 24).save(written, "WEBP", exif=taken(), lossless=True)
    return written.getvalue()


def bomb() -> bytes:
    """A few kilobytes that say they are ten thousand million pixels."""
    side = 100_000
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(100_000))), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def immense() -> bytes:
    """A JPEG whose head says that it is four thousand million pixels."""
    content = bytearray(jpeg())
    struct.pack_into(">HH", content, content.index(b"\xff\xc0") + 5, 65_535, 65_535)
    return bytes(content)


def voice(length: int = 4000) -> bytes:
    return b"\x1a\x45\xdf\xa3" + random.Random(3).randbytes(length)
