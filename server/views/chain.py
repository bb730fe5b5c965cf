"""The contacts of a customer as a tree: who reports to whom. Twin of pwa/views/chain.js."""

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
NO_ADDRESS = re.compile("[#%&?]")  # in a mailto: link they could start further recipients, a subject, a text
DEEPEST = 8  # levels of nested lists; deeper ones are flattened


def chain(contacts: Sequence[Contact], reader: Reader) -> list[dict[str, Any]]:
    """The contacts who report to nobody here, each with `reports`: those who report to them, likewise."""
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
                left.extendleft(reversed(below[contact.id]))  # at DEEPEST: beside their superior, not below
        return found

    # All contacts again: those in a cycle, which two phones may have made, are below nobody of `below[None]`.
    return branches([*below[None], *contacts])


def sorted_contacts(contacts: Sequence[Contact], named: Collection[str] = ()) -> list[Contact]:
    """Decision makers first, then in the order they were added. `named`: ids of removed contacts to include."""
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
