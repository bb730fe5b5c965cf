"""An index in the order of the list of customers, also for customers of the same name"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_customers_sort_key_id", "customers", ["sort_key", "id"])
    op.drop_index("ix_customers_sort_key", "customers")


def downgrade() -> None:
    op.create_index("ix_customers_sort_key", "customers", ["sort_key"])
    op.drop_index("ix_customers_sort_key_id", "customers")
