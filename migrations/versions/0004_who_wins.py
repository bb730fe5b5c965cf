"""Merged customers, managers' decisions on parked changes, wiping phones"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("merged_into", sa.String(36), nullable=True))
        lists = sa.JSON().with_variant(JSONB(), "postgresql")
        batch_op.add_column(sa.Column("merged_ids", lists, nullable=False, server_default="[]"))
        batch_op.create_foreign_key(
            batch_op.f("fk_customers_merged_into_customers"), "customers", ["merged_into"], ["id"]
        )
        batch_op.create_index(batch_op.f("ix_customers_merged_into"), ["merged_into"], unique=False)
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.alter_column("merged_ids", server_default=None)
    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("dismissed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("dismissed_by", sa.String(36), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_receipts_dismissed_by_users"), "users", ["dismissed_by"], ["id"]
        )
    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wipe_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("wiped_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("devices", schema=None) as batch_op:
        batch_op.drop_column("wiped_at")
        batch_op.drop_column("wipe_at")
    with op.batch_alter_table("receipts", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_receipts_dismissed_by_users"), type_="foreignkey")
        batch_op.drop_column("dismissed_by")
        batch_op.drop_column("dismissed_at")
        batch_op.drop_column("asked_at")
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customers_merged_into"))
        batch_op.drop_constraint(batch_op.f("fk_customers_merged_into_customers"), type_="foreignkey")
        batch_op.drop_column("merged_ids")
        batch_op.drop_column("merged_into")
