"""Who gave whom a customer or a share of it, and who declined"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

TABLES = {"customers": "given", "customer_shares": "shared", "access_requests": "declined"}
# The index that finds one person's rows finds the late ones of them now.
WHOSE = {"customers": "owner", "customer_shares": "user"}


def upgrade() -> None:
    for table, what in TABLES.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column(f"{what}_at", sa.DateTime(timezone=True), nullable=True))
            batch_op.add_column(sa.Column(f"{what}_by", sa.String(36), nullable=True))
            batch_op.create_foreign_key(
                batch_op.f(f"fk_{table}_{what}_by_users"), "users", [f"{what}_by"], ["id"]
            )
    for table, whose in WHOSE.items():
        op.drop_index(op.f(f"ix_{table}_{whose}_id"), table_name=table)
        op.create_index(f"ix_{table}_{whose}", table, [f"{whose}_id", f"{TABLES[table]}_at"])


def downgrade() -> None:
    op.execute("DELETE FROM access_requests WHERE declined_at IS NOT NULL")
    for table, whose in WHOSE.items():
        op.drop_index(f"ix_{table}_{whose}", table_name=table)
        op.create_index(op.f(f"ix_{table}_{whose}_id"), table, [f"{whose}_id"])
    for table, what in TABLES.items():
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(batch_op.f(f"fk_{table}_{what}_by_users"), type_="foreignkey")
            batch_op.drop_column(f"{what}_by")
            batch_op.drop_column(f"{what}_at")
