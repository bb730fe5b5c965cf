"""What the server answered to each change. Receipts are kept for ever,
so that a change that is sent again has no second effect."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Index, Text, TypeDecorator, UniqueConstraint, text
from sqlmodel import Field, SQLModel, select

from server.models.column import counter, key, link, maybe_link, maybe_moment, moment
from server.models.refusal import Refused
from server.models.user import Device
from server.translations import translator

if TYPE_CHECKING:
    from server.models.act import Act

_PARKED = text("status = 'parked'")


class JsonText(TypeDecorator[Any]):
    """JSON as ASCII text, because parked changes may hold what JSONB refuses, such as NUL or half a surrogate pair."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Any) -> Any:
        return None if value is None else json.loads(value)


def json_text() -> Any:
    return Field(default=None, sa_type=JsonText)


class Receipt(SQLModel, table=True):
    __tablename__ = "receipts"
    __table_args__ = (
        UniqueConstraint("device_id", "seq", name="uq_receipts_device_seq"),
        Index("ix_receipts_parked", "user_id", sqlite_where=_PARKED, postgresql_where=_PARKED),
    )

    change_id: str = key()
    device_id: str = link("devices.id", index=False)
    seq: int = counter()  # the device's number of the change; negative: it was taken back before it came
    user_id: str = link("users.id", index=False)
    name: str
    status: str  # applied or parked
    code: str | None = None
    detail: dict[str, Any] | None = json_text()
    item: dict[str, Any] | None = json_text()  # the whole change as it came, while parked
    # "visits:0199…": the rows that it makes. Changes that need a parked one's wait; `legwork verify` looks for them.
    creates: list[str] | None = json_text()
    base_rev: int | None = counter(default=None, nullable=True)
    change_group: str | None = Field(default=None, max_length=64)
    happened_at: datetime = moment()
    received_at: datetime = moment()
    released_at: datetime | None = maybe_moment()  # when a parked one was applied after all
    asked_at: datetime | None = maybe_moment()  # when its author asked a manager to look at it
    dismissed_at: datetime | None = maybe_moment()  # when somebody decided that it is not applied; it is kept
    dismissed_by: str | None = maybe_link("users.id", index=False)
    rev: int = counter(default=0)


DECIDED_SENTENCES = {
    "applied": "A manager has let the earlier entry through in the meantime. Please look and decide.",
    "withdrawn": "This entry was discarded, or sent anew, on another device. Please look and decide.",
}


def withdraw(act: "Act", *, change_id: str) -> None:
    """The author of a parked change discarded it, or sent it anew: nobody may let the old one through any more.

    Discarding it twice is fine. Sending it anew twice, from a phone and from a copy of its outbox, is Refused, because
    its effect would be there twice. If the change is unknown (as after a restore), a receipt is made that keeps it from
    being applied when it comes from a copy later. For a change of somebody else nothing happens.
    """
    receipt = _receipt_of(act, change_id)
    if receipt is None:
        _withdraw_unseen(act, change_id)
    elif receipt.user_id != act.by.id:
        return
    elif receipt.status == "applied":
        raise Refused("conflict", DECIDED_SENTENCES["applied"])
    elif receipt.dismissed_by != act.by.id:
        receipt.dismissed_at, receipt.dismissed_by = act.now, act.by.id
    elif act.is_anew:
        raise Refused("conflict", DECIDED_SENTENCES["withdrawn"])


def _receipt_of(act: "Act", change_id: str) -> Receipt | None:
    """Refused if the change is in this same push: there will be a receipt the next time."""
    act.rows.write()
    receipt = act.session.get(Receipt, change_id, with_for_update=True)
    if receipt is None and change_id in act.coming:
        raise Refused("conflict")
    return receipt


def _withdraw_unseen(act: "Act", change_id: str) -> None:
    devices = select(Device.id).where(Device.user_id == act.by.id).order_by(Device.id)
    device_id = act.session.exec(devices).first()
    if device_id is None:
        return
    said = translator(act.by.language)(DECIDED_SENTENCES["withdrawn"])
    unseen = Receipt(
        change_id=change_id, device_id=device_id, seq=-int(change_id[-12:], 16), user_id=act.by.id, name="noop",
        status="parked", code="conflict", detail={"message": said}, happened_at=act.now, received_at=act.now,
        dismissed_at=act.now, dismissed_by=act.by.id,
    )  # fmt: skip
    act.session.add(unseen)


def ask(act: "Act", *, change_id: str) -> None:
    """The author of a parked change asks a manager to look at it."""
    receipt = _receipt_of(act, change_id)
    if receipt is not None and receipt.user_id == act.by.id and receipt.status == "parked":
        receipt.asked_at = receipt.asked_at or act.now


def do_nothing(act: "Act") -> None:
    """The verb of `noop`, which a phone sends in place of an entry that was taken back before it was sent: the sequence
    numbers of a device have no gaps. All that it leaves is its receipt."""
