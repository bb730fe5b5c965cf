"""Lets a parked change through once the reason is gone, and with it those that waited for it."""

from collections.abc import Sequence
from typing import Final

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from server.models.receipt import Receipt
from sync.batch import Batch, Outcome
from sync.envelope import Item, moment_or_none
from sync.parking import Parked, creates_of

# Trying these again may succeed; a change that broke the server waits for somebody to look at it.
WORTH_TRYING_AGAIN: Final = {
    "not_allowed",
    "conflict",
    "deleted",
    "depends_on_parked",
    "invalid",
    "unknown_change",
}


def release(session: Session, batch: Batch, receipt: Receipt) -> list[Receipt]:
    """Tries it, or its group, again, in the name of its author; then its dependents. Returns those now applied.

    `batch` is of the same user. What is refused anew stays parked with the new reason. The caller gives those
    returned their `rev`, which is only known at the end of the transaction.
    """
    if batch.user.id != receipt.user_id:
        raise ValueError("a change is applied in the name of its author")
    applied = _try(session, batch, group_of(session, receipt))
    if not applied:
        return []
    while True:
        more = _dependents(session, batch)
        if not more:
            return applied
        applied += more


def is_worth_trying(group: Sequence[Receipt]) -> bool:
    """All of them or none: with one that broke the server, or was taken back, the others wait."""
    return all(one.code in WORTH_TRYING_AGAIN and one.dismissed_at is None for one in group)


def group_of(session: Session, receipt: Receipt) -> Sequence[Receipt]:
    """What came with it in one push, as one group. A client may give another group the same name later."""
    if receipt.change_group is None:
        return [receipt]
    query = _parked_of(receipt.user_id).where(
        Receipt.change_group == receipt.change_group,
        Receipt.device_id == receipt.device_id,
        Receipt.received_at == receipt.received_at,
    )
    return session.exec(query).all()


def _parked_of(user_id: str) -> SelectOfScalar[Receipt]:
    query = select(Receipt).where(Receipt.user_id == user_id, Receipt.status == "parked")
    return query.order_by(col(Receipt.received_at), col(Receipt.device_id), col(Receipt.seq))


def _dependents(session: Session, batch: Batch) -> list[Receipt]:
    """One round over the changes that wait for others. Returns those applied, which may be what others wait for."""
    still = Receipt.code == "depends_on_parked", col(Receipt.dismissed_at).is_(None)
    waiting = session.exec(_parked_of(batch.user.id).where(*still)).all()
    applied: list[Receipt] = []
    tried: set[str] = set()
    for receipt in waiting:
        if receipt.status != "parked" or receipt.change_id in tried:
            continue
        group = group_of(session, receipt)
        tried.update(one.change_id for one in group)
        if is_worth_trying(group):
            applied += _try(session, batch, group)
    return applied


def _try(session: Session, batch: Batch, receipts: Sequence[Receipt]) -> list[Receipt]:
    items = [_item(receipt) for receipt in receipts]
    outcomes = batch.run_unit(items)
    for receipt, outcome in zip(receipts, outcomes, strict=True):
        _record(receipt, outcome, batch)
    session.flush()
    batch.parked = Parked(session, batch.user.id)
    return [receipt for receipt in receipts if receipt.status == "applied"]


def _item(receipt: Receipt) -> Item:
    whole = receipt.item or {}
    return Item(
        seq=receipt.seq,
        id=receipt.change_id,
        name=whole.get("name", ""),
        args=whole.get("args"),
        base_rev=receipt.base_rev,
        happened_at=moment_or_none(whole.get("happened_at")),
        group=receipt.change_group,
        whole=whole,
    )


def _record(receipt: Receipt, outcome: Outcome, batch: Batch) -> None:
    receipt.status, receipt.code, receipt.detail = outcome.status, outcome.code, outcome.detail
    if outcome.status == "applied":
        item = _item(receipt)  # which this version understands, even if the one that parked it did not
        receipt.item, receipt.creates = None, creates_of(item.name, item.args) or None
        receipt.released_at = batch.now
