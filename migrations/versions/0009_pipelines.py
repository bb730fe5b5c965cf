"""Pipelines"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")
DEFAULT_PIPELINE = "00000000-0000-7000-8000-000000000001"
# key, kind, probability in percent, stuck after days, may be skipped, may be gone back to, what is required
STAGES = (
    ("lead", "open", 10, 30, True, True, []),
    ("first_contact", "open", 20, 21, True, True, []),
    ("needs_confirmed", "open", 40, 21, True, True, ["visit"]),
    ("quote", "open", 60, 14, False, True, ["amount"]),
    ("contract", "open", 80, 14, False, True, ["signed_quote"]),
    ("payment", "open", 90, 30, True, True, []),
    ("won", "won", 100, None, False, False, ["amount"]),
    ("lost", "lost", 0, None, False, False, ["reason"]),
)
NAMES = ("key", "kind", "probability", "stuck_after_days", "skip", "back", "required")


def upgrade() -> None:
    pipelines = op.create_table(
        "pipelines",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("stages", JSON, nullable=False),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pipelines")),
    )
    stages = [{"name": "", **dict(zip(NAMES, stage, strict=True))} for stage in STAGES]
    op.bulk_insert(pipelines, [{"id": DEFAULT_PIPELINE, "name": "", "position": 1, "stages": stages}])
    with op.batch_alter_table("opportunities", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("pipeline_id", sa.String(36), nullable=False, server_default=DEFAULT_PIPELINE)
        )
        batch_op.add_column(sa.Column("lost_reason", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("competitor", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("moves", JSON, nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("approvals", JSON, nullable=False, server_default="[]"))
        batch_op.create_foreign_key(
            batch_op.f("fk_opportunities_pipeline_id_pipelines"), "pipelines", ["pipeline_id"], ["id"]
        )
        batch_op.create_index("ix_opportunities_board", ["pipeline_id", "stage", "stage_since"])
    _tell_phones()


def _tell_phones() -> None:
    """Makes phones hear of the pipeline and of the opportunities, which have new columns."""
    connection = op.get_bind()
    connection.execute(
        sa.text("UPDATE workspace SET rev = rev + 1 WHERE EXISTS (SELECT 1 FROM row_revisions)")
    )
    rev = connection.execute(sa.text("SELECT rev FROM workspace")).scalar() or 0
    noted = sa.table("row_revisions", *map(sa.column, ("collection", "row_id", "customer_id", "rev", "gone")))
    row = {
        "collection": "pipelines",
        "row_id": DEFAULT_PIPELINE,
        "customer_id": None,
        "rev": rev,
        "gone": False,
    }
    op.bulk_insert(noted, [row])
    again = "UPDATE row_revisions SET rev = :rev WHERE collection = 'opportunities'"
    connection.execute(sa.text(again), {"rev": rev})


def downgrade() -> None:
    op.execute("DELETE FROM row_revisions WHERE collection = 'pipelines'")
    with op.batch_alter_table("opportunities", schema=None) as batch_op:
        batch_op.drop_index("ix_opportunities_board")
        batch_op.drop_constraint(batch_op.f("fk_opportunities_pipeline_id_pipelines"), type_="foreignkey")
        for column in ("approvals", "moves", "competitor", "lost_reason", "pipeline_id"):
            batch_op.drop_column(column)
    op.drop_table("pipelines")
