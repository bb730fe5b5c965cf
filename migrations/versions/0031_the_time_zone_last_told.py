"""The time zone of people who have not chosen one, as their browser last reported it"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("read_time_zone", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("users", "read_time_zone")
