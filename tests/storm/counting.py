"""Counts, when all is over, what the server holds of what phones have saved."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import select

from server.database import Database
from server.models.receipt import Receipt
from server.models.visit import Visit
from tests.storm.phone import StormPhone


@dataclass(frozen=True)
class Counted:
    saved: int
    lost: int
    doubled: int


def counted(database: Database, phones: Sequence[StormPhone]) -> Counted:
    """Counts visits by author and note, because a server that applies a change twice may give the second visit another
    id; and receipts by device and number."""
    saved = Counter((phone.rep.user_id, note) for phone in phones for note in phone.saved)
    numbers = Counter((phone.device_id, seq) for phone in phones for seq in range(1, len(phone.saved) + 1))
    authors, devices = {author for author, _ in saved}, {device for device, _ in numbers}
    with database.reading() as session:
        visits = session.exec(select(Visit.author_id, Visit.note)).all()
        receipts = session.exec(select(Receipt.device_id, Receipt.seq)).all()
    there = Counter((author, note or "") for author, note in visits if author in authors)
    received = Counter((device, seq) for device, seq in receipts if device in devices)
    lost = max((saved - there).total(), (numbers - received).total())
    doubled = max((there - saved).total(), (received - numbers).total())
    return Counted(saved.total(), lost, doubled)
