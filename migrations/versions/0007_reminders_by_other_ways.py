"""Reminders by e-mail, calendar feeds, and settings of territories"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
LIST = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("reminder_settings") as table:
        table.add_column(sa.Column("emailed", LIST, nullable=False, server_default="[]"))
    with op.batch_alter_table("reminder_settings") as table:
        table.alter_column("emailed", server_default=None)
    with op.batch_alter_table("deliveries") as table:
        table.alter_column("subscription_id", existing_type=sa.String(36), nullable=True)
    op.create_table(
        "territory_settings",
        sa.Column("territory_id", sa.String(36), nullable=False),
        sa.Column("hour", sa.String(5), nullable=False),
        sa.Column("quiet_from", sa.String(5), nullable=False),
        sa.Column("quiet_until", sa.String(5), nullable=False),
        sa.Column("working_days", sa.String(7), nullable=False),
        sa.Column("muted", LIST, nullable=False),
        sa.Column("emailed", LIST, nullable=False),
        sa.Column("discreet", sa.Boolean(), nullable=False),
        sa.Column("holidays", LIST, nullable=False),
        sa.Column("hand_back_days", sa.Integer(), nullable=True),
        sa.Column("set_by", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territories.id"], name=op.f("fk_territory_settings_territory_id_territories")
        ),
        sa.ForeignKeyConstraint(["set_by"], ["users.id"], name=op.f("fk_territory_settings_set_by_users")),
        sa.PrimaryKeyConstraint("territory_id", name=op.f("pk_territory_settings")),
    )
    op.create_table(
        "calendar_feeds",
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_calendar_feeds_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feeds_token_hash")),
    )


def downgrade() -> None:
    op.drop_table("calendar_feeds")
    op.drop_table("territory_settings")
    op.execute("DELETE FROM deliveries WHERE subscription_id IS NULL")
    with op.batch_alter_table("deliveries") as table:
        table.alter_column("subscription_id", existing_type=sa.String(36), nullable=False)
    with op.batch_alter_table("reminder_settings") as table:
        table.drop_column("emailed")
