"""What a product costs the company"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("products", sa.Column("cost_cents", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("products", "cost_cents")
