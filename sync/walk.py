"""The ops a phone has not had yet, each with the cursor after it. Read lazily: a page takes as many as fit.

A row has one revision, its latest. Walking revisions upwards therefore never misses a row, even when each page is read
in a snapshot of its own: what changes between two pages moves ahead of the walker.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from heapq import merge
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    CompoundSelect,
    Select,
    String,
    bindparam,
    literal,
    select,
    tuple_,
    union_all,
)
from sqlmodel import Session, and_, col, or_

from server.models import scope
from server.models.attachment import Attachment
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.revision import RowRevision, ScopeRevision
from server.models.user import User
from server.models.visit import Visit
from sync.cursor import ALL, END, ROW, SCOPE, WORKSPACE, Cursor
from sync.rows import Op, bundles, read_by_id, remove, workspace_rows

CUSTOMERS_AT_ONCE: Final = 50
ROWS_AT_ONCE: Final = 500
# Where more rows than this were written, by anybody, it is less work to begin with the phone's own customers.
MUCH: Final = 2_000
MOST_CARRIED: Final = 4_000  # rows that visits of other customers took along; they come on one page
FEW_REVISIONS: Final = 20  # since the phone's last pull: too few to count the rows written

# Statements are made once, and run for each pull.
_MOVES: Final = (
    select(
        col(ScopeRevision.rev),
        col(ScopeRevision.customer_id),
        and_(scope.held_by(scope.WHOEVER), col(Customer.deleted_at).is_(None)),
    )
    .join(Customer, col(Customer.id) == col(ScopeRevision.customer_id))
    .where(col(ScopeRevision.user_id) == scope.WHOEVER, col(ScopeRevision.rev) >= bindparam("rev"))
    .order_by(col(ScopeRevision.rev), col(ScopeRevision.customer_id))
)
_WRITTEN: Final = (
    select(col(RowRevision.rev))
    .where(col(RowRevision.rev) >= bindparam("rev"))
    .order_by(col(RowRevision.rev))
    .offset(bindparam("much"))
    .limit(1)
)

Step = tuple[Cursor, Op]


class Moved(NamedTuple):
    """A customer that the user gained or lost."""

    rev: int
    customer_id: str
    held: bool


class Changed(NamedTuple):
    """A row that was written or deleted (`gone`), perhaps one of a customer that was deleted."""

    rev: int
    collection: str
    row_id: str
    customer_id: str | None
    gone: bool
    customer_gone: bool


def walk_all(session: Session, user: User, start: Cursor) -> Iterator[Step]:
    """The first replica. `start.rev` is the revision it began at: what changes meanwhile comes by `walk_since`."""
    if start.first == WORKSPACE:
        yield from _bundle(start, start.rev, ALL, WORKSPACE, workspace_rows(session, user))
    first = start.first
    while True:
        customer_ids = _replica_ids(session, user, first)
        found = bundles(session, customer_ids)
        for customer_id in customer_ids:
            yield from _bundle(start, start.rev, ALL, customer_id, found[customer_id])
        if len(customer_ids) < CUSTOMERS_AT_ONCE:
            return
        first = customer_ids[-1] + "~"  # comes after this id and before the next


def _replica_ids(session: Session, user: User, first: str) -> list[str]:
    params = {**scope.given(user), "first": first, "most": CUSTOMERS_AT_ONCE}
    return list(session.connection().scalars(_next_customers(scope.anybody_like(user)), params))


@cache
def _next_customers(reader: scope.Anybody) -> Select[Any]:
    query = scope.replica_of(reader).with_only_columns(col(Customer.id))
    query = query.where(col(Customer.id) >= bindparam("first"))
    return query.order_by(col(Customer.id)).limit(bindparam("most"))


def _bundle(start: Cursor, rev: int, rank: int, customer_id: str, ops: Iterable[Op]) -> Iterator[Step]:
    """The ops of a bundle; only the rest of them if the last page ended within it."""
    resumed = (start.rev, start.rank, start.first) == (rev, rank, customer_id)
    for op in ops:
        if not resumed or op.place > start.place:
            number, row_id = op.place
            yield start.at(rev, rank, customer_id, row_id, number), op


def walk_since(session: Session, user: User, start: Cursor, rev: int) -> Iterator[Step]:
    """Customers gained and lost, and rows changed, in the order it happened. `rev`: the latest there is."""
    moves = _moves(session, user, start.rev if start.rank != END else start.rev + 1)
    # A bundle is read as it is now: it holds the rows that changed before the customer came.
    covered = {move.customer_id: move.rev for move in moves if move.held}
    ahead = [move for move in moves if (move.rev, SCOPE, move.customer_id) >= _position(start)]
    scopes = _moved(session, start, ahead)
    much = _much_was_written(session, start.rev, rev)
    rows = (((change.rev, ROW), [step]) for change, step in _rows(session, user, start, covered, much))
    for _, steps in merge(scopes, rows, key=lambda event: event[0]):
        yield from steps


def _position(start: Cursor) -> tuple[int, int, str]:
    return start.rev, start.rank, start.first


def _moves(session: Session, user: User, rev: int) -> list[Moved]:
    found = session.connection().execute(_MOVES, {"user_id": user.id, "rev": rev})
    moves = [Moved(rev, customer_id, bool(now_held)) for rev, customer_id, now_held in found]
    return sorted(moves)  # the database may compare text in the order of a language


def _moved(
    session: Session, start: Cursor, moves: list[Moved]
) -> Iterator[tuple[tuple[int, int], Iterator[Step]]]:
    """The ops of each move, with its place in the order of events. Many bundles are read at once: when a colleague
    leaves, one gains hundreds of customers."""
    for first in range(0, len(moves), CUSTOMERS_AT_ONCE):
        some = moves[first : first + CUSTOMERS_AT_ONCE]
        held = [move.customer_id for move in some if move.held]
        found = bundles(session, held) if held else {}
        for move in some:
            lost = [remove("customers", move.customer_id, move.rev, "out_of_scope")]
            ops = found[move.customer_id] if move.held else lost
            yield (move.rev, SCOPE), _bundle(start, move.rev, SCOPE, move.customer_id, ops)


def _rows(
    session: Session, user: User, start: Cursor, covered: dict[str, int], much: bool
) -> Iterator[tuple[Changed, Step]]:
    after = (start.rev, start.first, start.second) if start.rank == ROW else (start.rev, "", "")
    if start.rank > ROW:
        after = (start.rev + 1, "", "")
    while True:
        changes = _changes(session, user, after, much)
        for change, op in _ops(session, user, changes, covered):
            # What a row takes along comes before it: after a page that ends between them, all of it comes again.
            second = change.row_id if op.row_id == change.row_id else change.row_id[:-1]
            yield change, (start.at(change.rev, ROW, change.collection, second), op)
        if len(changes) < ROWS_AT_ONCE:
            return
        after = (changes[-1].rev, changes[-1].collection, changes[-1].row_id)


def _much_was_written(session: Session, rev: int, now: int) -> bool:
    """Whether all people together have written much since that revision: in a busy week, or when a thousand phones have
    come back at once."""
    if now - rev <= FEW_REVISIONS:
        return False
    return session.connection().execute(_WRITTEN, {"rev": rev, "much": MUCH}).first() is not None


def _changes(session: Session, user: User, after: tuple[int, str, str], much: bool) -> list[Changed]:
    params = {"user_id": user.id, "rev": after[0], "collection": after[1], "row_id": after[2]}
    found = session.connection().execute(_changed(much), {**params, "most": ROWS_AT_ONCE})
    return [Changed(*row) for row in found]


@cache
def _changed(much: bool) -> Select[Any]:
    rev, collection, row_id = col(RowRevision.rev), col(RowRevision.collection), col(RowRevision.row_id)
    for_all = and_(col(RowRevision.customer_id).is_(None), or_(collection != "me", row_id == scope.WHOEVER))
    after = (
        bindparam("rev", type_=BigInteger()),
        bindparam("collection", type_=String()),
        bindparam("row_id", type_=String()),
    )
    query = (
        select(
            rev,
            collection,
            row_id,
            col(RowRevision.customer_id),
            col(RowRevision.gone),
            col(Customer.deleted_at).is_not(None).label("customer_gone"),
        )
        .outerjoin(Customer, col(Customer.id) == col(RowRevision.customer_id))
        .where(rev >= after[0], tuple_(rev, collection, row_id) > tuple_(*after))
    )
    if much:
        mine = col(RowRevision.customer_id).in_(scope.ids_held_by(scope.WHOEVER))
        found = union_all(query.where(mine), query.where(for_all)).subquery()
    else:
        found = query.where(or_(scope.held_by(scope.WHOEVER), for_all)).subquery()
    in_order = select(found).order_by(found.c.rev, found.c.collection, found.c.row_id)
    return in_order.limit(bindparam("most"))


def _ops(
    session: Session, user: User, changes: list[Changed], covered: dict[str, int]
) -> Iterator[tuple[Changed, Op]]:
    coming = {(c.collection, c.row_id) for c in changes if not _is_in_bundle(c, covered)}
    standing = [c for c in changes if not c.gone and not c.customer_gone]
    puts = read_by_id(session, user, [key for c in standing if (key := (c.collection, c.row_id)) in coming])
    carried = _carried_away(session, user, [c.row_id for c in changes if _may_carry(c, puts)])
    for change in changes:
        for collection, row_id in carried.get(change.row_id, ()):
            yield change, remove(collection, row_id, change.rev, "out_of_scope")
        key = (change.collection, change.row_id)
        if key in puts:
            yield change, puts[key]
        elif key in coming and (not change.customer_gone or change.collection == "customers"):
            yield change, remove(change.collection, change.row_id, change.rev, "deleted")


def _is_in_bundle(change: Changed, covered: dict[str, int]) -> bool:
    """Whether the phone gets the row with its customer's bundle. `covered`: revisions of bundles by customer.

    A row that is gone is in no bundle, yet the phone may hold it from before the customer went away and came back.
    """
    return (
        not change.gone
        and change.customer_id is not None
        and covered.get(change.customer_id, -1) >= change.rev
    )


def _may_carry(change: Changed, puts: dict[tuple[str, str], Op]) -> bool:
    """Whether what hung off this visit may hang off one of another customer now: it was corrected, or is a correction
    that was withdrawn. Of a visit that comes in a bundle nobody looks which."""
    if change.collection != "visits" or change.customer_gone:
        return False
    put = puts.get(("visits", change.row_id))
    return put is None or put.row is None or put.row["corrected_by"] is not None


def _carried_away(session: Session, user: User, visit_ids: list[str]) -> dict[str, list[tuple[str, str]]]:
    """By visit: the rows that hung off it, and that belong to a customer now that this phone does not hold."""
    carried: dict[str, list[tuple[str, str]]] = {}
    if visit_ids:
        params = {"visit_ids": visit_ids, "user_id": user.id, "most": MOST_CARRIED}
        for visit_id, collection, row_id in session.connection().execute(_elsewhere(), params):
            carried.setdefault(visit_id, []).append((collection, row_id))
    return carried


@cache
def _elsewhere() -> CompoundSelect[Any]:
    columns: Any = (
        col(Visit.id).label("id"),
        col(Visit.corrects).label("earlier"),
        col(Visit.corrected_by).label("later"),
    )
    asked = select(col(Visit.id).label("asked"), *columns).where(
        col(Visit.id).in_(bindparam("visit_ids", expanding=True))
    )
    rows = asked.cte("rows_of_one_visit", recursive=True)
    beside = select(rows.c.asked, *columns).where(col(Visit.id).in_((rows.c.earlier, rows.c.later)))
    rows = rows.union(beside)
    held = and_(scope.held_by(scope.WHOEVER), col(Customer.deleted_at).is_(None))
    return union_all(
        *(
            select(rows.c.asked, literal(model.__collection__), col(model.id))
            .join(model, col(model.visit_id) == rows.c.id)
            .join(Customer, col(Customer.id) == col(model.customer_id))
            .where(held.is_not(True))  # without an owner it is null, and no row for this phone either
            for model in (FollowUp, Attachment)
        )
    ).limit(bindparam("most"))
