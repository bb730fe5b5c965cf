"""How much of what happened a phone has been told. Opaque to it: a phone hands back what it was given."""

import base64
import binascii
from typing import Final

import msgspec

from sync.envelope import Declined

# What comes after what within one revision. ALL is the first replica, which goes by customer and not by revision.
ALL, SCOPE, ROW, END = -1, 0, 1, 2
WORKSPACE: Final = ""  # stands for the rows of no customer, and comes before every customer's


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The last op the phone was given: op by op, so that a page may end anywhere."""

    epoch: str
    user_id: str
    rev: int
    rank: int = END
    first: str = ""  # a customer, or the collection of a row
    second: str = ""  # a row
    inside: int = -1  # the collection within the bundle of that customer
    sums: bool = False  # whether sums are due on the last page

    @property
    def place(self) -> tuple[int, str]:
        """Within a bundle."""
        return self.inside, self.second

    def at(self, rev: int, rank: int, first: str = "", second: str = "", inside: int = -1) -> "Cursor":
        return Cursor(self.epoch, self.user_id, rev, rank, first, second, inside, self.sums)


def encode(cursor: Cursor) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def decode(text: str, epoch: str, user_id: str, rev: int) -> Cursor:
    """A cursor of another history, of another user or of the future makes the phone start its replica afresh."""
    try:
        padded = text + "=" * (-len(text) % 4)
        cursor = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=Cursor)
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        raise Declined(409, "epoch", epoch=epoch) from None
    is_named = f"{cursor.first}{cursor.second}".isprintable()  # no NUL: PostgreSQL takes no such text
    is_of_here = (cursor.epoch, cursor.user_id) == (epoch, user_id) and 0 <= cursor.rev <= rev
    if not (is_named and is_of_here):
        raise Declined(409, "epoch", epoch=epoch)
    return cursor
