"""Indexes that cover what managers' figures read"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_visits_happened",
        "visits",
        ["started_at", "customer_id", "author_id", "kind", "withdrawn_at", "corrected_by", "outcome"],
    )
    op.drop_index("ix_visits_started_at", "visits")
    op.create_index(
        "ix_orders_bought", "orders", ["customer_id", "placed_on", "currency", "total_cents", "withdrawn_at"]
    )
    op.drop_index(op.f("ix_orders_customer_id"), "orders")
    op.create_index("ix_customers_whose", "customers", ["id", "deleted_at", "owner_id", "territory_id"])
    is_open = sa.text("completed_at IS NULL AND withdrawn_at IS NULL")
    op.create_index(
        "ix_follow_ups_open",
        "follow_ups",
        ["owner_id", "due_on", "customer_id"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def downgrade() -> None:
    op.drop_index("ix_follow_ups_open", "follow_ups")
    op.drop_index("ix_customers_whose", "customers")
    op.create_index(op.f("ix_orders_customer_id"), "orders", ["customer_id"])
    op.drop_index("ix_orders_bought", "orders")
    op.create_index("ix_visits_started_at", "visits", ["started_at"])
    op.drop_index("ix_visits_happened", "visits")
