"""What phones are told: one page of ops, read in one snapshot."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from server.database import Database
from server.models.user import Device, SignInSession, User
from server.models.workspace import Workspace
from sync import cursor as cursors
from sync.cursor import ALL, END, Cursor
from sync.devices import KnownDevice, check_device, locked_device, remember_session, was_seen_lately
from sync.envelope import MOST_BYTES, PROTOCOL
from sync.page import ColumnsPage, OpsPage, Page
from sync.rows import Op
from sync.sums import sums
from sync.walk import walk_all, walk_since

ROOM: Final = MOST_BYTES - 4096  # for the ops; the rest is for what stands around them
_WHERE_WE_ARE: Final = select(
    col(Workspace.epoch), col(Workspace.rev), *(col(getattr(Device, name)) for name in KnownDevice._fields)
).outerjoin(Device, col(Device.id) == bindparam("device_id"))


def pull(
    database: Database,
    user: User,
    device_id: str,
    cursor: str | None,
    now: datetime,
    *,
    wants_sums: bool = False,
    wants_columns: bool = False,
    sign_in: SignInSession | None = None,
) -> bytes:
    """The answer as JSON, or Declined. `sign_in`: the session it comes by, which is noted as this device's, so that it
    ends when the phone is lost."""
    is_noted = sign_in is None or sign_in.device_id == device_id
    with database.reading() as session:
        epoch, rev, device = _where_we_are(session, device_id)
        if device is not None and is_noted and was_seen_lately(device, now):
            check_device(device, user.id)
            start = _start(cursor, epoch, user, rev, wants_sums)
            form = ColumnsPage() if wants_columns and start.rank == ALL else OpsPage()
            return _page(session, user, device, start, rev, form)
    with database.writing() as session:
        locked_device(session, device_id, user.id, now).last_seen_at = now
        remember_session(session, sign_in.id_hash if sign_in else None, device_id)
    return pull(database, user, device_id, cursor, now, wants_sums=wants_sums, wants_columns=wants_columns)


def _where_we_are(session: Session, device_id: str) -> tuple[str, int, KnownDevice | None]:
    epoch, rev, *device = session.connection().execute(_WHERE_WE_ARE, {"device_id": device_id}).one()
    return epoch, rev, None if device[0] is None else KnownDevice(*device)


def _start(text: str | None, epoch: str, user: User, rev: int, wants_sums: bool) -> Cursor:
    """Where to go on. Sums come on the last page of a replica that starts afresh, else when they are asked for."""
    if not text:
        return Cursor(epoch, user.id, rev, ALL, sums=True)
    cursor = cursors.decode(text, epoch, user.id, rev)
    return msgspec.structs.replace(cursor, sums=cursor.sums or wants_sums)


def _page(session: Session, user: User, device: KnownDevice, start: Cursor, rev: int, page: Page) -> bytes:
    stop = _fill(page, _steps(session, user, start, rev))
    if stop is None:  # all of it went in
        stop = start.at(start.rev if start.rank == ALL else rev, END)
    more = (stop.rev, stop.rank) != (rev, END)
    due = start.sums and not more
    if due:
        stop = msgspec.structs.replace(stop, sums=False)
    head: dict[str, Any] = {
        "protocol": PROTOCOL,
        "epoch": start.epoch,
        "user_id": user.id,
        "cursor": cursors.encode(stop),
        "more": more,
        "device_last_seq": device.last_seq,
        "sums": sums(session, user) if due else None,
    }
    return b"%b,%b}" % (msgspec.json.encode(head)[:-1], page.body())


def _steps(session: Session, user: User, start: Cursor, rev: int) -> Iterator[tuple[Cursor, Op]]:
    if start.rank == ALL:
        return walk_all(session, user, start)
    if (start.rev, start.rank) == (rev, END):
        return iter(())  # nothing was written since: no need to ask the database
    return walk_since(session, user, start, rev)


def _fill(page: Page, steps: Iterator[tuple[Cursor, Op]]) -> Cursor | None:
    """Adds as many as the page holds. Returns where they end, or None if that is the end of the walk."""
    size, stop = 0, None
    for place, op in steps:
        size += page.add(op)
        if stop is not None and size > ROOM:
            page.take_back()
            return stop
        stop = place
    return None
