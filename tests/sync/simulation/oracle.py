"""What phones should hold and what the server holds, found the slow way: from every row of every table."""

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Select, select
from sqlmodel import Session

from server.files.store import FileStore, kept_as
from server.models.access import AccessRequest
from server.models.attachment import Attachment
from server.models.column import wire
from server.models.contact import Contact
from server.models.contract import Contract
from server.models.custom_field import CustomField
from server.models.customer import Customer, CustomerShare, CustomerTag
from server.models.file import File
from server.models.follow_up import FollowUp
from server.models.letterhead import Letterhead
from server.models.library_document import LibraryDocument
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.pipeline import Pipeline
from server.models.product import Product
from server.models.quote import Quote
from server.models.receipt import Receipt
from server.models.task import Task
from server.models.user import User
from server.models.visit import Visit
from server.models.workspace import Territory, the_workspace
from tests.sync.simulation.cast import EVERYBODY
from tests.sync.simulation.ledger import effects

TABLES: Final[dict[str, Any]] = {
    "customers": Customer,
    "contacts": Contact,
    "visits": Visit,
    "follow_ups": FollowUp,
    "opportunities": Opportunity,
    "attachments": Attachment,
    "quotes": Quote,
    "orders": Order,
    "contracts": Contract,
    "tasks": Task,
}
SERVER_ONLY: Final = {
    "created_by", "given_at", "given_by", "merged_into", "name_key", "phone_key", "address_key", "clock_skew_s",
}  # fmt: skip
STAY: Final = ("contacts",)  # phones hold removed ones, too, because visits name them
SOLD: Final = ("opportunities", "quotes", "orders")
PEOPLE: Final = ("id", "name", "role", "deactivated_at")
ME: Final = ("id", "name", "email", "role", "locale", "time_zone", "weekly_visits", "territory_id", "quotas")
OWNER: Final = re.compile(rb"of ([0-9a-f-]{36})")
SHELF: Final = re.compile(rb"shelf ([0-9a-f-]{36})")

Rows = dict[str, dict[str, Any]]
Shown = dict[str, Rows]


def shown_to(session: Session, user_id: str) -> Shown:
    """The rows that this user's phone should hold, by collection and id."""
    rows = {
        name: [row for row in read(session, table) if name in STAY or not _gone(row)]
        for name, table in TABLES.items()
    }
    people, mine = read(session, User), held_by(session, user_id)
    _add_links(session, rows["customers"])
    held = {
        name: {row["id"]: _wired(row) for row in found if row.get("customer_id", row["id"]) in mine}
        for name, found in rows.items()
    }
    held["people"] = {user["id"]: _wired(user, PEOPLE) for user in people}
    held["products"] = {product["id"]: _wired(product) for product in read(session, Product)}
    held["pipelines"] = {pipeline["id"]: _wired(pipeline) for pipeline in read(session, Pipeline)}
    held["custom_fields"] = {field["id"]: _wired(field) for field in read(session, CustomField)}
    held["letterheads"] = {head["id"]: _wired(head) for head in read(session, Letterhead)}
    held["library"] = {row["id"]: _wired(row) for row in _readable(session, people, user_id)}
    held["me"] = {user["id"]: _me(session, user) for user in people if user["id"] == user_id}
    return held


def _readable(session: Session, people: list[dict[str, Any]], user_id: str) -> list[dict[str, Any]]:
    """Documents that are for all or for the user's territory; executives and admins read everything."""
    [user] = [user for user in people if user["id"] == user_id]
    sees_all = user["role"] in ("executive", "admin")
    standing = [row for row in read(session, LibraryDocument) if not _gone(row)]
    return [row for row in standing if sees_all or row["territory_id"] in (None, user["territory_id"])]


def library(session: Session) -> list[str]:
    """Ids of the documents that were not withdrawn."""
    return [row["id"] for row in read(session, LibraryDocument) if not _gone(row)]


def revision(session: Session) -> int:
    """The server's latest revision."""
    return the_workspace(session).rev


def _me(session: Session, user: dict[str, Any]) -> dict[str, Any]:
    told = [{"id": row["id"], "name": row["name"]} for row in read(session, Territory)]
    sees_all = user["role"] in ("executive", "admin")
    return {**_wired(user, ME), "territories": sorted(told, key=itemgetter("name")) if sees_all else []}


def read(session: Session, table: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in session.connection().execute(_all_of(table.__table__)).mappings()]


@cache
def _all_of(*columns: Any) -> Select[Any]:
    """Made once: rows are read after each request."""
    return select(*columns)


def customers(session: Session) -> list[list[str | None]]:
    found = read(session, Customer)
    return [[row["id"], row["owner_id"]] for row in found if not _gone(row)]


def held_by(session: Session, user_id: str) -> set[str]:
    return _held(_customers(session), read(session, CustomerShare), user_id)


def _customers(session: Session) -> list[dict[str, Any]]:
    """Only the columns that say whose they are, because this is read after each pull."""
    columns = (Customer.id, Customer.owner_id, Customer.merged_into, Customer.deleted_at)
    return [dict(row) for row in session.connection().execute(_all_of(*columns)).mappings()]


def _held(customers: list[dict[str, Any]], shares: list[dict[str, Any]], user_id: str) -> set[str]:
    shared = {share["customer_id"] for share in shares if share["user_id"] == user_id}
    standing = {row["id"]: row["owner_id"] for row in customers if not _gone(row)}
    return {
        customer_id for customer_id, owner in standing.items() if owner == user_id or customer_id in shared
    }


def merged(session: Session) -> set[tuple[str, str]]:
    return _merged(_customers(session))


def _merged(customers: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """(customer, into which it was merged)."""
    return {(row["id"], row["merged_into"]) for row in customers if row["merged_into"]}


def leaks(session: Session, user_id: str, body: bytes, merged_once: set[tuple[str, str]]) -> list[str]:
    """Ids of documents and customers that this answer to a pull tells about, although this user may not see them.

    A customer that was merged counts as the one it is now. Where a restored backup has undone a merge, texts about the
    other customer may stand at the user's own.
    """
    customers = _customers(session)
    now, told = dict(_merged(customers)), {found.decode() for found in OWNER.findall(body)}
    held = _held(customers, read(session, CustomerShare), user_id)
    own_words = {into for one, into in merged_once if now.get(one, one) in held}
    documents = {found.decode() for found in SHELF.findall(body)}
    if documents:
        documents -= {row["id"] for row in _readable(session, read(session, User), user_id)}
    return sorted(({now.get(one, one) for one in told} - held - own_words) | documents)


def accounts(session: Session) -> dict[str, Any]:
    """`receipts`: {change id: [status, code, was parked at first]}; `effects`: the marks, in order."""
    receipts = {
        row["change_id"]: [row["status"], row["code"], row["released_at"] is not None]
        for row in read(session, Receipt)
    }
    return {"receipts": receipts, "effects": effects(session)}


def closely(session: Session, store: FileStore) -> dict[str, Any]:
    """For the checks at the end: whether what was attached has its visit and its bytes, all that was sold or asked of
    departments, the customer of each row, and `merged`, what customers were merged into."""
    visits = {row["id"]: row for row in read(session, Visit)}
    attached = [row for row in read(session, Attachment) if row["visit_id"]]
    attachments = {row["id"]: _attached(row, visits[row["visit_id"]]) for row in attached}
    files = {row["sha256"]: _is_whole(store, row["sha256"]) for row in read(session, File)}
    stands = {name: [_wired(row) for row in read(session, TABLES[name])] for name in (*SOLD, "tasks")}
    rows = {
        name: {row["id"]: row.get("customer_id", row["id"]) for row in read(session, table)}
        for name, table in TABLES.items()
    }
    return {
        "attachments": attachments,
        "files": files,
        "removed": {row["id"]: bool(row["deleted_at"]) for row in read(session, Contact)},
        "rows": rows,
        "merged": dict(merged(session)),
        **stands,
    }


def _attached(row: dict[str, Any], visit: dict[str, Any]) -> dict[str, bool]:
    states = {f"is_{end}": row[f"{end}_at"] is not None for end in ("received", "refused", "withdrawn")}
    stands = visit["withdrawn_at"] is None and visit["started_at"] is not None
    return {**states, "has_visit": stands and visit["customer_id"] == row["customer_id"]}


def _is_whole(store: FileStore, sha256: str) -> bool:
    """Whether the kept bytes have this hash; true of sounds only, because pictures are cleaned before they are kept."""
    return hashlib.sha256(store.get(kept_as(sha256)) or b"").hexdigest() == sha256


def sales(session: Session) -> dict[str, list[dict[str, Any]]]:
    return {name: [_wired(row) for row in read(session, TABLES[name]) if not _gone(row)] for name in SOLD}


def tasks(session: Session) -> list[dict[str, Any]]:
    return [_wired(row) for row in read(session, Task) if not _gone(row)]


def visits(session: Session) -> list[dict[str, str]]:
    names = {user_id: name for name, user_id in EVERYBODY.items()}
    found = [row for row in read(session, Visit) if row["started_at"] and not row["corrected_by"]]
    return [{"id": row["id"], "author": names[row["author_id"]]} for row in found if not _gone(row)]


def _gone(row: dict[str, Any]) -> bool:
    return bool(row.get("deleted_at") or row.get("withdrawn_at"))


def _wired(row: dict[str, Any], names: Sequence[str] | None = None) -> dict[str, Any]:
    return {name: wire(row[name]) for name in names or row.keys() - SERVER_ONLY}


def _add_links(session: Session, customers: list[dict[str, Any]]) -> None:
    tags, shares = read(session, CustomerTag), read(session, CustomerShare)
    asking = [one for one in read(session, AccessRequest) if one["declined_at"] is None]
    for row in customers:
        row["tags"] = sorted(tag["tag"] for tag in tags if tag["customer_id"] == row["id"])
        row["asked_by"] = sorted(one["user_id"] for one in asking if one["customer_id"] == row["id"])
        row["shared_with"] = sorted(share["user_id"] for share in shares if share["customer_id"] == row["id"])
