"""One sum for each collection. A phone that computes another one has drifted from what it should hold."""

from functools import cache
from zlib import crc32

from sqlalchemy import Select, select
from sqlmodel import Session, col, or_

from server.models import scope
from server.models.customer import Customer
from server.models.library_document import LibraryDocument
from server.models.revision import RowRevision
from server.models.user import User
from sync.rows import TABLES


def sums(session: Session, user: User) -> dict[str, str]:
    """By collection: `"<rows>-<sum of crc32("id:rev") modulo 2^32, 8 hex digits>"`, whatever the order."""
    counts, totals = dict.fromkeys(TABLES, 0), dict.fromkeys(TABLES, 0)
    query = _held(scope.anybody_like(user))
    for collection, row_id, rev in session.connection().execute(query, scope.given(user)):
        counts[collection] += 1
        totals[collection] += crc32(f"{row_id}:{rev}".encode())
    return {name: f"{counts[name]}-{totals[name] % 2**32:08x}" for name in TABLES}


@cache
def _held(reader: scope.Anybody) -> Select[str, str, int]:
    """Reads the revision of each row that the phone of such a reader should hold. Made once for each kind of reader."""
    held = scope.held_by(reader.id) & col(Customer.deleted_at).is_(None)
    readable = select(col(LibraryDocument.id)).where(scope.library_for(reader))
    own = col(RowRevision.customer_id).is_(None) & (
        col(RowRevision.collection).not_in(("me", "library"))
        | (col(RowRevision.row_id) == reader.id)
        | ((col(RowRevision.collection) == "library") & col(RowRevision.row_id).in_(readable))
    )
    return (
        select(col(RowRevision.collection), col(RowRevision.row_id), col(RowRevision.rev))
        .outerjoin(Customer, col(Customer.id) == col(RowRevision.customer_id))
        .where(col(RowRevision.gone).is_(False), or_(held, own))
    )
