"""A customer's page: how to reach it, its master data, who looks after it. Twin of pwa/views/about.js."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from server import words
from server.models.contact import Contact
from server.models.custom_field import CustomField
from server.models.customer import Customer
from server.models.scope import SELLING_ROLES, manages, may_write
from server.models.user import User
from server.translations import Translator
from server.views.custom import custom_pairs
from server.views.reader import Reader


def doors(row: Customer, contacts: Sequence[Contact], t: Translator) -> list[dict[str, Any]]:
    """Buttons for the ways to reach it that are known: call, write, navigate."""
    phone = row.phone or next((contact.phone for contact in contacts if contact.phone), None)
    found = []
    if phone:
        found.append({"kind": "call", "href": f"tel:{dialled(phone)}", "text": t("Call"), "place": ""})
    if row.address or row.latitude is not None:
        found.append({"kind": "navigate", "href": map_href(row), "text": t("Navigate"), "place": place(row)})
    if phone:
        found.append({"kind": "message", "href": f"sms:{dialled(phone)}", "text": t("Message"), "place": ""})
    return found


def dialled(phone: str) -> str:
    return re.sub(r"[^0-9+*#,;]", "", phone)


def map_href(row: Customer) -> str:
    """OpenStreetMap, which opens everywhere; pwa/page/maps.js replaces it by the phone's map app if there is one."""
    return f"https://www.openstreetmap.org/search?query={quote(place(row), safe='')}"


def place(row: Customer) -> str:
    if row.latitude is not None and row.longitude is not None:
        return f"{row.latitude:.5f},{row.longitude:.5f}"
    return " ".join((row.address or "").split())


def about(row: Customer, fields: Sequence[CustomField], reader: Reader) -> list[dict[str, str]]:
    t = reader.t
    since = words.short_date(reader.day_of(row.created_at), reader.today, reader.locale)
    pairs = [
        (t("Phone"), row.phone),
        (t("Address"), row.address),
        (t("Kind of customer"), row.customer_type),
        *custom_pairs(row.custom, fields, reader),
        (t("Known since"), since),
    ]
    return [{"label": label, "value": value} for label, value in pairs if value]


def people_sheet(
    row: Customer, people: Sequence[User], shared_ids: Sequence[str], reader: Reader
) -> dict[str, Any]:
    """The sheet to hand over and share it, for managers and its owner."""
    may = may_write(reader.user) and (manages(reader.user) or row.owner_id == reader.user.id)
    here = [person for person in people if person.deactivated_at is None]
    shared = [person for person in here if person.id in shared_ids]
    others = [person for person in here if person.id not in shared_ids and person.id != row.owner_id]
    return {
        "can_share": may,
        "owners": owners(row, here, reader.t),
        "shared_with": [named(person) for person in shared],
        "may_share_with": [named(person) for person in others],
    }


def owners(row: Customer, people: Sequence[User], t: Translator) -> list[dict[str, Any]]:
    sellers = [person for person in people if person.role in SELLING_ROLES or person.id == row.owner_id]
    nobody = {"id": "", "name": t("Nobody"), "chosen": row.owner_id is None}
    return [nobody] + [{**named(person), "chosen": person.id == row.owner_id} for person in sellers]


def named(person: User) -> dict[str, Any]:
    return {"id": person.id, "name": person.name, "initial": words.initial(person.name)}
