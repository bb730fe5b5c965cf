"""Everybody's phones, for admins. Rendered by the server only."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from server import words
from server.models import device as devices
from server.models.session import browser_name
from server.models.user import Device, SignInSession, User
from server.translations import msgid
from server.views.reader import Reader, joined

DONE: Final = {"wipe": msgid("It will be told to forget everything when it is next heard from")}


def phones(session: Session, reader: Reader) -> dict[str, Any]:
    t = reader.t
    agents = _agents(session)
    rows = [_row(device, user, agents, reader) for device, user in devices.everybodys(session)]
    rows.sort(key=lambda row: not row["late"])
    return {
        "title": t("Everybody’s phones"),
        "phones": rows,
        "hint": t(
            "Red: it said that it holds unsent entries, and has not been heard from for %(days)s.",
            days=_silence(reader),
        ),
    }


def _silence(reader: Reader) -> str:
    return words.days(devices.SILENT_AFTER // timedelta(days=1), reader.locale)


def _agents(session: Session) -> dict[str, str]:
    query = select(SignInSession.device_id, SignInSession.user_agent).where(
        col(SignInSession.device_id).is_not(None)
    )
    return {str(device_id): agent for device_id, agent in session.exec(query)}


def _row(device: Device, user: User, agents: Mapping[str, str], reader: Reader) -> dict[str, Any]:
    t = reader.t
    seen = t("Last seen: %(when)s", when=reader.moment(device.last_seen_at))
    unsent = t.n("%(n)s entry unsent", "%(n)s entries unsent", device.unsent) if device.unsent else ""
    return {
        "id": device.id,
        "initial": words.initial(user.name),
        "name": joined(user.name, *filter(None, browser_name(agents.get(device.id, "")))),
        "detail": joined(seen, unsent, _lost(device, reader)),
        "late": "late" if devices.is_silent(device, reader.now) else "",
        "state": _state(device, reader),
        "can_wipe": device.wipe_at is None,
    }


def _lost(device: Device, reader: Reader) -> str:
    if not device.lost or device.lost_at is None:
        return ""
    when = reader.moment(device.lost_at)
    return reader.t.n(
        "The browser cleared its data with %(n)s entry unsent, %(when)s",
        "The browser cleared its data with %(n)s entries unsent, %(when)s",
        device.lost,
        when=when,
    )


def _state(device: Device, reader: Reader) -> str:
    if device.wiped_at is not None:
        return reader.t("Wiped: %(when)s", when=reader.moment(device.wiped_at))
    return reader.t("Will be wiped") if device.wipe_at is not None else ""
