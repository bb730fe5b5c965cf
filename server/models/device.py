"""Everybody's phones, as an admin sees them: what each last reported, and telling a lost one to forget everything."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from server.models import calendar_feed
from server.models.identity import is_id
from server.models.refusal import NotAllowed
from server.models.user import Device, SignInSession, User

SILENT_AFTER: Final = timedelta(days=3)


def everybodys(session: Session) -> Sequence[tuple[Device, User]]:
    """Those silent for longest come first."""
    query = select(Device, User).join(User, col(User.id) == col(Device.user_id))
    return session.exec(query.order_by(col(Device.last_seen_at), col(Device.id))).all()


def is_silent(device: Device, now: datetime) -> bool:
    """Whether it reported entries that it had not sent yet, and was not heard of since."""
    return bool(device.unsent) and device.wiped_at is None and now - device.last_seen_at > SILENT_AFTER


def wipe(session: Session, device_id: str, now: datetime) -> None:
    """Signs the phone out. At its next contact it sends what it still holds and is then told to forget everything.
    Ends the address of its user's calendar, from which the phone's own calendar would go on reading."""
    device = session.get(Device, device_id) if is_id(device_id) else None
    if device is None:
        raise NotAllowed
    device.wipe_at = device.wipe_at or now
    device.signed_out_at = now
    calendar_feed.end(session, device.user_id)
    for sign_in in session.exec(select(SignInSession).where(SignInSession.device_id == device_id)):
        sign_in.signed_out_at = sign_in.signed_out_at or now
