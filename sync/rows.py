"""Rows as phones hold them: all columns of the table under their names, without those that only the server needs."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from functools import cache
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Date, Select, String, TypeDecorator, bindparam, case, func, select, type_coerce
from sqlmodel import Session, SQLModel, col

from server.database import UtcMoment
from server.models.access import AccessRequest, waits
from server.models.attachment import Attachment
from server.models.column import wire
from server.models.contact import Contact
from server.models.contract import Contract
from server.models.custom_field import CustomField
from server.models.customer import Customer, CustomerShare, CustomerTag
from server.models.follow_up import FollowUp
from server.models.letterhead import Letterhead
from server.models.library_document import LibraryDocument
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.pipeline import Pipeline
from server.models.product import Product
from server.models.quote import Quote
from server.models.revision import RowRevision, tombstones
from server.models.scope import ALL_SEEING_ROLES, WHOEVER, Anybody, anybody_like, given, library_for
from server.models.task import Task
from server.models.user import User
from server.models.visit import Visit
from server.models.workspace import Territory
from server.search_text import fold

# In the order of a bundle: a customer comes before what hangs off it.
BUNDLE: Final[dict[str, type[SQLModel]]] = {
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
WORKSPACE: Final[dict[str, type[SQLModel]]] = {
    "people": User,
    "products": Product,
    "pipelines": Pipeline,
    "me": User,
    "custom_fields": CustomField,
    "letterheads": Letterhead,
    "library": LibraryDocument,
}
TABLES: Final[dict[str, type[SQLModel]]] = {**BUNDLE, **WORKSPACE}
SERVER_ONLY: Final = {
    "customers": {
        "created_by",
        "given_at",
        "given_by",
        "merged_into",
        "name_key",
        "phone_key",
        "address_key",
    },
    "visits": {"clock_skew_s"},
    "products": {"cost_cents"},
}
ONLY: Final = {
    "people": ("id", "name", "role", "deactivated_at"),
    "me": ("id", "name", "email", "role", "locale", "time_zone", "weekly_visits", "territory_id", "quotas",
           "territories"),
}  # fmt: skip
_BETWEEN: Final = "\x1f"  # a separator that is in no name


def _linked(model: Any, value: Any) -> Select[Any]:
    query = select(col(model.customer_id), col(value))
    return query.where(col(model.customer_id).in_(bindparam("ids", expanding=True)))


LINKS: Final = {
    "tags": _linked(CustomerTag, CustomerTag.tag),
    "shared_with": _linked(CustomerShare, CustomerShare.user_id),
    "asked_by": _linked(AccessRequest, AccessRequest.user_id).where(waits()),
}


class _Named(TypeDecorator[list[dict[str, str]]]):
    """Ids and names of all rows of a small table as one text, because a statement of its own would be one more in every
    pull. Read back as a list in the order of lists."""

    impl = String
    cache_ok = True

    def process_result_value(self, value: str | None, _dialect: Any) -> list[dict[str, str]]:
        told = (one.partition(" ") for one in (value or "").split(_BETWEEN) if one)
        return [
            {"id": key, "name": name} for key, _, name in sorted(told, key=lambda one: (fold(one[2]), one[0]))
        ]


def _territories() -> Any:
    """All territories, for people who see all of them and filter the board by them; null for others."""
    told = col(Territory.id) + " " + col(Territory.name)
    all_of_them = select(func.aggregate_strings(told, _BETWEEN)).scalar_subquery()
    return type_coerce(case((col(User.role).in_(ALL_SEEING_ROLES), all_of_them)), _Named).label("territories")


class Op(NamedTuple):
    """One operation for the phone: a row to put, with its values as the database gave them, or to remove, and why."""

    collection: str
    row_id: str
    rev: int
    row: dict[str, Any] | None
    reason: str | None
    place: tuple[int, str] = (0, "")  # within the bundle

    def as_json(self) -> bytes:
        told: dict[str, Any] = {"collection": self.collection, "id": self.row_id, "rev": self.rev}
        if self.row is None:
            return msgspec.json.encode({"op": "remove", **told, "reason": self.reason})
        row = self.row | {name: wire(self.row[name]) for name in _written(self.collection)}
        return msgspec.json.encode({"op": "put", **told, "row": row})


def put(collection: str, row: dict[str, Any], rev: int, place: tuple[int, str] = (0, "")) -> Op:
    return Op(collection, row["id"], rev, row, None, place)


def remove(collection: str, row_id: str, rev: int, reason: str) -> Op:
    return Op(collection, row_id, rev, None, reason)


def bundles(session: Session, customer_ids: Collection[str]) -> dict[str, list[Op]]:
    """All rows of these customers that were not deleted or withdrawn, by customer and in the order of BUNDLE."""
    found: dict[str, list[Op]] = {customer_id: [] for customer_id in customer_ids}
    for number, (collection, model) in enumerate(BUNDLE.items()):
        key = "id" if model is Customer else "customer_id"
        for row, rev in read_rows(session, collection, _whose(collection, key), {"ids": customer_ids}):
            found[row[key]].append(put(collection, row, rev, (number, row["id"])))
    return found


def workspace_rows(session: Session, user: User) -> list[Op]:
    """The rows of no customer that this user's phone holds: most are the same on every phone."""
    queries = {collection: _standing(collection) for collection in WORKSPACE}
    queries["me"] = _own()
    queries["library"] = _readable(anybody_like(user))
    return [
        put(collection, row, rev, (number, row["id"]))
        for number, (collection, query) in enumerate(queries.items())
        for row, rev in read_rows(session, collection, query, given(user))
    ]


def read_rows(
    session: Session, collection: str, query: Select[Any], params: dict[str, Any]
) -> Iterator[tuple[dict[str, Any], int]]:
    """The rows that the query finds, each with its revision."""
    found = session.connection().execute(query, params).all()
    more = _links(session, [row.id for row in found]) if collection == "customers" else {}
    names = columns_of(collection)
    for row in found:
        rev = row[-1]
        assert rev is not None, f"{collection} {row.id} has no revision"  # noqa: S101
        values = dict(zip(names, row, strict=False))
        yield values | more[values["id"]] if more else values, rev


@cache
def _standing(collection: str) -> Select[Any]:
    """Reads the rows of a collection that were not deleted or withdrawn, by id, each with its revision.

    Statements are made once: making them anew was most of what a small pull costs.
    """
    table, revisions = TABLES[collection].__table__, RowRevision.__table__  # type: ignore[attr-defined]
    revision = (revisions.c.collection == collection) & (revisions.c.row_id == table.c.id)
    # An outer join, because SQLite would else begin with all revisions of the collection.
    columns = (_territories() if name == "territories" else table.c[name] for name in columns_of(collection))
    query = select(*columns, revisions.c.rev)
    query = query.select_from(table.outerjoin(revisions, revision)).order_by(table.c.id)
    return query.where(*(table.c[name].is_(None) for name in tombstones(TABLES[collection])))


@cache
def _whose(collection: str, key: str) -> Select[Any]:
    return _among(_standing(collection), collection, key)


@cache
def _own() -> Select[Any]:
    return _standing("me").where(col(User.id) == WHOEVER)


@cache
def _readable(reader: Anybody, by_id: bool = False) -> Select[Any]:
    """Reads the documents of the library that are for this reader."""
    query = _standing("library").where(library_for(reader))
    return _among(query, "library", "id") if by_id else query


def _among(query: Select[Any], collection: str, key: str) -> Select[Any]:
    table = TABLES[collection].__table__  # type: ignore[attr-defined]
    return query.where(table.c[key].in_(bindparam("ids", expanding=True)))


def read_by_id(session: Session, user: User, wanted: list[tuple[str, str]]) -> dict[tuple[str, str], Op]:
    """By collection and id, those of the wanted rows that were not deleted and that the user may read."""
    found: dict[tuple[str, str], Op] = {}
    for name in dict.fromkeys(collection for collection, _ in wanted):
        ids = [row_id for collection, row_id in wanted if collection == name]
        query, params = _whose(name, "id"), {"ids": ids}
        if name == "library":
            query, params = _readable(anybody_like(user), by_id=True), params | given(user)
        for row, rev in read_rows(session, name, query, params):
            found[name, row["id"]] = put(name, row, rev)
    return found


@cache
def columns_of(collection: str) -> tuple[str, ...]:
    if collection in ONLY:
        return ONLY[collection]
    hidden = SERVER_ONLY.get(collection, set())
    names = TABLES[collection].__table__.columns.keys()  # type: ignore[attr-defined]
    return tuple(name for name in names if name not in hidden)


@cache
def _written(collection: str) -> tuple[str, ...]:
    """The columns that have to be written as text, because JSON has no moments and dates."""
    columns = TABLES[collection].__table__.columns  # type: ignore[attr-defined]
    kept = (name for name in columns_of(collection) if name in columns)
    return tuple(name for name in kept if isinstance(columns[name].type, Date | UtcMoment))


def _links(session: Session, customer_ids: list[str]) -> dict[str, dict[str, list[str]]]:
    """Tags, with whom a customer is shared and who asks for it: part of its row on phones."""
    found: dict[str, dict[str, list[str]]] = {
        row_id: {"tags": [], "shared_with": [], "asked_by": []} for row_id in customer_ids
    }
    for name, query in LINKS.items():
        lists = defaultdict(list)
        for customer_id, linked in session.connection().execute(query, {"ids": customer_ids}):
            lists[customer_id].append(linked)
        for customer_id, values in lists.items():
            found[customer_id][name] = sorted(values)
    return found
