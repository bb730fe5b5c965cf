"""The outbox of a phone as a file, brought in for its author: exactly once, because the ids of its changes are kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, func, select

from server.database import Database
from server.models.attachment import Attachment
from server.models.identity import is_id, new_id
from server.models.user import User
from server.translations import msgid, translator
from sync.batch import units
from sync.envelope import MOST_CHANGES, Declined, Envelope, Item, is_shallow, read_change, read_json
from sync.push import push

FORMAT: Final = 1
NO_OUTBOX: Final = msgid("This is not the outbox of a phone.")
NEWER: Final = msgid("This outbox comes from a newer version of Legwork.")
BROKEN: Final = msgid("Entry %(number)s of this outbox is damaged. Nothing was brought in.")
NOBODYS: Final = msgid("The person whose outbox this is has no account here.")
SOMEBODY_ELSES: Final = msgid(
    "This outbox is somebody else’s. They bring it in on a phone of their own, or an admin at the server."
)


class BadFile(Exception):  # noqa: N818  (an answer, not a failure)
    """`sentence` is a msgid."""

    def __init__(self, sentence: str, **params: Any) -> None:
        super().__init__(sentence)
        self.sentence, self.params = sentence, params


@dataclass(frozen=True)
class OutboxFile:
    user_id: str
    items: list[Item]


def read_outbox(raw: bytes) -> OutboxFile:
    """Without entries that were taken back before they were sent (`noop`). Raises BadFile."""
    try:
        told = read_json(raw)
    except (ValueError, RecursionError):
        raise BadFile(NO_OUTBOX) from None
    if not isinstance(told, dict) or not isinstance(told.get("legwork_outbox"), int):
        raise BadFile(NO_OUTBOX)
    if told["legwork_outbox"] > FORMAT:
        raise BadFile(NEWER)
    changes, user_id = told.get("changes"), told.get("user_id")
    if not isinstance(changes, list) or not isinstance(user_id, str) or not is_id(user_id):
        raise BadFile(NO_OUTBOX)
    items = [_item(change, number) for number, change in enumerate(changes, 1)]
    return OutboxFile(user_id, [item for item in items if item.name != "noop"])


def _item(change: Any, number: int) -> Item:
    try:
        item = read_change(change)
    except Declined:
        raise BadFile(BROKEN, number=number) from None
    if not is_shallow(change):  # no phone could have sent it either
        raise BadFile(BROKEN, number=number)
    return item


def author_of(session: Session, file: OutboxFile) -> User:
    user = session.get(User, file.user_id)
    if user is None:
        raise BadFile(NOBODYS)
    return user


def files_elsewhere(session: Session, file: OutboxFile) -> int:
    """How many photos and voice notes that it names the server lacks: they are on their phone, not in this file."""
    told = [item.args for item in file.items if item.name.endswith(".attach") and isinstance(item.args, dict)]
    ids = [row_id for args in told if is_id(row_id := args.get("attachment_id"))]
    there = select(func.count()).where(col(Attachment.id).in_(ids), col(Attachment.received_at).is_(None))
    return session.exec(there).one()


def bring_in(database: Database, author: User, file: OutboxFile, now: datetime) -> list[dict[str, Any]]:
    """Pushes the entries as a new device of the author's would. Returns the receipts."""
    if file.user_id != author.id:
        raise BadFile(SOMEBODY_ELSES)
    t, device_id = translator(author.language), new_id()
    receipts: list[dict[str, Any]] = []
    for part in _parts(file.items):
        items = [_numbered(item, len(receipts) + number) for number, item in enumerate(part, 1)]
        envelope = Envelope(None, device_id, author.id, None, 0, items)
        receipts += push(database, author, envelope, now, t)["receipts"]
    return receipts


def _parts(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Cuts them into pushes of as many as one may hold; a group stays whole."""
    part: list[Item] = []
    for unit in units(items):
        if part and len(part) + len(unit) > MOST_CHANGES:
            yield part
            part = []
        part += unit
    if part:
        yield part


def _numbered(item: Item, seq: int) -> Item:
    told = {name: item.whole.get(name) for name in ("id", "name", "args", "base_rev", "happened_at", "group")}
    return replace(item, seq=seq, whole={"seq": seq, **told})
