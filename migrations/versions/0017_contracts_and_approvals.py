"""Contracts and their terms; asking for approval"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")
ASKED = ("approval_asked_at", "approval_answered_at")


def upgrade() -> None:
    moments = ("sent_at", "signed_at", "cancelled_at", "withdrawn_at")
    points_at = {
        "customer_id": "customers",
        "opportunity_id": "opportunities",
        "quote_id": "quotes",
        "author_id": "users",
    }
    op.create_table(
        "contracts",
        sa.Column("id", sa.String(36), nullable=False),
        *(sa.Column(name, sa.String(36), nullable=name == "quote_id") for name in points_at),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("seller", sa.String(1300), nullable=False),
        sa.Column("buyer", sa.String(1300), nullable=False),
        sa.Column("lines", JSON, nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("terms", sa.String(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in moments),
        sa.Column("signer", sa.String(200), nullable=True),
        *(
            sa.Column(name, sa.Integer(), nullable=True)
            for name in ("latitude_e6", "longitude_e6", "accuracy_m")
        ),
        sa.Column("strokes", sa.String(), nullable=True),
        sa.Column("seal", sa.String(64), nullable=True),
        sa.Column("cancel_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts")),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_contracts_{name}_{table}"))
            for name, table in points_at.items()
        ),
    )
    with op.batch_alter_table("contracts", schema=None) as batch_op:
        for name in points_at:
            batch_op.create_index(batch_op.f(f"ix_contracts_{name}"), [name], unique=False)
    with op.batch_alter_table("letterheads", schema=None) as batch_op:
        batch_op.add_column(sa.Column("terms", sa.String(20_000), nullable=False, server_default=""))
    with op.batch_alter_table("letterheads", schema=None) as batch_op:
        batch_op.alter_column("terms", server_default=None)
    with op.batch_alter_table("opportunities", schema=None) as batch_op:
        batch_op.add_column(sa.Column("approval_requests", JSON, nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("approval_asked_by", sa.String(36), nullable=True))
        for name in ASKED:
            batch_op.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
            batch_op.create_index(batch_op.f(f"ix_opportunities_{name}"), [name], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_opportunities_approval_asked_by_users"), "users", ["approval_asked_by"], ["id"]
        )
    with op.batch_alter_table("opportunities", schema=None) as batch_op:
        batch_op.alter_column("approval_requests", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("opportunities", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_opportunities_approval_asked_by_users"), type_="foreignkey")
        for name in ASKED:
            batch_op.drop_index(batch_op.f(f"ix_opportunities_{name}"))
        for name in (*ASKED, "approval_asked_by", "approval_requests"):
            batch_op.drop_column(name)
    with op.batch_alter_table("letterheads", schema=None) as batch_op:
        batch_op.drop_column("terms")
    op.drop_table("contracts")
