"""A customer's lifecycle moves, in the customer's own row, because phones do not have the field history"""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
CUSTOMERS = sa.table(
    "customers",
    sa.column("id", sa.String),
    sa.column("merged_into", sa.String),
    sa.column("deleted_at", MOMENT),
    sa.column("lifecycle_moves", JSON),
)
HISTORY = sa.table(
    "field_history",
    *(sa.column(name, sa.String) for name in ("id", "collection", "row_id", "field", "changed_by")),
    sa.column("before", JSON),
    sa.column("after", JSON),
    sa.column("changed_at", MOMENT),
)
MOST = 50


def upgrade() -> None:
    op.add_column("customers", sa.Column("lifecycle_moves", JSON, nullable=True))
    known = _known()
    if known:
        filled = sa.update(CUSTOMERS).where(CUSTOMERS.c.id == sa.bindparam("of_id"))
        told = [{"of_id": row_id, "moves": moves[-MOST:]} for row_id, moves in known.items()]
        op.get_bind().execute(filled.values(lifecycle_moves=sa.bindparam("moves", type_=JSON)), told)
        _tell_phones(known)


def _known() -> dict[str, list[dict[str, str]]]:
    """The moves by customer. Those of a merged customer belong to the other one;
    the difference between the two when they were merged is no move."""
    connection = op.get_bind()
    aliases = sa.select(CUSTOMERS.c.id, CUSTOMERS.c.merged_into, CUSTOMERS.c.deleted_at)
    merged = connection.execute(aliases.where(CUSTOMERS.c.merged_into.is_not(None))).all()
    into = {row.id: row.merged_into for row in merged}
    at_merging = {(row.merged_into, row.deleted_at) for row in merged}
    entries = sa.select(HISTORY).where(HISTORY.c.collection == "customers", HISTORY.c.field == "lifecycle")
    known: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in connection.execute(entries.order_by(HISTORY.c.changed_at, HISTORY.c.id)):
        customer_id = into.get(row.row_id, row.row_id)
        if (customer_id, row.changed_at) not in at_merging:
            move = {"by": row.changed_by, "at": _wire(row.changed_at), "from": row.before, "to": row.after}
            known[customer_id].append(move)
    return known


def _wire(moment: datetime) -> str:
    utc = moment.astimezone(UTC) if moment.tzinfo else moment  # SQLite returns moments without their zone
    return utc.isoformat(timespec="milliseconds")[:23] + "Z"


def _tell_phones(known: dict[str, Any]) -> None:
    connection = op.get_bind()
    rev = connection.execute(sa.text("UPDATE workspace SET rev = rev + 1 RETURNING rev")).scalar_one()
    again = "UPDATE row_revisions SET rev = :rev WHERE collection = 'customers' AND row_id = :row_id"
    connection.execute(sa.text(again), [{"rev": rev, "row_id": row_id} for row_id in known])


def downgrade() -> None:
    op.drop_column("customers", "lifecycle_moves")
