"""What a phone sends around its changes, and the answers that acknowledge nothing.

An envelope made wrongly is declined whole (400). What is inside an entry is never a reason for that: it is parked, so
that one bad entry cannot stand in the way of those behind it.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from server.models.identity import is_id
from sync.changes import Arg
from sync.field_checks import CHECKS, CONTROL, Wrong

PROTOCOL: Final = 1
CONTENT_TYPE: Final = "application/vnd.legwork.sync+json"
MOST_CHANGES: Final = 500
MOST_BYTES: Final = 1024 * 1024
HIGHEST: Final = 2**53 - 1  # up to here every JSON reader has whole numbers exactly
LONGEST_GROUP: Final = 64
# Levels of JSON. Far fewer than its readers and writers can follow, so that whatever was read can also be kept.
DEEPEST: Final = 50


class Declined(Exception):  # noqa: N818  (an answer, not a failure)
    """An answer of /sync/* other than 200. The phone keeps everything it has."""

    def __init__(self, status: int, code: str, retry_after: int | None = None, **more: Any) -> None:
        super().__init__(code)
        self.status, self.code, self.retry_after = status, code, retry_after
        self.body = {"protocol": PROTOCOL, "code": code, **more}


@dataclass(frozen=True)
class Item:
    """One change as it came; `whole` is all of its JSON, which is kept if it is parked."""

    seq: int
    id: str
    name: str
    args: Any
    base_rev: int | None
    happened_at: datetime | None
    group: str | None
    whole: dict[str, Any]


@dataclass(frozen=True)
class Eviction:
    """A browser threw a phone's store away with `lost` entries unsent. `at` is None if it is not a moment."""

    lost: int
    at: datetime | None


@dataclass(frozen=True)
class Envelope:
    epoch: str | None
    device_id: str
    user_id: str
    sent_at: datetime | None
    unsent: int | None
    items: list[Item]
    evicted: Eviction | None = None


def read_envelope(body: bytes) -> Envelope:
    if len(body) > MOST_BYTES:
        raise Declined(413, "too_large", max_bytes=MOST_BYTES)
    sent = _read_json(body)
    check_protocol(sent.get("protocol"))
    changes, epoch, unsent = sent.get("changes"), sent.get("epoch"), sent.get("unsent")
    if not isinstance(changes, list) or not (epoch is None or isinstance(epoch, str)):
        raise Declined(400, "bad_request")
    _require(is_id(sent.get("device_id")) and is_id(sent.get("user_id")))
    if len(changes) > MOST_CHANGES:
        raise Declined(413, "too_large", max_changes=MOST_CHANGES)
    items = [read_change(change) for change in changes]
    return Envelope(
        epoch=epoch,
        device_id=sent["device_id"],
        user_id=sent["user_id"],
        sent_at=moment_or_none(sent.get("sent_at")),
        unsent=_count(unsent, 2**31 - 1),
        items=items,
        evicted=_eviction(sent.get("evicted")),
    )


def _eviction(told: Any) -> Eviction | None:
    """None if it cannot be read, which is no reason to refuse the entries."""
    lost = _count(told.get("lost"), 2**31 - 1) if isinstance(told, dict) else None
    return Eviction(lost, moment_or_none(told.get("at"))) if lost else None


def _read_json(body: bytes) -> dict[str, Any]:
    try:
        sent = read_json(body)
    except (ValueError, RecursionError):
        raise Declined(400, "bad_request") from None
    _require(isinstance(sent, dict) and is_shallow(sent))
    found: dict[str, Any] = sent
    return found


def read_json(body: bytes) -> Any:
    """Without NaN and Infinity, which browsers do not know either. Raises ValueError or RecursionError."""
    # The standard library lets half a surrogate pair pass: one in a note must not stop all other entries.
    return json.loads(body.decode("utf-8"), parse_constant=_no_json)


def _no_json(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def is_shallow(sent: Any) -> bool:
    """Whether objects and lists are nested at most DEEPEST levels."""
    level = [sent]
    for _ in range(DEEPEST):
        members = (part.values() if isinstance(part, dict) else part for part in level)
        level = [member for part in members for member in part if isinstance(member, dict | list)]
    return not level


def check_protocol(protocol: object) -> None:
    _require(isinstance(protocol, int) and not isinstance(protocol, bool))
    if protocol < PROTOCOL:  # type: ignore[operator]  # it is a number now
        raise Declined(426, "too_old", needs=PROTOCOL)
    _require(protocol == PROTOCOL)


def read_change(change: Any) -> Item:
    _require(isinstance(change, dict) and is_id(change.get("id")))
    seq, name, group = _count(change.get("seq")), change.get("name"), change.get("group")
    _require(isinstance(name, str) and _is_group(group))
    if not seq:
        raise Declined(400, "bad_request")
    return Item(
        seq=seq,
        id=change["id"],
        name=name,
        args=change.get("args"),
        base_rev=_count(change.get("base_rev")),
        happened_at=moment_or_none(change.get("happened_at")),
        group=group,
        whole=change,
    )


def _is_group(group: object) -> bool:
    if group is None:
        return True
    return isinstance(group, str) and 0 < len(group) <= LONGEST_GROUP and not CONTROL.search(group)


def _count(value: object, most: int = HIGHEST) -> int | None:
    """The value if it is a whole number from 0 to `most`, else None."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value <= most else None  # type: ignore[operator,return-value]


def moment_or_none(text: object) -> datetime | None:
    """None if it is no moment: clocks are only recorded, so that is no reason to refuse an entry."""
    try:
        return datetime.fromisoformat(CHECKS["moment"](text, Arg("moment")))
    except Wrong:
        return None


def _require(holds: bool) -> None:
    if not holds:
        raise Declined(400, "bad_request")
