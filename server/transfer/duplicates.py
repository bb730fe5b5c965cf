"""Whether two lines of a spreadsheet, or a line and a customer, mean the same company."""

import re

from server.search_text import fold

_LATIN_FORMS = frozenset(
    {
        "gmbh",
        "mbh",
        "co",
        "kg",
        "ag",
        "ug",
        "ohg",
        "gbr",
        "ev",
        "ltd",
        "limited",
        "inc",
        "incorporated",
        "llc",
        "llp",
    }
    | {
        "plc",
        "corp",
        "corporation",
        "company",
        "sa",
        "sarl",
        "sas",
        "srl",
        "spa",
        "bv",
        "nv",
        "oy",
        "ab",
        "as",
        "aps",
    }
    | {"sro", "doo", "pty", "pte", "the", "and", "und"}
)
_CHINESE_FORMS = re.compile(r"(股份有限公司|有限责任公司|集团有限公司|有限公司|集团公司|集团|公司|厂)$")
_SEPARATORS = re.compile(r"[\W_]+")
# Longer than any number within a country and its area; what stands before it is +86, 0049 or 0.
SIGNIFICANT_DIGITS = 10
SHORTEST_TELEPHONE_NUMBER = 7


def company_key(name: str) -> str:
    """The name without case, accents, punctuation and legal form. A name that is nothing else keeps it."""
    words = [word for word in _SEPARATORS.split(fold(name)) if word]
    bare = "".join(word for word in words if word not in _LATIN_FORMS)
    return _CHINESE_FORMS.sub("", bare) or "".join(words) or name.strip()


def phone_key(phone: str | None) -> str | None:
    """The digits that tell one line from another, or None when there are too few to tell."""
    digits = re.sub(r"[^0-9]", "", fold(phone or "").replace("(0)", "")).lstrip("0")
    return digits[-SIGNIFICANT_DIGITS:] if len(digits) >= SHORTEST_TELEPHONE_NUMBER else None
