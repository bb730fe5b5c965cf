"""What phones send. One transaction for a push: receipts, rows, revisions and the number of the last change together.

The steps are numbered in `_push`. sync/README.md is the contract.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import bindparam, exists, insert, literal
from sqlalchemy import select as sql_select
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlmodel import Session, col, select

from server.database import Database
from server.models.column import wire
from server.models.many import execute_many
from server.models.receipt import Receipt
from server.models.revision import count_this, stamp
from server.models.user import Device, User
from server.models.workspace import Workspace
from sync.batch import Batch, NotAtOnce, Outcome
from sync.devices import locked_device, remember_session
from sync.envelope import PROTOCOL, Declined, Envelope, Item
from sync.field_checks import CONTROL
from sync.parking import creates_of
from sync.release import group_of, is_worth_trying, release

ATTEMPTS: Final = 6  # of the whole push, when another transaction was in the way
SKEW_WORTH_NOTING_S: Final = 120
MOST_SKEW_S: Final = 2**31 - 1
LONGEST_NAME: Final = 100
TAKEN_BACK: Final = "noop"
_INSERT: Final = insert(Receipt.__table__)  # type: ignore[attr-defined]
# Every push runs these statements, so they are made once.
_SOME_PARKED: Final = exists().where(
    col(Receipt.user_id) == bindparam("user_id"),
    # Written into the SQL, because the index of parked receipts is not used for a bound value.
    col(Receipt.status) == literal("parked", literal_execute=True),
)
_WHERE_WE_ARE: Final = sql_select(
    col(Workspace.epoch), col(Workspace.rev), col(Workspace.durable_rev), _SOME_PARKED.label("some_parked")
)
_BY_CHANGE: Final = select(Receipt).where(col(Receipt.change_id).in_(bindparam("change_ids", expanding=True)))
_BY_NUMBER: Final = select(Receipt).where(
    col(Receipt.device_id) == bindparam("device_id"), col(Receipt.seq).in_(bindparam("seqs", expanding=True))
)


def push(
    database: Database,
    user: User,
    envelope: Envelope,
    now: datetime,
    t: Callable[..., str],
    session_hash: str | None = None,
) -> dict[str, Any]:
    """The answer, or Declined. Once it has returned, everything in the answer is on the disk."""
    carry_out = partial(_push, user=user, envelope=envelope, now=now, t=t, session_hash=session_hash)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _at_once_or_one_by_one(database, carry_out)
        except (IntegrityError, OperationalError, InterfaceError) as error:
            if attempt == ATTEMPTS or not _may_pass(error):
                raise
            time.sleep(random.uniform(0, 0.02 * attempt))  # noqa: S311  (jitter, not a secret)
    raise AssertionError("the last attempt returns or raises")


def _at_once_or_one_by_one(database: Database, carry_out: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    try:
        with database.writing() as session:
            return carry_out(session, at_once=True)
    except NotAtOnce:
        with database.writing() as session:
            return carry_out(session, at_once=False)


def _may_pass(error: DBAPIError) -> bool:
    """Whether trying again may help: after a serialization failure or a deadlock, when two devices bring one change at
    once, or when the connection had gone stale."""
    state = getattr(error.orig, "sqlstate", None)
    return isinstance(error, IntegrityError) or state in ("40001", "40P01") or error.connection_invalidated


def _push(
    session: Session,
    *,
    user: User,
    envelope: Envelope,
    now: datetime,
    t: Callable[..., str],
    session_hash: str | None,
    at_once: bool,
) -> dict[str, Any]:
    # 1. It must be this user's outbox. From here on other pushes of this device wait.
    if envelope.user_id != user.id:
        raise Declined(403, "wrong_user")
    device = locked_device(session, envelope.device_id, user.id, now)
    remember_session(session, session_hash, device.id)
    # 2. It must be of this history of the server.
    where = session.connection().execute(_WHERE_WE_ARE, {"user_id": user.id})
    epoch, rev, durable_rev, some_parked = where.one()
    if envelope.epoch not in (None, epoch):
        raise Declined(409, "epoch", epoch=epoch)
    # 3. What was answered before, by change and by number, and whether the numbers go on from there.
    known = _Known(session, envelope, device)
    fresh = known.check(device)
    _note_device(device, envelope, now)
    # 4. What is parked and sent again is tried again; then what is new, in order.
    coming = {item.id for item in fresh}
    batch = Batch(session, user, now, t, _skew(envelope, now), some_parked, at_once=at_once, coming=coming)
    _take_back(session, batch, known)
    _try_again(session, batch, known)
    outcomes = batch.run(fresh) if fresh else []
    # 5. The counter last, then the receipts that carry it.
    if fresh or known.released:
        count_this(session)
    rev = stamp(session) or rev
    receipts = [
        receipt_of(item, outcome, device.id, user.id, now, rev)
        for item, outcome in zip(fresh, outcomes, strict=True)
    ]
    known.keep(receipts, rev)
    return {
        "protocol": PROTOCOL,
        "epoch": epoch,
        "device_id": device.id,
        "user_id": user.id,
        "now": wire(now),
        "last_seq": device.last_seq,
        "rev": rev,
        "durable_rev": durable_rev,
        "receipts": known.answers(),
    }


class _Known:
    """The receipts that the changes of a push had before, and those that they get now. Both by the change's id."""

    def __init__(self, session: Session, envelope: Envelope, device: Device) -> None:
        self.session, self.items, self.user_id = session, envelope.items, envelope.user_id
        found = list(session.exec(_BY_CHANGE, params={"change_ids": [item.id for item in self.items]}))
        old = [item.seq for item in self.items if item.seq <= device.last_seq]
        if old:
            found += session.exec(_BY_NUMBER, params={"device_id": device.id, "seqs": old})
        self.before: dict[str, Any] = {receipt.change_id: receipt for receipt in found}
        self.taken = {
            receipt.seq: receipt.change_id for receipt in found if receipt.device_id == envelope.device_id
        }
        self.given: dict[str, dict[str, Any]] = {}
        self.released: list[Receipt] = []

    def check(self, device: Device) -> list[Item]:
        """The changes to apply. Moves the device's number on, also past those that came by another device."""
        fresh: dict[str, Item] = {}
        for item in self.items:
            if item.seq > device.last_seq + 1:
                raise Declined(409, "gap", expected=device.last_seq + 1)
            is_new = item.id not in self.before and item.id not in fresh
            if item.seq <= device.last_seq and (is_new or self.taken.get(item.seq, item.id) != item.id):
                raise Declined(409, "fork")
            if is_new:
                fresh[item.id] = item
            self.taken.setdefault(item.seq, item.id)
            device.last_seq = max(device.last_seq, item.seq)
        return list(fresh.values())

    def parked(self) -> Iterator[tuple[Item, Receipt]]:
        """Those of the user that are parked: each as it comes now, and its receipt."""
        for item in self.items:
            receipt = self.before.get(item.id)
            if receipt is not None and receipt.status == "parked" and receipt.user_id == self.user_id:
                yield item, receipt

    def keep(self, receipts: Sequence[dict[str, Any]], rev: int) -> None:
        for receipt in self.released:
            receipt.rev = rev
        if receipts:
            execute_many(self.session, _INSERT, receipts)
        self.given = {receipt["change_id"]: receipt for receipt in receipts}

    def answers(self) -> list[dict[str, Any]]:
        """In the contract's words. A parked change that comes again is still parked: it was never applied."""
        first = dict.fromkeys((receipt.change_id for receipt in self.released), "applied")
        first |= {change_id: receipt["status"] for change_id, receipt in self.given.items()}
        answers: list[dict[str, Any]] = []
        for item in self.items:
            receipt = self.given.get(item.id) or self._told(self.before[item.id])
            again = "duplicate" if receipt["status"] == "applied" else receipt["status"]
            answer = {"seq": item.seq, "id": item.id, "status": first.pop(item.id, again)}
            answers.append(answer | {name: receipt[name] for name in ("rev", "code", "detail")})
        return answers

    def _told(self, receipt: Receipt) -> dict[str, Any]:
        """A receipt from before; what was wrong with somebody else's entry is left out."""
        told = {name: getattr(receipt, name) for name in ("status", "rev", "code")}
        if receipt.user_id != self.user_id:
            return told | {"detail": None}
        stands = {"dismissed": receipt.dismissed_at} if receipt.dismissed_at else {"asked": receipt.asked_at}
        known = {name: True for name, at in stands.items() if at and receipt.status == "parked"}
        return told | {"detail": {**(receipt.detail or {}), **known} or None}


def _take_back(session: Session, batch: Batch, known: _Known) -> None:
    """Notes which parked changes come as `noop` now: their author took them back without having heard that they are
    here. As after `entry.withdraw`, nobody lets them through any more."""
    for item, receipt in known.parked():
        was_taken_back = item.name == TAKEN_BACK and receipt.name != TAKEN_BACK
        if was_taken_back and receipt.dismissed_by != batch.user.id:
            receipt.dismissed_at, receipt.dismissed_by = batch.now, batch.user.id
            count_this(session)


def _try_again(session: Session, batch: Batch, known: _Known) -> None:
    """Tries the parked changes that came again: each once, and a group once however many of its changes came."""
    tried: set[str] = set()
    for _, receipt in known.parked():
        mates = [] if receipt.change_id in tried else group_of(session, receipt)
        tried.update(mate.change_id for mate in mates)
        if mates and is_worth_trying(mates):
            known.released += release(session, batch, receipt)


def _skew(envelope: Envelope, now: datetime) -> int | None:
    """How far the phone's clock is ahead, where it matters: recorded beside the visit, never corrected."""
    if envelope.sent_at is None:
        return None
    ahead = round((envelope.sent_at - now).total_seconds())
    if abs(ahead) <= SKEW_WORTH_NOTING_S:
        return None
    return max(-MOST_SKEW_S, min(ahead, MOST_SKEW_S))


def _note_device(device: Device, envelope: Envelope, now: datetime) -> None:
    device.last_seen_at = now
    if envelope.unsent is not None:  # these are here now
        device.unsent = max(0, envelope.unsent - len(envelope.items))
    if envelope.evicted is not None:
        device.lost, device.lost_at = envelope.evicted.lost, envelope.evicted.at or now


def receipt_of(
    item: Item, outcome: Outcome, device_id: str, user_id: str, now: datetime, rev: int
) -> dict[str, Any]:
    parked = outcome.status == "parked"
    return {
        "change_id": item.id,
        "device_id": device_id,
        "seq": item.seq,
        "user_id": user_id,
        "name": CONTROL.sub("?", item.name[:LONGEST_NAME]),
        "status": outcome.status,
        "code": outcome.code,
        "detail": outcome.detail,
        "item": item.whole if parked else None,
        "creates": creates_of(item.name, item.args) or None,
        "base_rev": item.base_rev,
        "change_group": item.group,
        "happened_at": item.happened_at or now,
        "received_at": now,
        "released_at": None,
        "rev": rev,
    }
