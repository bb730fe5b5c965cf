"""Documents as people send them: the smallest that are what they say."""

import io
import zipfile
from collections.abc import Mapping

import xlsxwriter

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def zipped(parts: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return written.getvalue()


def excel() -> bytes:
    written = io.BytesIO()
    with xlsxwriter.Workbook(written) as book:
        book.add_worksheet().write_string(0, 0, "Price")
    return written.getvalue()


def older(stream: str) -> bytes:
    """As far as one looks into it: how it begins, and the name of its stream."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le")


def opened(kind: str) -> bytes:
    told = f"application/vnd.oasis.opendocument.{kind}".encode()
    return zipped({"mimetype": told, "content.xml": b"<x/>"})
