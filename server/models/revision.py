"""One counter, the revision, orders all writes. A writing transaction increments it last, holds it until it commits,
and marks with it the rows that phones must hear of.

A phone's cursor is a value of that counter. Transactions commit in the order of their revisions, so a cursor can never
pass a row that is not committed yet.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

from sqlalchemy import Index, Insert, event, func, select, update
from sqlmodel import Field, Session, SQLModel

from server.models.column import counter, insert_into
from server.models.many import execute_many
from server.models.workspace import Workspace

CHANNEL = "legwork"
_WORKSPACE: Final = Workspace.__table__  # type: ignore[attr-defined]
_TAKEN: Final = update(_WORKSPACE).values(rev=_WORKSPACE.c.rev + 1).returning(_WORKSPACE.c.rev)


class RowRevision(SQLModel, table=True):
    """The latest revision of a row that phones hold. `gone`: phones are to drop it."""

    __tablename__ = "row_revisions"

    collection: str = Field(primary_key=True)
    row_id: str = Field(primary_key=True, max_length=36)
    customer_id: str | None = Field(default=None, index=True, max_length=36)  # None: every phone holds it
    rev: int = counter(index=True)
    gone: bool = False


class ScopeRevision(SQLModel, table=True):
    """When somebody last gained or lost a customer. Which of the two, a pull sees from its owner and shares."""

    __tablename__ = "scope_revisions"
    __table_args__ = (Index("ix_scope_revisions_user_rev", "user_id", "rev"),)

    user_id: str = Field(primary_key=True, max_length=36)
    customer_id: str = Field(primary_key=True, max_length=36)
    rev: int = counter()


def note_row(
    session: Session, collection: str, row_id: str, customer_id: str | None, gone: bool = False
) -> None:
    """Notes that phones must hear of this row. A listener does it for rows that are written through the session."""
    session.info.setdefault("rows", {})[collection, row_id] = (customer_id, gone)


def note_scope(session: Session, user_id: str | None, customer_id: str) -> None:
    """Notes that this user has gained or lost this customer. `user_id` None:
    the pool, where there is nobody to tell."""
    if user_id:
        session.info.setdefault("scopes", set()).add((user_id, customer_id))


@contextmanager
def customers_noted(session: Session) -> Iterator[set[str]]:
    """Gathers the customers of which the block notes a row."""
    session.flush()
    before, session.info["rows"] = session.info.get("rows", {}), {}
    customers: set[str] = set()
    try:
        yield customers
        session.flush()
        customers |= {customer_id for customer_id, _ in session.info["rows"].values() if customer_id}
    finally:
        session.info["rows"] = before | session.info["rows"]


def count_this(session: Session) -> None:
    """Makes `stamp` take a revision even if no phone must hear of anything:
    by its revision a backup knows what it covers."""
    session.info["counts"] = True


def take_back(session: Session) -> None:
    """Rolls the session back and forgets what was noted for phones. A listener on rollback would not do, because after
    a savepoint's rollback the notes must stay."""
    session.rollback()
    for noted in ("rows", "scopes", "counts"):
        session.info.pop(noted, None)


@event.listens_for(Session, "before_flush")
def _note_flushed(session: Session, _context: Any, _instances: Any) -> None:
    for row in [*session.new, *session.dirty]:
        if session.is_modified(row):
            note(session, row)


def note(session: Session, row: Any) -> None:
    """Notes a row for phones, if phones hold its collection."""
    for collection in _collections(row):
        note_row(session, collection, row.id, _customer_of(row), _is_gone(row))


def _collections(row: Any) -> tuple[str, ...]:
    collection = getattr(row, "__collection__", None)
    return (collection,) if collection else getattr(row, "__collections__", ())


def _customer_of(row: Any) -> str | None:
    if getattr(row, "__collection__", None) == "customers":
        return str(row.id)
    return getattr(row, "customer_id", None)


def _is_gone(row: Any) -> bool:
    model: Any = type(row)
    return any(getattr(row, name) for name in tombstones(model))


@cache
def tombstones(model: Any) -> tuple[str, ...]:
    """The columns that, once set, make phones drop a row of this model."""
    stays = getattr(model, "__stays__", False)
    return () if stays else tuple(name for name in ("deleted_at", "withdrawn_at") if hasattr(model, name))


def stamp(session: Session) -> int | None:
    """Runs the last statements of a writing transaction: takes the next revision and marks with it what was noted.
    Returns the revision; None if nothing was noted."""
    session.flush()
    rows, scopes = session.info.pop("rows", {}), session.info.pop("scopes", set())
    if not session.info.pop("counts", False) and not rows and not scopes:
        return None
    rev = next_rev(session)
    session.info["rev"] = rev
    _upsert(
        session,
        RowRevision,
        [
            {"collection": name, "row_id": row_id, "customer_id": customer_id, "gone": gone, "rev": rev}
            for (name, row_id), (customer_id, gone) in rows.items()
        ],
    )
    _upsert(
        session,
        ScopeRevision,
        [{"user_id": user_id, "customer_id": customer_id, "rev": rev} for user_id, customer_id in scopes],
    )
    _notify(session, rev)
    return rev


def _notify(session: Session, rev: int) -> None:
    """PostgreSQL wakes the other server processes when the transaction commits."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_notify(CHANNEL, str(rev))))


def next_rev(session: Session) -> int:
    """Increments the counter and holds its row until the transaction ends:
    whoever commits later has a higher number."""
    return int(session.connection().execute(_TAKEN).scalar_one())


def _upsert(session: Session, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    if rows:
        execute_many(session, _upserting(table, session.get_bind().dialect.name), rows)


@cache
def _upserting(table: type[SQLModel], dialect_name: str) -> Insert:
    columns = table.__table__.columns  # type: ignore[attr-defined]
    statement = insert_into(table.__table__, dialect_name)  # type: ignore[attr-defined]
    changed = {column.name: statement.excluded[column.name] for column in columns if not column.primary_key}
    keys = [column.name for column in columns if column.primary_key]
    upsert: Insert = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    return upsert
