"""The lines of orders as rows, which triggers write, so that figures need not read them from JSON"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

COLUMNS = "order_id, number, customer_id, placed_on, currency, product_id, unit, quantity, cents, is_first"
# {orders} is where the orders come from: the whole table, or the row of a trigger.
SQLITE = """
    INSERT INTO order_lines ({columns})
    SELECT order_id, number, customer_id, placed_on, currency, product_id, unit, quantity,
        gross - (gross / 10000 * bp + (gross % 10000 * bp + 5000) / 10000),
        row_number() OVER (PARTITION BY order_id, product_id ORDER BY number) = 1
    FROM (
        SELECT order_id, number, customer_id, placed_on, currency, product_id, unit, quantity,
            quantity * price AS gross, bp
        FROM (
            SELECT {order}.id AS order_id, line.key AS number, {order}.customer_id AS customer_id,
                {order}.placed_on AS placed_on, {order}.currency AS currency,
                coalesce(json_extract(line.value, '$.product_id'), '') AS product_id,
                coalesce(json_extract(line.value, '$.unit'), '') AS unit,
                coalesce(CAST(json_extract(line.value, '$.quantity') AS INTEGER), 0) AS quantity,
                coalesce(CAST(json_extract(line.value, '$.unit_price_cents') AS INTEGER), 0) AS price,
                coalesce(CAST(json_extract(line.value, '$.discount_bp') AS INTEGER), 0) AS bp
            FROM {source}json_each({order}.lines) AS line
            WHERE {order}.withdrawn_at IS NULL
        )
    )
"""
POSTGRES = """
    INSERT INTO order_lines ({columns})
    SELECT order_id, number, customer_id, placed_on, currency, product_id, unit, quantity,
        gross - (gross / 10000 * bp + (gross % 10000 * bp + 5000) / 10000),
        (row_number() OVER (PARTITION BY order_id, product_id ORDER BY number) = 1)::integer
    FROM (
        SELECT order_id, number, customer_id, placed_on, currency, product_id, unit, quantity,
            quantity * price AS gross, bp
        FROM (
            SELECT {order}.id AS order_id, line.place - 1 AS number, {order}.customer_id AS customer_id,
                {order}.placed_on AS placed_on, {order}.currency AS currency,
                coalesce(line.value ->> 'product_id', '') AS product_id,
                coalesce(line.value ->> 'unit', '') AS unit,
                coalesce((line.value ->> 'quantity')::bigint, 0) AS quantity,
                coalesce((line.value ->> 'unit_price_cents')::bigint, 0) AS price,
                coalesce((line.value ->> 'discount_bp')::bigint, 0) AS bp
            FROM {source}jsonb_array_elements({order}.lines) WITH ORDINALITY AS line (value, place)
            WHERE {order}.withdrawn_at IS NULL
        ) AS said
    ) AS counted
"""
CHANGES = "UPDATE OF customer_id, placed_on, currency, lines, withdrawn_at"


def upgrade() -> None:
    op.create_table(
        "order_lines",
        sa.Column("order_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("customer_id", sa.String(36), nullable=False),
        sa.Column("placed_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("product_id", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.Column("is_first", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id_orders"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_order_lines_customer_id_customers")
        ),
        sa.PrimaryKeyConstraint("order_id", "number", name=op.f("pk_order_lines")),
    )
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(_filled(SQLITE if is_sqlite else POSTGRES, "orders", "orders, "))
    op.create_index(
        "ix_order_lines_bought",
        "order_lines",
        ["customer_id", "placed_on", "product_id", "unit", "currency", "quantity", "cents", "is_first"],
    )
    (_sqlite_triggers if is_sqlite else _postgres_trigger)()


def _filled(text: str, order: str, source: str = "") -> str:
    return text.format(columns=COLUMNS, order=order, source=source)


def _sqlite_triggers() -> None:
    anew = _filled(SQLITE, "NEW")
    op.execute(f"CREATE TRIGGER order_lines_placed AFTER INSERT ON orders BEGIN {anew}; END")
    gone = "DELETE FROM order_lines WHERE order_id = OLD.id"
    op.execute(f"CREATE TRIGGER order_lines_changed AFTER {CHANGES} ON orders BEGIN {gone}; {anew}; END")


def _postgres_trigger() -> None:
    op.execute(
        f"""
        CREATE OR REPLACE FUNCTION write_order_lines() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' THEN
                DELETE FROM order_lines WHERE order_id = OLD.id;
            END IF;
            {_filled(POSTGRES, "NEW")};
            RETURN NULL;
        END $$
        """  # noqa: S608
    )
    op.execute(
        f"CREATE TRIGGER order_lines_written AFTER INSERT OR {CHANGES} ON orders "
        "FOR EACH ROW EXECUTE FUNCTION write_order_lines()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER order_lines_placed")
        op.execute("DROP TRIGGER order_lines_changed")
    else:
        # A restore moves the earlier tables into another schema, and they keep their trigger.
        op.execute("DROP FUNCTION write_order_lines() CASCADE")
    op.drop_table("order_lines")
