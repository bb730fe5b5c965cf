"""Which of our products a customer prefers"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kept = sa.JSON().with_variant(JSONB(), "postgresql")
    op.add_column("customers", sa.Column("preferred_product_ids", kept, nullable=True))


def downgrade() -> None:
    op.drop_column("customers", "preferred_product_ids")
