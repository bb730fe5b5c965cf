"""Customers that went back to the pool, and who is to be told"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hand_backs",
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("customer_id", sa.String(36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_hand_backs_user_id_users")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_hand_backs_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("user_id", "customer_id", name=op.f("pk_hand_backs")),
    )


def downgrade() -> None:
    op.drop_table("hand_backs")
