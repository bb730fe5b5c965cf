"""Files of customers and opportunities, the library, and customers' preferences and comparisons with competitors"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kept = sa.JSON().with_variant(JSONB(), "postgresql")
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.alter_column("visit_id", existing_type=sa.String(36), nullable=True)
        batch_op.add_column(sa.Column("opportunity_id", sa.String(36), nullable=True))
        batch_op.add_column(sa.Column("name", sa.String(200), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_attachments_opportunity_id_opportunities"),
            "opportunities",
            ["opportunity_id"],
            ["id"],
        )
        batch_op.create_index(batch_op.f("ix_attachments_opportunity_id"), ["opportunity_id"], unique=False)
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("preferred_products", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("preferred_times", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("comparisons", kept, nullable=False, server_default="{}"))
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.alter_column("comparisons", server_default=None)
    op.create_table(
        "library_documents",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("territory_id", sa.String(36), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author_id", sa.String(36), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_library_documents_author_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territories.id"], name=op.f("fk_library_documents_territory_id_territories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_documents")),
    )
    with op.batch_alter_table("library_documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_library_documents_sha256"), ["sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_library_documents_territory_id"), ["territory_id"], unique=False)


def downgrade() -> None:
    op.drop_table("library_documents")
    with op.batch_alter_table("customers", schema=None) as batch_op:
        for column in ("comparisons", "preferred_times", "preferred_products"):
            batch_op.drop_column(column)
    op.execute("DELETE FROM attachments WHERE visit_id IS NULL")
    with op.batch_alter_table("attachments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attachments_opportunity_id"))
        batch_op.drop_constraint(
            batch_op.f("fk_attachments_opportunity_id_opportunities"), type_="foreignkey"
        )
        batch_op.drop_column("name")
        batch_op.drop_column("opportunity_id")
        batch_op.alter_column("visit_id", existing_type=sa.String(36), nullable=False)
