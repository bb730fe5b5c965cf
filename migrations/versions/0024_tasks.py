"""Tasks for other departments, and the departments of support"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None

IS_OPEN = sa.text("answered_at IS NULL AND withdrawn_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("customer_id", sa.String(36), nullable=False),
        sa.Column("asked_by", sa.String(36), nullable=False),
        sa.Column("department", sa.String(20), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("answered_by", sa.String(36), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rating", sa.String(10), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["users.id"], name=op.f("fk_tasks_answered_by_users")),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_tasks_asked_by_users")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_tasks_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        for column in ("answered_by", "asked_by", "customer_id"):
            batch_op.create_index(batch_op.f(f"ix_tasks_{column}"), [column], unique=False)
        batch_op.create_index(
            "ix_tasks_open", ["department", "customer_id"], sqlite_where=IS_OPEN, postgresql_where=IS_OPEN
        )
    op.add_column("users", sa.Column("department", sa.String(20), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "department")
    op.drop_table("tasks")
