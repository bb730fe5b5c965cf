"""Keys that find likely duplicates, access requests, an index for what happened lately"""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEYS = ("name_key", "phone_key", "address_key")
AT_ONCE = 1000

# How keys were made when this migration was written. Whoever changes that needs a migration that makes them anew.
LATIN_FORMS = frozenset(
    "gmbh mbh co kg ag ug ohg gbr ev ltd limited inc incorporated llc llp plc corp corporation company sa sarl sas srl "
    "spa bv nv oy ab as aps sro doo pty pte the and und".split()
)
CHINESE_FORMS = re.compile(r"(股份有限公司|有限责任公司|集团有限公司|有限公司|集团公司|集团|公司|厂)$")
SEPARATORS = re.compile(r"[\W_]+")
NOT_DECOMPOSED = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ς": "σ"}
)


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
        connection.execute(write, [{"of_id": row[0], **_keys_of(*row[1:])} for row in some])


def _keys_of(name: str, phone: str | None, address: str | None) -> dict[str, str | None]:
    words = [word for word in SEPARATORS.split(_fold(name)) if word]
    bare = "".join(word for word in words if word not in LATIN_FORMS)
    digits = re.sub(r"[^0-9]", "", _fold(phone or "").replace("(0)", "")).lstrip("0")
    door = SEPARATORS.sub("", _fold(address or ""))
    return {
        "name_key": CHINESE_FORMS.sub("", bare) or "".join(words) or name.strip(),
        "phone_key": digits[-8:] if len(digits) >= 7 else None,
        "address_key": door if len(door) >= 6 else None,
    }


def _fold(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in apart if unicodedata.category(letter) != "Mn")
    return re.sub(r"[ \t\n\r\u00a0\u3000]+", " ", bare.lower().translate(NOT_DECOMPOSED)).strip(" ")


def downgrade() -> None:
    op.drop_index("ix_visits_started_at", "visits")
    op.drop_table("access_requests")
    with op.batch_alter_table("customers", schema=None) as batch_op:
        for name in KEYS:
            batch_op.drop_index(batch_op.f(f"ix_customers_{name}"))
            batch_op.drop_column(name)
