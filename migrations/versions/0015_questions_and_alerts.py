"""Saved and pinned questions, how people look at Team, and alerts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
KEPT = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "questions",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("owner_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("definition", KEPT, nullable=False),
        sa.Column("shared_with", KEPT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"], name=op.f("fk_questions_owner_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
    )
    op.create_index(op.f("ix_questions_owner_id"), "questions", ["owner_id"])
    op.create_table(
        "pinned_questions",
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("question_id", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_pinned_questions_user_id_users")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name=op.f("fk_pinned_questions_question_id_questions")
        ),
        sa.PrimaryKeyConstraint("user_id", "question_id", name=op.f("pk_pinned_questions")),
    )
    op.create_index(op.f("ix_pinned_questions_question_id"), "pinned_questions", ["question_id"])
    op.create_table(
        "team_views",
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("asked", KEPT, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_team_views_user_id_users")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_team_views")),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("territory_id", sa.String(36), nullable=True),
        sa.Column("terms", KEPT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("risen_on", sa.Date(), nullable=True),
        sa.Column("risen_number", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_alerts_user_id_users")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territories.id"], name=op.f("fk_alerts_territory_id_territories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(op.f("ix_alerts_user_id"), "alerts", ["user_id"])


def downgrade() -> None:
    for table in ("alerts", "team_views", "pinned_questions", "questions"):
        op.drop_table(table)
