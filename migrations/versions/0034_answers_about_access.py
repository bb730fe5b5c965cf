"""What was answered to whoever asked for access to a customer"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("access_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("answered_by", sa.String(36), nullable=True))
        batch_op.add_column(sa.Column("given", sa.Boolean(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_access_requests_answered_by_users"), "users", ["answered_by"], ["id"]
        )


def downgrade() -> None:
    op.execute("DELETE FROM access_requests WHERE answered_at IS NOT NULL")
    with op.batch_alter_table("access_requests", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_access_requests_answered_by_users"), type_="foreignkey")
        batch_op.drop_column("given")
        batch_op.drop_column("answered_by")
        batch_op.drop_column("answered_at")
