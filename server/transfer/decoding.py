"""From the bytes of a text file to text, in the encoding that they are found to be in. What fits none is refused, so
that no garbled text gets into the database."""

import codecs

from server.transfer.unreadable import Unreadable
from server.translations import msgid

BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
GB18030_BOM = b"\x84\x31\x95\x33"


def decoded(content: bytes) -> str:
    """UTF-8, UTF-16 or GB18030. Raises Unreadable."""
    text = _strictly(content, _encoding(content))
    if text is None:
        raise Unreadable(msgid("The letters of this file cannot be made out. Save it as “CSV UTF-8”."))
    if "\x00" in text or (b"\x00" in content and "\n" not in text and "\r" not in text):
        raise Unreadable(msgid("This is not a text file. Choose a CSV or XLSX file."))
    return text


def _encoding(content: bytes) -> str:
    for bom, encoding in BOMS.items():
        if content.startswith(bom):
            return encoding
    if b"\x00" in content[:4096]:
        return "utf-16-le" if content[1:4096:2].count(0) > content[:4096:2].count(0) else "utf-16-be"
    return "utf-8" if _strictly(content, "utf-8") is not None else "gb18030"


def _strictly(content: bytes, encoding: str) -> str | None:
    try:
        text = content.removeprefix(GB18030_BOM).decode(encoding)
    except UnicodeDecodeError:
        return None
    return text if encoding != "gb18030" or _reads_like_chinese(text) else None


def _reads_like_chinese(text: str) -> bool:
    """Western European bytes can be decoded as GB18030, too, but to characters that nobody uses: "Müller" to "M黮ler".
    Real Chinese consists nearly entirely of the 6,763 characters of the older GB2312."""
    unusual = [letter for letter in text if not letter.isascii()]
    common = sum(_in_gb2312(letter) for letter in unusual[:20_000])
    return common >= 0.8 * len(unusual[:20_000])


def _in_gb2312(letter: str) -> bool:
    try:
        letter.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True
