"""A cursor says up to where a phone has been told what happened. Phones cannot read it: they only hand it back."""

import base64
import binascii
from typing import Final

import msgspec

from sync.envelope import Declined

# The rank of an op: within one revision customers gained and lost come first, then rows, then its end. ALL is the rank
# of a first replica, which goes by customer and not by revision.
ALL, SCOPE, ROW, END = -1, 0, 1, 2
# In the place of a customer's id: the rows of no customer, which come before all others.
WORKSPACE: Final = ""


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """Names the last op that the phone was given, so that a page may end after any op."""

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
        """Where the op stands within its bundle: the number of the collection, and the id of the row."""
        return self.inside, self.second

    def at(self, rev: int, rank: int, first: str = "", second: str = "", inside: int = -1) -> "Cursor":
        return Cursor(self.epoch, self.user_id, rev, rank, first, second, inside, self.sums)


def encode(cursor: Cursor) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def decode(text: str, epoch: str, user_id: str, rev: int) -> Cursor:
    """Raises Declined if it cannot be read, or is of another history, of another user or of the future: the phone then
    starts its replica afresh."""
    try:
        padded = text + "=" * (-len(text) % 4)
        cursor = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=Cursor)
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        raise Declined(409, "epoch", epoch=epoch) from None
    is_text = f"{cursor.first}{cursor.second}".isprintable()  # PostgreSQL takes no text with a NUL
    is_of_here = (cursor.epoch, cursor.user_id) == (epoch, user_id) and 0 <= cursor.rev <= rev
    if not (is_text and is_of_here):
        raise Declined(409, "epoch", epoch=epoch)
    return cursor
