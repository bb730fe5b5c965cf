"""Keeps what a phone that an admin wants wiped has not sent yet. docs/decisions/0011 says why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, func, select

from server.database import Database
from server.models.receipt import Receipt
from server.models.revision import count_this
from server.models.session import hash_of
from server.models.user import Device, SignInSession, User
from server.models.workspace import the_workspace
from server.translations import msgid, translator
from sync.batch import Outcome
from sync.devices import known_device
from sync.envelope import Declined, Envelope, Item
from sync.push import receipt_of

# More than anybody enters without a signal. Whoever holds the phone must not be able to flood the managers' review.
MOST_ENTRIES: Final = 2_000
SAID: Final = msgid("This phone was signed out and wiped. A manager has what it had not sent.")


def hand_in(
    database: Database, secret: str, envelope: Envelope | None, now: datetime
) -> dict[str, Any] | None:
    """Keeps as parked what the phone still had. Returns how far it has handed in, {last_seq, epoch}, or None if this
    phone is not to be wiped."""
    with database.writing() as session:
        found = _device_of(session, secret)
        if found is None:
            return None
        device, sign_in = found
        if envelope is not None:
            if envelope.user_id != sign_in.user_id:
                raise Declined(403, "wrong_user")
            device = _speaking(session, device, envelope.device_id, now)
            _keep(session, device, envelope.items, now)
        device.wiped_at = device.last_seen_at = now
        return {"last_seq": device.last_seq, "epoch": the_workspace(session).epoch}


def _device_of(session: Session, secret: str) -> tuple[Device, SignInSession] | None:
    """The device to be wiped, and its session that was ended; None if this secret belongs to no such device."""
    sign_in = session.get(SignInSession, hash_of(secret))
    if sign_in is None or sign_in.signed_out_at is None or sign_in.device_id is None:
        return None
    device = session.exec(select(Device).where(Device.id == sign_in.device_id).with_for_update()).first()
    if device is None or device.wipe_at is None or device.user_id != sign_in.user_id:
        return None
    return device, sign_in


def _speaking(session: Session, device: Device, device_id: str, now: datetime) -> Device:
    """The device to count for. After a fork the same phone has another id, which is to be wiped just as the first."""
    if device.id == device_id:
        return device
    found = known_device(session, device_id, device.user_id, now)
    if found.user_id != device.user_id:
        raise Declined(403, "wrong_user")
    found.wipe_at, found.signed_out_at = found.wipe_at or device.wipe_at, found.signed_out_at or now
    return found


def _keep(session: Session, device: Device, items: Sequence[Item], now: datetime) -> None:
    fresh = _unknown(session, items, device)
    kept = session.exec(select(func.count()).select_from(Receipt).where(*_handed_in(device))).one()
    if kept + len(fresh) > MOST_ENTRIES:
        return
    author = session.exec(select(User).where(User.id == device.user_id)).one()
    parked = Outcome("parked", "not_allowed", {"message": translator(author.language)(SAID)})
    for item in fresh:
        session.add(Receipt(**receipt_of(item, parked, device.id, author.id, now, rev=0)))
    device.last_seq = max([device.last_seq, *(item.seq for item in items)])
    device.unsent = 0
    count_this(session)


def _handed_in(device: Device) -> Sequence[Any]:
    return (
        Receipt.user_id == device.user_id,
        Receipt.status == "parked",
        col(Receipt.received_at) >= device.wipe_at,
    )


def _unknown(session: Session, items: Sequence[Item], device: Device) -> list[Item]:
    """The changes that no receipt exists of, each once. Raises Declined if one has the number of another change of
    this device: the phone was cloned."""
    ids, seqs = [item.id for item in items], [item.seq for item in items]
    of_device = (col(Receipt.device_id) == device.id) & col(Receipt.seq).in_(seqs)
    query = select(Receipt.change_id, Receipt.device_id, Receipt.seq)
    taken = session.execute(query.where(col(Receipt.change_id).in_(ids) | of_device)).all()
    known = {row.change_id for row in taken}
    numbers = {row.seq for row in taken if row.device_id == device.id}
    found: dict[str, Item] = {}
    for item in items:
        if item.id in known or item.name == "noop":
            continue
        if item.seq in numbers:
            raise Declined(409, "fork")
        found.setdefault(item.id, item)
    return list({item.seq: item for item in found.values()}.values())
