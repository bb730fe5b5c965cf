"""Names are compared without legal forms that are written with dots, such as S.p.A. and d.o.o."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

AT_ONCE = 1000

# How keys were made when this migration was written. Whoever changes that needs a migration that makes them anew.
LATIN_FORMS = frozenset(
    "gmbh mbh co kg kgaa ag se ug ohg gbr ek ev ltd limited inc incorporated llc llp plc corp corporation company sa "
    "sarl sas srl spa bv nv oy ab as aps sro doo pty pte the and und".split()
)
NEW_FORMS = frozenset(("kgaa", "se", "ek"))
CHINESE_FORMS = re.compile(r"(股份有限公司|有限责任公司|集团有限公司|有限公司|集团公司|集团|公司|厂)$")
DOTS = re.compile(r"\. ?(?=[a-z]\b)", re.ASCII)
SEPARATORS = re.compile(r"[\W_]+")
NOT_DECOMPOSED = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ς": "σ"}
)


def upgrade() -> None:
    table = sa.table("customers", *(sa.column(name) for name in ("id", "name", "name_key")))
    write = table.update().where(table.c.id == sa.bindparam("of_id")).values(name_key=sa.bindparam("key"))
    connection = op.get_bind()
    rows = connection.execute(sa.select(table.c.id, table.c.name)).all()
    changed = [{"of_id": row_id, "key": key} for row_id, name in rows if (key := _new_key(name))]
    for start in range(0, len(changed), AT_ONCE):
        connection.execute(write, changed[start : start + AT_ONCE])


def _new_key(name: str) -> str | None:
    """None for a name whose key is what it was."""
    folded = _fold(name)
    words = [word for word in SEPARATORS.split(DOTS.sub("", folded)) if word]
    if not DOTS.search(folded) and NEW_FORMS.isdisjoint(words):
        return None
    bare = "".join(word for word in words if word not in LATIN_FORMS)
    return CHINESE_FORMS.sub("", bare) or "".join(words) or name.strip()


def _fold(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in apart if unicodedata.category(letter) != "Mn")
    return re.sub(r"[ \t\n\r\u00a0\u3000]+", " ", bare.lower().translate(NOT_DECOMPOSED)).strip(" ")


def downgrade() -> None:
    """The keys stay: an earlier version compares them with its own, and finds fewer of these names alike."""
