"""Quotas of people and territories, and an index for the latest opportunities"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = ("users", "territories")


def upgrade() -> None:
    kept = sa.JSON().with_variant(JSONB(), "postgresql")
    for table in TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("quotas", kept, nullable=False, server_default="[]"))
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column("quotas", server_default=None)
    op.create_index(op.f("ix_opportunities_created_at"), "opportunities", ["created_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_opportunities_created_at"), table_name="opportunities")
    for table in TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("quotas")
