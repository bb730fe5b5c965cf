"""All versions of library documents; the files of earlier versions were not kept until now"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "library_versions",
        sa.Column("document_id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author_id", sa.String(36), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_library_versions_author_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["library_documents.id"],
            name=op.f("fk_library_versions_document_id_library_documents"),
        ),
        sa.PrimaryKeyConstraint("document_id", "version", name=op.f("pk_library_versions")),
    )
    with op.batch_alter_table("library_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_library_versions_sha256"), ["sha256"], unique=False)
    op.execute(
        "INSERT INTO library_versions (document_id, version, name, sha256, size, media_type, came_at, author_id) "
        "SELECT id, version, name, sha256, size, media_type, updated_at, author_id FROM library_documents"
    )


def downgrade() -> None:
    op.drop_table("library_versions")
