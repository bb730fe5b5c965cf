"""The texts that search compares and that lists are sorted by.

`fold` has a twin in sync/fold.js; tests/shared_cases/fold.json holds both to it.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from server.normal_form import normal

# Letters that Unicode does not decompose, as people type them on keyboards that lack them.
_PLAIN = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ς": "σ"}
)
_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_NOT_DIALLED = re.compile(r"[^0-9]")
_FIGURES = re.compile(r"[0-9.\-]*")
_SPACES = re.compile(r"[ \t\n\r\u00a0\u3000]+")


def fold(text: str) -> str:
    """The text without differences that a search ignores: case, accents, widths, runs of spaces."""
    if text.isascii():
        return _SPACES.sub(" ", text).strip(" ").lower()
    apart = normal("NFKD", text)
    bare = "".join(letter for letter in apart if unicodedata.category(letter) != "Mn")
    return _SPACES.sub(" ", bare.lower().translate(_PLAIN)).strip(" ")


def sort_key(name: str) -> str:
    """北京 sorts as beijing, Émile as emile."""
    return fold("".join(_pinyin(name))) if _CHINESE.search(name) else fold(name)


def by_name(row: Any) -> tuple[str, str]:
    """The sort key of people, teams, territories and products: the same on phones, and independent of the database's
    collation. `row` has `name` and `id`."""
    return fold(row.name), row.id


def search_text(
    name: str, region: str | None = None, phone: str | None = None, further: Sequence[str] = ()
) -> str:
    """What a customer is found by: the folded name, its pinyin initials and pinyin, region, phone as written and as
    dialled, and `further`: values of custom fields, as far as they are words."""
    words = [fold(name)]
    if _CHINESE.search(name):
        syllables = _pinyin(name)
        words += [fold("".join(part[:1] for part in syllables)), fold("".join(syllables))]
    words += [fold(part) for part in (region, phone) if part]
    dialled = _NOT_DIALLED.sub("", phone or "")
    words += [dialled] if dialled and dialled != phone else []
    return " ".join([*words, *(fold(text) for text in further if is_words(text))])


def is_words(text: str) -> bool:
    """Whether a value is worth searching: dates and numbers would be found by parts of telephone numbers,
    and "yes" says nothing by itself."""
    return text not in ("yes", "no") and not _FIGURES.fullmatch(text)


@lru_cache(maxsize=4096)
def _pinyin(name: str) -> tuple[str, ...]:
    # Imported here, because its dictionaries take a while to load and only Chinese names need them.
    from pypinyin import lazy_pinyin

    return tuple(word for part in lazy_pinyin(name) for word in part.split())
