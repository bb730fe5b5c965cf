"""What is kept of a picture: every bit of it, and nothing of where it was taken."""

import io
import subprocess
import sys

import pytest
from PIL import Image, ImageChops

from server.files.kinds import kind_of
from server.files.pictures import NotAPicture, cleaned, thumbnail
from server.render import ROOT
from tests.files.pictures import MAKER, bomb, immense, jpeg, png, voice, webp

PICTURES = {"image/jpeg": jpeg(), "image/png": png(), "image/webp": webp()}


@pytest.mark.parametrize("media_type", PICTURES)
def test_a_picture_keeps_its_pixels_and_loses_its_place(media_type: str) -> None:
    content = PICTURES[media_type]
    assert MAKER.encode() in content
    kept = cleaned(content, media_type)
    assert MAKER.encode() not in kept
    with Image.open(io.BytesIO(content)) as before, Image.open(io.BytesIO(kept)) as after:
        assert before.getexif().get_ifd(0x8825)
        assert not after.getexif().get_ifd(0x8825)
        assert ImageChops.difference(before.convert("RGB"), after.convert("RGB")).getbbox() is None


def test_a_picture_stays_upright() -> None:
    content = jpeg(64, 48, turned=6)
    kept = cleaned(content, "image/jpeg")
    with Image.open(io.BytesIO(kept)) as after:
        assert dict(after.getexif()) == {0x0112: 6}
    with Image.open(io.BytesIO(thumbnail(kept, "image/jpeg"))) as small:
        assert small.size == (48, 64)


def test_nothing_hides_behind_the_end_of_a_picture() -> None:
    content = jpeg() + b"ftypmp42 a film, with its place"
    assert b"a film" not in cleaned(content, "image/jpeg")


def test_thumbnails_are_small() -> None:
    with Image.open(io.BytesIO(thumbnail(jpeg(1600, 800), "image/jpeg"))) as small:
        assert small.size == (320, 160)
        assert small.format == "JPEG"


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"\xff\xd8\xff\xe0 not much of a picture", "image/jpeg"),
        (jpeg()[:400], "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "image/png"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8X", "image/webp"),
        (bomb(), "image/png"),
        (immense(), "image/jpeg"),
    ],
)
def test_what_cannot_be_looked_at_is_no_picture(content: bytes, media_type: str) -> None:
    with pytest.raises(NotAPicture):
        thumbnail(cleaned(content, media_type), media_type)


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        *((content, media_type) for media_type, content in PICTURES.items()),
        (voice(), "audio/webm"),
        (b"OggS\x00\x02", "audio/ogg"),
        (b"\x00\x00\x00\x18ftypM4A \x00", "audio/mp4"),
        (b"ID3\x04\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\x00\x00\x00\x18ftypheic\x00", None),
        (b"\x00\x00\x00\x18ftypavif\x00", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"<!doctype html><script>alert(1)</script>", None),
        (b"GIF89a", None),
        (b"%PDF-1.7", "application/pdf"),
        (b"\xff", None),
        (b"", None),
    ],
)
def test_what_something_is_is_found_by_looking_into_it(content: bytes, media_type: str | None) -> None:
    assert kind_of(content) == media_type


UNPACKED_AT_ONCE = """
import io, resource, sys, threading
from PIL import Image
from server.files.pictures import thumbnail

files = []
for form in ("WEBP", "PNG"):
    written = io.BytesIO()
    Image.new("RGBA", (7000, 7000)).save(written, form)
    files.append((written.getvalue(), f"image/{form.lower()}"))
many = [threading.Thread(target=thumbnail, args=files[number % 2]) for number in range(6)]
for one in many:
    one.start()
for one in many:
    one.join()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_many_large_pictures_need_the_memory_of_one() -> None:
    """Six that come at once, of 100 kilobytes each, took three gigabytes."""
    done = subprocess.run(
        [sys.executable, "-c", UNPACKED_AT_ONCE], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 1200, "megabytes"
