"""What search compares and lists sort by.

`fold` has a twin in sync/fold.js; tests/shared_cases/fold.json holds both to it.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

# Letters that Unicode does not take apart, as people type them on a keyboard without them.
_PLAIN = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ς": "σ"}
)
_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_NOT_DIALLED = re.compile(r"[^0-9]")
_FIGURES = re.compile(r"[0-9.\-]*")
_SPACES = re.compile(r"[ \t\n\r\u00a0\u3000]+")


def fold(text: str) -> str:
    """Case, accents, widths and runs of spaces do not matter when one looks for something."""
    if text.isascii():
        return _SPACES.sub(" ", text).strip(" ").lower()
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in apart if unicodedata.category(letter) != "Mn")
    return _SPACES.sub(" ", bare.lower().translate(_PLAIN)).strip(" ")


def sort_key(name: str) -> str:
    """北京 sorts as beijing, Émile as emile."""
    return fold("".join(_pinyin(name))) if _CHINESE.search(name) else fold(name)


def by_name(row: Any) -> tuple[str, str]:
    """How people, teams and territories sort, the same on phones and whatever language the database sorts in.

    `row` has `name` and `id`.
    """
    return fold(row.name), row.id


def search_text(
    name: str, region: str | None = None, phone: str | None = None, further: Sequence[str] = ()
) -> str:
    """The folded name, how it is typed with a Latin keyboard, region, phone as written and as dialled, and the rest.

    `further`: values of a company's own fields; of them only those that are words.
    """
    words = [fold(name)]
    if _CHINESE.search(name):
        syllables = _pinyin(name)
        words += [fold("".join(part[:1] for part in syllables)), fold("".join(syllables))]
    words += [fold(part) for part in (region, phone) if part]
    dialled = _NOT_DIALLED.sub("", phone or "")
    words += [dialled] if dialled and dialled != phone else []
    return " ".join([*words, *(fold(text) for text in further if is_words(text))])


def is_words(text: str) -> bool:
    """Dates and numbers would be found by every telephone number, and a yes says nothing by itself."""
    return text not in ("yes", "no") and not _FIGURES.fullmatch(text)


@lru_cache(maxsize=4096)
def _pinyin(name: str) -> tuple[str, ...]:
    # Its dictionaries take a while to load: only who has Chinese names waits.
    from pypinyin import lazy_pinyin

    return tuple(word for part in lazy_pinyin(name) for word in part.split())
