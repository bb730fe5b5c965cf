"""`legwork verify`: whether a database holds what phones rely on, and if not, which rows are wrong."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from sqlalchemy import ForeignKeyConstraint, Table, and_, exists, false, func, or_, select, text
from sqlmodel import Session, SQLModel, col

from server.database import Database
from server.files.store import FileStore, kept_as
from server.models.contract import Contract, holds
from server.models.customer import Customer
from server.models.file import File
from server.models.order import Order
from server.models.order_line import ORDER_LINES, lines_of
from server.models.receipt import Receipt
from server.models.revision import RowRevision, ScopeRevision, tombstones
from server.models.user import Device
from server.models.workspace import Workspace
from sync.rows import BUNDLE, TABLES

BATCH: Final = 500


@dataclass(frozen=True)
class Finding:
    what: str
    rows: Sequence[str]  # every row that it is about
    wrong: bool = True  # False: worth knowing, but nothing is wrong


def findings(database: Database, files: FileStore | None = None) -> Iterator[Finding]:
    """Reads everything in one snapshot, so that phones may go on writing meanwhile."""
    with database.reading() as session:
        for check in CHECKS:
            yield from (finding for finding in check(session) if finding.rows)
        if files is not None:
            yield from (finding for finding in _files(session, files) if finding.rows)


def _file(session: Session) -> Iterator[Finding]:
    if session.get_bind().dialect.name == "sqlite":
        said = session.execute(text("PRAGMA integrity_check")).scalars().all()
        yield Finding("SQLite finds its file damaged", [line for line in said if line != "ok"])


def _files(session: Session, files: FileStore) -> Iterator[Finding]:
    """Reads each file as a whole, because a disk may have lost a part of one."""
    kept = session.execute(select(col(File.sha256), col(File.stored_sha256))).all()
    yield Finding(
        "files are not there, or damaged",
        [name for name, sha256 in kept if _hash_of(files.get(kept_as(name))) != sha256],
    )


def _hash_of(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


def _references(session: Session) -> Iterator[Finding]:
    for table in SQLModel.metadata.sorted_tables:
        for key in table.foreign_key_constraints:
            yield Finding(
                f"rows of {table.name} point at {key.referred_table.name} that are not there",
                [_named(table, row) for row in session.execute(_dangling(table, key))],
            )


def _dangling(table: Table, key: ForeignKeyConstraint) -> Any:
    target = key.referred_table.alias()
    pairs = [(element.parent, target.c[element.column.name]) for element in key.elements]
    found = exists().where(*(one == other for one, other in pairs))
    return select(*table.primary_key).where(*(one.is_not(None) for one, _ in pairs), ~found)


def _named(table: Table, key: Sequence[Any]) -> str:
    return f"{table.name} {' '.join(map(str, key))}"


def _counter(session: Session) -> Iterator[Finding]:
    """No row may have a revision above the counter:
    it would be given again, and phones' cursors would already be past what gets it then."""
    [(rev, durable_rev)] = session.execute(select(col(Workspace.rev), col(Workspace.durable_rev))).all()
    for model in (RowRevision, ScopeRevision, Receipt):
        highest = session.scalar(select(func.max(col(model.rev)))) or 0
        if highest > rev:
            yield Finding(
                "the revision counter is lower than revisions that were given",
                [f"{model.__tablename__} {highest} > {rev}"],
            )
    if durable_rev > rev:
        yield Finding("a backup is noted for a revision that was never given", [f"{durable_rev} > {rev}"])


def _numbers(session: Session) -> Iterator[Finding]:
    """No receipt may have a number above its device's `last_seq`, from which the device goes on: the next change would
    get a number that has a receipt already."""
    sent = (
        func.coalesce(func.max(col(Receipt.seq)), 0).label("highest"),
        func.count(col(Receipt.seq)).label("count"),
    )
    query = select(col(Device.id), col(Device.last_seq), *sent).outerjoin(
        Receipt, (col(Receipt.device_id) == col(Device.id)) & (col(Receipt.seq) > 0)
    )
    rows = session.execute(query.group_by(col(Device.id), col(Device.last_seq))).all()
    yield Finding(
        "devices have receipts with higher numbers than the last that is noted for them",
        [
            f"device {row.id} at {row.last_seq}, a receipt at {row.highest}"
            for row in rows
            if row.highest > row.last_seq
        ],
    )
    yield Finding(
        "devices have numbers without a receipt, as is normal after a restore",
        [
            f"device {row.id}, {row.last_seq - row.count} of {row.last_seq}"
            for row in rows
            if row.count < row.last_seq
        ],
        wrong=False,
    )


def _receipts(session: Session) -> Iterator[Finding]:
    """The rows that applied changes have made must be there."""
    query = select(col(Receipt.change_id), col(Receipt.name), col(Receipt.creates))
    applied = query.where(col(Receipt.status) == "applied", col(Receipt.creates).is_not(None))
    missing: list[str] = []
    for batch in session.execute(applied.execution_options(yield_per=BATCH)).partitions():
        made = [(row, *created.split(":")) for row in batch for created in row.creates]
        there = _there(session, {(collection, row_id) for _, collection, row_id in made})
        missing += [
            f"{row.name} {row.change_id} made {collection} {row_id}"
            for row, collection, row_id in made
            if (collection, row_id) not in there
        ]
    yield Finding("changes were acknowledged as applied, and what they made is not there", missing)


def _there(session: Session, wanted: set[tuple[str, str]]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for collection, group in groupby(sorted(wanted), key=lambda one: one[0]):
        key: Any = TABLES[collection].id  # type: ignore[attr-defined]
        ids = session.scalars(select(key).where(key.in_([row_id for _, row_id in group])))
        found |= {(collection, row_id) for row_id in ids}
    return found


def _revisions(session: Session) -> Iterator[Finding]:
    """Every row that phones hold must have a RowRevision, or no phone ever gets it;
    and every RowRevision its row, or the row was lost."""
    for collection, model in TABLES.items():
        key: Any = model.id  # type: ignore[attr-defined]
        marks = and_(col(RowRevision.collection) == collection, col(RowRevision.row_id) == key)
        unmarked = session.scalars(select(key).where(~exists().where(marks)))
        yield Finding(
            "rows have no revision, and phones never hear of them",
            _all(collection, unmarked),
        )
        of_it = select(col(RowRevision.row_id)).where(col(RowRevision.collection) == collection)
        lost = session.scalars(of_it.where(~exists().where(marks)))
        yield Finding("rows that were written are not there", _all(collection, lost))


def _tombstones(session: Session) -> Iterator[Finding]:
    """`RowRevision.gone` must say the same as the row's own columns."""
    for collection, model in BUNDLE.items():
        ended = [col(getattr(model, name)) for name in tombstones(model)]
        key: Any = model.id  # type: ignore[attr-defined]
        is_gone = or_(false(), *(moment.is_not(None) for moment in ended))
        mark = and_(col(RowRevision.collection) == collection, col(RowRevision.row_id) == key)
        differs = session.scalars(select(key).join(RowRevision, mark).where(is_gone != col(RowRevision.gone)))
        yield Finding(
            "rows are deleted here but not for phones, or the other way round",
            _all(collection, differs),
        )


def _aliases(session: Session) -> Iterator[Finding]:
    """A customer that was merged into another one must be deleted;
    the other one must list it and be no alias itself."""
    merged = select(col(Customer.id), col(Customer.merged_into), col(Customer.deleted_at))
    aliases = session.execute(merged.where(col(Customer.merged_into).is_not(None))).all()
    targets = sorted({row.merged_into for row in aliases})
    kept = {
        row.id: row
        for ids in (targets[at : at + BATCH] for at in range(0, len(targets), BATCH))
        for row in session.scalars(select(Customer).where(col(Customer.id).in_(ids)))
    }
    yield Finding(
        "merged customers are not aliases of the one they were merged into",
        [
            f"customers {row.id} into {row.merged_into}"
            for row in aliases
            if row.deleted_at is None or not _knows(kept.get(row.merged_into), row.id)
        ],
    )


def _knows(customer: Customer | None, alias: str) -> bool:
    return customer is not None and customer.merged_into is None and alias in customer.merged_ids


def _order_lines(session: Session) -> Iterator[Finding]:
    """The rows of order_lines must be those that the orders' own lines make."""
    orders = select(Order).order_by(col(Order.id)).execution_options(yield_per=BATCH)
    wrong: list[str] = []
    for batch in session.scalars(orders).partitions():
        of_these = ORDER_LINES.c.order_id.between(batch[0].id, batch[-1].id)
        rows = session.execute(select(ORDER_LINES).where(of_these).order_by(*ORDER_LINES.primary_key))
        kept = {
            order_id: [dict(row) for row in some]
            for order_id, some in groupby(rows.mappings(), key=lambda row: row["order_id"])
        }
        wrong += [order.id for order in batch if kept.get(order.id, []) != lines_of(order)]
    yield Finding("rows of order_lines do not match the lines of their orders", _all("orders", wrong))


def _seals(session: Session) -> Iterator[Finding]:
    """Signed contracts must have the hash that was sealed when they were signed."""
    signed = session.scalars(
        select(Contract).where(col(Contract.signed_at).is_not(None)).execution_options(yield_per=BATCH)
    )
    yield Finding(
        "the seals of contracts do not hold: they are not what was signed",
        [f"contracts {contract.id}" for contract in signed if not holds(contract)],
    )


def _all(collection: str, ids: Iterable[str]) -> list[str]:
    return [f"{collection} {row_id}" for row_id in ids]


CHECKS: Final[tuple[Callable[[Session], Iterator[Finding]], ...]] = (
    _file,
    _references,
    _counter,
    _numbers,
    _receipts,
    _revisions,
    _tombstones,
    _aliases,
    _seals,
    _order_lines,
)
