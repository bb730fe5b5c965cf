"""Which phone speaks. A device makes its own id and belongs for ever to the user who first used it."""

from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, update
from sqlmodel import Session, select

from server.models.column import insert_into
from server.models.user import Device, SignInSession
from sync.envelope import Declined

# How exactly `last_seen_at` is kept: were it exact, every pull without news would write.
SEEN_EVERY: Final = timedelta(hours=1)

_LOCKED: Final = select(Device).where(Device.id == bindparam("device_id")).with_for_update()
_SESSIONS: Final = SignInSession.__table__  # type: ignore[attr-defined]
_REMEMBERED: Final = (
    update(_SESSIONS)
    .where(_SESSIONS.c.id_hash == bindparam("of"), _SESSIONS.c.device_id.is_distinct_from(bindparam("to")))
    .values(device_id=bindparam("to"))
)


class KnownDevice(NamedTuple):
    """What a pull needs to know of a device."""

    user_id: str
    last_seq: int
    last_seen_at: datetime
    signed_out_at: datetime | None


def locked_device(session: Session, device_id: str, user_id: str, now: datetime) -> Device:
    """The device's row, locked until the end of the transaction, so that two tabs push one after the other.

    Raises Declined if it is another user's or was signed out.
    """
    device = known_device(session, device_id, user_id, now)
    check_device(device, user_id)
    return device


def known_device(session: Session, device_id: str, user_id: str, now: datetime) -> Device:
    """The same without any check. A device that nobody has heard of is registered."""
    device = session.exec(_LOCKED, params={"device_id": device_id}).first()
    if device is None:
        _register(session, device_id, user_id, now)
        device = session.exec(_LOCKED, params={"device_id": device_id}).one()
    return device


def _register(session: Session, device_id: str, user_id: str, now: datetime) -> None:
    # Two first pushes at once: the second waits here and finds the first one's row.
    row: dict[str, Any] = {"id": device_id, "user_id": user_id, "last_seq": 0}
    row |= {"created_at": now, "last_seen_at": now}
    new = insert_into(Device, session.get_bind().dialect.name).values(row)
    session.execute(new.on_conflict_do_nothing())


def check_device(device: Device | KnownDevice, user_id: str) -> None:
    if device.user_id != user_id:
        raise Declined(403, "wrong_user")
    if device.signed_out_at is not None:
        raise Declined(401, "signed_out")


def remember_session(session: Session, id_hash: str | None, device_id: str) -> None:
    """So that the page of devices can say which phone a sign-in belongs to."""
    if id_hash is not None:
        session.flush()
        session.connection().execute(_REMEMBERED, {"of": id_hash, "to": device_id})


def was_seen_lately(device: KnownDevice, now: datetime) -> bool:
    return now - device.last_seen_at < SEEN_EVERY
