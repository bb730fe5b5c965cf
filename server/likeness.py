"""Whether two customers, or a line of a spreadsheet and a customer, are likely the same company.

Twin of sync/likeness.js; tests/shared_cases/likeness.json holds both to it.
"""

import re

from server.search_text import fold

_LATIN_FORMS = frozenset(
    "gmbh mbh co kg kgaa ag se ug ohg gbr ek ev ltd limited inc incorporated llc llp plc corp corporation company sa "
    "sarl sas srl spa bv nv oy ab as aps sro doo pty pte the and und".split()
)
_CHINESE_FORMS = re.compile(r"(股份有限公司|有限责任公司|集团有限公司|有限公司|集团公司|集团|公司|厂)$")
# The dots in S.p.A., d.o.o. and e. K., each of which is one word.
_DOTS = re.compile(r"\. ?(?=[a-z]\b)", re.ASCII)
_SEPARATORS = re.compile(r"[\W_]+")
# Only the end of a number is compared, because not everybody writes what comes before: +86, 0049 or 0, an area code.
SIGNIFICANT_DIGITS = 8
SHORTEST_TELEPHONE_NUMBER = 7
SHORTEST_ADDRESS = 6  # letters and digits: 南京东路1号 tells one door from others, Kai 1 does not


def company_key(name: str) -> str:
    """The name without case, accents, punctuation and legal form. A name that is only a legal form keeps it."""
    words = [word for word in _SEPARATORS.split(_DOTS.sub("", fold(name))) if word]
    bare = "".join(word for word in words if word not in _LATIN_FORMS)
    return _CHINESE_FORMS.sub("", bare) or "".join(words) or name.strip()


def phone_key(phone: str | None) -> str | None:
    """The last SIGNIFICANT_DIGITS digits, or None when there are too few to tell one line from another."""
    digits = re.sub(r"[^0-9]", "", fold(phone or "").replace("(0)", "")).lstrip("0")
    return digits[-SIGNIFICANT_DIGITS:] if len(digits) >= SHORTEST_TELEPHONE_NUMBER else None


def address_key(address: str | None) -> str | None:
    """The address's letters and digits, or None when there are too few to tell one door from another."""
    bare = _SEPARATORS.sub("", fold(address or ""))
    return bare if len(bare) >= SHORTEST_ADDRESS else None


def keys_of(name: str, phone: str | None, address: str | None) -> dict[str, str | None]:
    """The three keys by which customers are compared, under the names of a customer's columns."""
    return {"name_key": company_key(name), "phone_key": phone_key(phone), "address_key": address_key(address)}
