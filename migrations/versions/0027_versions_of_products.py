"""Versions of products: the name has it at its end, and this says which part of it that is"""

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
