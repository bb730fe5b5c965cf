"""Prices and stock of products, quotes, orders with their payments, the letterhead"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NEW_OF_PRODUCTS = ("code", "unit", "price_cents", "currency", "prices", "stock_quantity", "stock_told_at")


def upgrade() -> None:
    kept = sa.JSON().with_variant(JSONB(), "postgresql")
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.add_column(sa.Column("code", sa.String(60), nullable=True))
        batch_op.add_column(sa.Column("unit", sa.String(20), nullable=True))
        batch_op.add_column(sa.Column("price_cents", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("currency", sa.String(3), nullable=True))
        batch_op.add_column(sa.Column("prices", kept, nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("stock_quantity", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("stock_told_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_products_code"), ["code"])
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.alter_column("prices", server_default=None)
    op.create_table(
        "letterheads",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("lines", sa.String(1000), nullable=False),
        sa.Column("footer", sa.String(1000), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letterheads")),
    )
    op.create_table(
        "quotes",
        *_of_an_opportunity("quotes"),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("discount_bp", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decline_reason", sa.String(), nullable=True),
    )
    op.create_table(
        "orders",
        *_of_an_opportunity("orders"),
        sa.Column("quote_id", sa.String(36), nullable=False),
        sa.Column("placed_on", sa.Date(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("payments", kept, nullable=False),
        sa.ForeignKeyConstraint(["quote_id"], ["quotes.id"], name=op.f("fk_orders_quote_id_quotes")),
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_orders_quote_id"), ["quote_id"], unique=False)
    for table in ("quotes", "orders"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.create_index(batch_op.f(f"ix_{table}_customer_id"), ["customer_id"], unique=False)
            batch_op.create_index(batch_op.f(f"ix_{table}_opportunity_id"), ["opportunity_id"], unique=False)
            batch_op.create_index(batch_op.f(f"ix_{table}_author_id"), ["author_id"], unique=False)


def _of_an_opportunity(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("customer_id", sa.String(36), nullable=False),
        sa.Column("opportunity_id", sa.String(36), nullable=False),
        sa.Column("author_id", sa.String(36), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("lines", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f(f"fk_{table}_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["opportunities.id"], name=op.f(f"fk_{table}_opportunity_id_opportunities")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f(f"fk_{table}_author_id_users")),
    ]


def downgrade() -> None:
    for table in ("orders", "quotes", "letterheads"):
        op.drop_table(table)
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_products_code"), type_="unique")
        for column in NEW_OF_PRODUCTS:
            batch_op.drop_column(column)
