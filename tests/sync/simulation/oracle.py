"""What should be, found the slow way: every row of every table, and who may have it."""

import re
from collections.abc import Sequence
from typing import Any, Final

from sqlmodel import Session, select

from server.models.column import wire
from server.models.contact import Contact
from server.models.customer import Customer, CustomerShare, CustomerTag
from server.models.follow_up import FollowUp
from server.models.opportunity import Opportunity
from server.models.pipeline import Pipeline
from server.models.product import Product
from server.models.receipt import Receipt
from server.models.user import User
from server.models.visit import Visit
from tests.sync.simulation.ledger import effects

TABLES: Final[dict[str, Any]] = {
    "customers": Customer,
    "contacts": Contact,
    "visits": Visit,
    "follow_ups": FollowUp,
    "opportunities": Opportunity,
}
SERVER_ONLY: Final = {
    "created_by", "merged_into", "name_key", "phone_key", "address_key", "clock_skew_s",
}  # fmt: skip
PEOPLE: Final = ("id", "name", "role", "deactivated_at")
ME: Final = ("id", "name", "email", "role", "locale", "time_zone", "weekly_visits", "territory_id", "quotas")
OWNER: Final = re.compile(rb"of ([0-9a-f-]{36})")

Rows = dict[str, dict[str, Any]]


def shown_to(session: Session, user_ids: Sequence[str]) -> dict[str, dict[str, Rows]]:
    """By user, collection and id: the rows of the customers that are theirs, and what everybody sees."""
    rows = {name: [row for row in read(session, table) if not _gone(row)] for name, table in TABLES.items()}
    people, products = read(session, User), read(session, Product)
    _add_links(session, rows["customers"])
    answers = {}
    for user_id in user_ids:
        mine = held_by(session, user_id)
        held = {
            name: {row["id"]: _wired(row) for row in found if row.get("customer_id", row["id"]) in mine}
            for name, found in rows.items()
        }
        held["people"] = {user["id"]: _wired(user, PEOPLE) for user in people}
        held["products"] = {product["id"]: _wired(product) for product in products}
        held["pipelines"] = {pipeline["id"]: _wired(pipeline) for pipeline in read(session, Pipeline)}
        held["me"] = {user["id"]: _wired(user, ME) for user in people if user["id"] == user_id}
        answers[user_id] = held
    return answers


def read(session: Session, table: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in session.connection().execute(select(table.__table__)).mappings()]


def customers(session: Session) -> list[list[str | None]]:
    found = read(session, Customer)
    return [[row["id"], row["owner_id"]] for row in found if not _gone(row)]


def held_by(session: Session, user_id: str) -> set[str]:
    shared = {share["customer_id"] for share in read(session, CustomerShare) if share["user_id"] == user_id}
    standing = {row["id"]: row["owner_id"] for row in read(session, Customer) if not _gone(row)}
    return {
        customer_id for customer_id, owner in standing.items() if owner == user_id or customer_id in shared
    }


def leaks(session: Session, user_id: str, body: bytes) -> list[str]:
    """Customers of whom this answer says something, although they are not this user's. One merged is what it is now."""
    now = {row["id"]: row["merged_into"] or row["id"] for row in read(session, Customer)}
    told = {now.get(found.decode(), found.decode()) for found in OWNER.findall(body)}
    return sorted(told - held_by(session, user_id))


def accounts(session: Session) -> dict[str, Any]:
    """`receipts`: {change id: [status, code, was parked at first]}; `effects`: the marks, in order."""
    receipts = {
        row["change_id"]: [row["status"], row["code"], row["released_at"] is not None]
        for row in read(session, Receipt)
    }
    return {"receipts": receipts, "effects": effects(session)}


def _gone(row: dict[str, Any]) -> bool:
    return bool(row.get("deleted_at") or row.get("withdrawn_at"))


def _wired(row: dict[str, Any], names: Sequence[str] | None = None) -> dict[str, Any]:
    return {name: wire(row[name]) for name in names or row.keys() - SERVER_ONLY}


def _add_links(session: Session, customers: list[dict[str, Any]]) -> None:
    tags, shares = read(session, CustomerTag), read(session, CustomerShare)
    for row in customers:
        row["tags"] = sorted(tag["tag"] for tag in tags if tag["customer_id"] == row["id"])
        row["asked_by"] = []
        row["shared_with"] = sorted(share["user_id"] for share in shares if share["customer_id"] == row["id"])
