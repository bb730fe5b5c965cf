"""Weekly reports"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "weekly_reports",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("author_id", sa.String(36), nullable=False),
        sa.Column("week_on", sa.Date(), nullable=False),
        sa.Column("text", sa.String(20_000), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_weekly_reports_author_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_weekly_reports")),
        sa.UniqueConstraint("author_id", "week_on", name=op.f("uq_weekly_reports_author_id")),
    )
    with op.batch_alter_table("weekly_reports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_weekly_reports_sent_at"), ["sent_at"], unique=False)


def downgrade() -> None:
    op.drop_table("weekly_reports")
