"""An index for what an author did in a period; indexes that nothing reads are removed"""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

# The primary keys begin with the same columns as the first three; no query uses the others.
UNREAD = (
    ("access_requests", "customer_id"),
    ("customer_shares", "customer_id"),
    ("customer_tags", "customer_id"),
    ("contracts", "author_id"),
    ("orders", "author_id"),
    ("quotes", "author_id"),
    ("visits", "corrects"),
)


def upgrade() -> None:
    op.create_index("ix_visits_author_started", "visits", ["author_id", "started_at"])
    op.drop_index(op.f("ix_visits_author_id"), "visits")
    for table, column in UNREAD:
        op.drop_index(op.f(f"ix_{table}_{column}"), table)


def downgrade() -> None:
    for table, column in reversed(UNREAD):
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    op.create_index(op.f("ix_visits_author_id"), "visits", ["author_id"])
    op.drop_index("ix_visits_author_started", "visits")
