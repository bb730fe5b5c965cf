"""By which figure the reps of a territory are ranked in the weekly report"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("territory_settings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ranked_by", sa.String(20), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("territory_settings", schema=None) as batch_op:
        batch_op.drop_column("ranked_by")
