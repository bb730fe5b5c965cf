"""Whether two customers, or a line of a spreadsheet and a customer, are likely the same company.

Twin of sync/likeness.js; tests/shared_cases/likeness.json holds both to it.
"""

import re

from server.search_text import fold

_LATIN_FORMS = frozenset(
    "gmbh mbh co kg ag ug ohg gbr ev ltd limited inc incorporated llc llp plc corp corporation company sa sarl sas srl "
    "spa bv nv oy ab as aps sro doo pty pte the and und".split()
)
_CHINESE_FORMS = re.compile(r"(股份有限公司|有限责任公司|集团有限公司|有限公司|集团公司|集团|公司|厂)$")
_SEPARATORS = re.compile(r"[\W_]+")
# How many digits at the end of a number are compared: before them are +86, 0049 or 0, and perhaps an area code.
SIGNIFICANT_DIGITS = 8
SHORTEST_TELEPHONE_NUMBER = 7
SHORTEST_ADDRESS = 6  # 南京路1号 is long enough to tell an address apart; Kai 1 is not


def company_key(name: str) -> str:
    """The name without case, accents, punctuation and legal form; of a name that consists of a legal form, the form."""
    words = [word for word in _SEPARATORS.split(fold(name)) if word]
    bare = "".join(word for word in words if word not in _LATIN_FORMS)
    return _CHINESE_FORMS.sub("", bare) or "".join(words) or name.strip()


def phone_key(phone: str | None) -> str | None:
    """The last SIGNIFICANT_DIGITS of a number; None if it is too short to tell numbers apart."""
    digits = re.sub(r"[^0-9]", "", fold(phone or "").replace("(0)", "")).lstrip("0")
    return digits[-SIGNIFICANT_DIGITS:] if len(digits) >= SHORTEST_TELEPHONE_NUMBER else None


def address_key(address: str | None) -> str | None:
    """The letters and digits of an address; None if it is too short to tell addresses apart."""
    bare = _SEPARATORS.sub("", fold(address or ""))
    return bare if len(bare) >= SHORTEST_ADDRESS else None


def keys_of(name: str, phone: str | None, address: str | None) -> dict[str, str | None]:
    """The keys by the names of a customer's columns."""
    return {"name_key": company_key(name), "phone_key": phone_key(phone), "address_key": address_key(address)}
