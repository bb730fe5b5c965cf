"""Versions of products: a product's name ends with its version, and this column says which part that is"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("products", sa.Column("version", sa.String(40), nullable=True))


def downgrade() -> None:
    op.drop_column("products", "version")
