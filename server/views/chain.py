"""Who decides at a customer, and who reports to whom: its contacts as a tree. Twin of pwa/views/chain.js."""

import re
from collections import defaultdict, deque
from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import quote

from server import words
from server.models.contact import Contact
from server.views.about import dialled
from server.views.labels import CONTACT_ROLES, said
from server.views.reader import Reader, joined

ROLE_ORDER = tuple(CONTACT_ROLES)
NO_ADDRESS = re.compile("[#%&?]")  # in a link: behind them stand further recipients, a subject, a text
DEEPEST = 8  # lists within lists: no company is taller, and a page is drawn with so many


def chain(contacts: Sequence[Contact], reader: Reader) -> list[dict[str, Any]]:
    """Those who report to nobody known, each with `reports`: the same of whoever reports to them."""
    known, met = {contact.id for contact in contacts}, set[str]()
    below = defaultdict[str | None, list[Contact]](list)
    for contact in contacts:
        below[contact.reports_to if contact.reports_to in known else None].append(contact)

    def branches(of: Sequence[Contact], depth: int = 0) -> list[dict[str, Any]]:
        found, left = [], deque(of)
        while left:
            contact = left.popleft()
            if contact.id not in met:
                met.add(contact.id)
                reports = branches(below[contact.id], depth + 1) if depth < DEEPEST else []
                found.append({**contact_row(contact, reader), "reports": reports})
                left.extendleft(reversed(below[contact.id]))  # those too deep stand behind their boss
        return found

    return branches([*below[None], *contacts])  # all of them: two phones may have closed a ring for a while


def sorted_contacts(contacts: Sequence[Contact], named: Collection[str] = ()) -> list[Contact]:
    """Who decides comes first; then in the order they were added. `named`: ids of whom to show though removed."""
    here = (contact for contact in contacts if contact.deleted_at is None or contact.id in named)
    return sorted(here, key=lambda contact: (_rank(contact), contact.id))


def _rank(contact: Contact) -> int:
    return ROLE_ORDER.index(contact.role) if contact.role in ROLE_ORDER else len(ROLE_ORDER)


def contact_row(contact: Contact, reader: Reader) -> dict[str, Any]:
    t = reader.t
    born = words.birthday(contact.birthday, reader.locale) if contact.birthday else ""
    return {
        "id": contact.id,
        "name": contact.name,
        "initial": words.initial(contact.name),
        "role": contact.role or "",
        "role_text": said(t, CONTACT_ROLES, contact.role),
        "detail": joined(
            "" if contact.role else t("Role not known"), t("Birthday %(day)s", day=born) if born else ""
        ),
        "phone_href": f"tel:{dialled(contact.phone)}" if contact.phone else "",
        "email_href": f"mailto:{NO_ADDRESS.sub(_told, contact.email)}" if contact.email else "",
    }


def _told(sign: re.Match[str]) -> str:
    return quote(sign[0])
