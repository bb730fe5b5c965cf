"""Unicode's normal forms, in a time that grows with the text.

The marks above and below a letter are sorted, and that takes Python the square of their number: a note of nothing but
marks would hold up the whole server for minutes. So of more than MOST_MARKS in a row the rest is left out. Unicode
itself knows no letter with more (UAX #15, Stream-Safe Text Format).
"""

import re
import unicodedata
from functools import cache
from typing import Final, Literal

MOST_MARKS: Final = 30
LAST_MARK: Final = 0x1FFFF  # there are none beyond


def normal(form: Literal["NFC", "NFKC", "NFKD"], text: str) -> str:
    if text.isascii():
        return text
    few_marks = text if len(text) <= MOST_MARKS else _too_many().sub(r"\1", text)
    return unicodedata.normalize(form, few_marks)


@cache
def _too_many() -> re.Pattern[str]:
    """Made at the first use, because it goes through all characters."""
    marks = "".join(sign for sign in map(chr, range(0x80, LAST_MARK + 1)) if _is_mark(sign))
    return re.compile(f"([{marks}]{{{MOST_MARKS}}})[{marks}]+")


def _is_mark(sign: str) -> bool:
    """Whether it becomes a mark, such as the half-width sound marks of Japanese, which are none by themselves."""
    return unicodedata.combining(unicodedata.normalize("NFKD", sign)[0]) != 0
