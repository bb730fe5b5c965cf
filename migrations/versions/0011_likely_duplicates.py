"""Keys that find likely duplicates, access requests, an index for what happened lately"""

import sqlalchemy as sa
from alembic import op

from server.likeness import keys_of

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEYS = ("name_key", "phone_key", "address_key")
AT_ONCE = 1000


def upgrade() -> None:
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("name_key", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("phone_key", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("address_key", sa.String(), nullable=True))
    _fill_in()
    with op.batch_alter_table("customers", schema=None) as batch_op:
        batch_op.alter_column("name_key", server_default=None)
        for name in KEYS:
            batch_op.create_index(batch_op.f(f"ix_customers_{name}"), [name], unique=False)
    op.create_table(
        "access_requests",
        sa.Column("customer_id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_access_requests_customer_id_customers")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_access_requests_user_id_users")),
        sa.PrimaryKeyConstraint("customer_id", "user_id", name=op.f("pk_access_requests")),
    )
    for name in ("customer_id", "user_id"):
        op.create_index(op.f(f"ix_access_requests_{name}"), "access_requests", [name])
    op.create_index("ix_visits_started_at", "visits", ["started_at"])


def _fill_in() -> None:
    names = ("id", "name", "phone", "address", *KEYS)
    table = sa.table("customers", *(sa.column(name) for name in names))
    kept = {name: sa.bindparam(name) for name in KEYS}
    write = table.update().where(table.c.id == sa.bindparam("of_id")).values(kept)
    connection = op.get_bind()
    rows = connection.execute(sa.select(table.c.id, table.c.name, table.c.phone, table.c.address)).all()
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        connection.execute(write, [{"of_id": row[0], **keys_of(*row[1:])} for row in some])


def downgrade() -> None:
    op.drop_index("ix_visits_started_at", "visits")
    op.drop_table("access_requests")
    with op.batch_alter_table("customers", schema=None) as batch_op:
        for name in KEYS:
            batch_op.drop_index(batch_op.f(f"ix_customers_{name}"))
            batch_op.drop_column(name)
