"""A phone as small as the contract allows: numbers its changes, keeps receipts, holds a replica.

`speak` is how it reaches the server: the functions themselves, or HTTP (tests/sync/test_http.py).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zlib import crc32

from server.database import Database
from server.models.column import wire
from server.models.identity import new_id
from server.models.user import User
from server.translations import translator
from sync.envelope import Declined, read_envelope
from sync.pull import pull
from sync.push import push
from tests.cast import NOW

Rows = dict[str, dict[str, dict[str, Any]]]


@dataclass
class Line:
    """Straight to the functions behind the routes."""

    database: Database
    user: User
    now: datetime = NOW

    def push(self, body: dict[str, Any] | bytes) -> tuple[int, dict[str, Any]]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            answer = push(
                self.database, self.user, read_envelope(raw), self.now, translator(self.user.locale or "en")
            )
        except Declined as declined:
            return declined.status, declined.body
        return 200, json.loads(json.dumps(answer))

    def pull(self, device_id: str, cursor: str | None, sums: bool = False) -> tuple[int, dict[str, Any]]:
        try:
            return 200, json.loads(
                pull(self.database, self.user, device_id, cursor, self.now, wants_sums=sums)
            )
        except Declined as declined:
            return declined.status, declined.body


@dataclass
class Phone:
    user: User
    line: Any
    device_id: str = field(default_factory=new_id)
    seq: int = 0
    epoch: str | None = None
    cursor: str | None = None
    outbox: list[dict[str, Any]] = field(default_factory=list)
    rows: Rows = field(default_factory=dict)
    revs: dict[tuple[str, str], int] = field(default_factory=dict)
    told_sums: dict[str, str] | None = None

    def save(self, name: str, args: Any, **more: Any) -> dict[str, Any]:
        self.seq += 1
        entry = {"seq": self.seq, "id": new_id(), "name": name, "args": args, "base_rev": None}
        entry |= {"happened_at": wire(NOW), "group": None, **more}
        self.outbox.append(entry)
        return entry

    def envelope(self, changes: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
        chosen = self.outbox if changes is None else changes
        told = {"protocol": 1, "epoch": self.epoch, "device_id": self.device_id, "user_id": self.user.id}
        return {**told, "sent_at": wire(NOW), "changes": chosen, **more}

    def push(self, changes: list[dict[str, Any]] | None = None, **more: Any) -> list[dict[str, Any]]:
        """The receipts; the outbox keeps what has none."""
        status, answer = self.line.push(self.envelope(changes, **more))
        assert status == 200, (status, answer)
        done = {receipt["id"] for receipt in answer["receipts"]}
        self.outbox = [entry for entry in self.outbox if entry["id"] not in done]
        receipts: list[dict[str, Any]] = answer["receipts"]
        return receipts

    def do(self, name: str, args: Any, **more: Any) -> dict[str, Any]:
        """Saves one and sends it at once."""
        entry = self.save(name, args, **more)
        [receipt] = self.push([entry])
        return receipt

    def pull(self, sums: bool = False) -> list[dict[str, Any]]:
        """All pages, applied; the ops."""
        ops: list[dict[str, Any]] = []
        while True:
            page = self.pull_page(sums)
            ops += page["ops"]
            if not page["more"]:
                return ops

    def pull_page(self, sums: bool = False) -> dict[str, Any]:
        status, page = self.line.pull(self.device_id, self.cursor, sums)
        assert status == 200, (status, page)
        for op in page["ops"]:
            self._apply(op)
        self.cursor, self.told_sums = page["cursor"], page["sums"]
        return page  # type: ignore[no-any-return]

    def _apply(self, op: dict[str, Any]) -> None:
        key = op["collection"], op["id"]
        if op["op"] == "put":
            self.rows.setdefault(op["collection"], {})[op["id"]] = op["row"]
            self.revs[key] = op["rev"]
        elif op["collection"] == "customers":
            self._drop_bundle(op["id"])
        else:
            self._drop(*key)

    def _drop_bundle(self, customer_id: str) -> None:
        for collection, rows in self.rows.items():
            for row in list(rows.values()):
                if customer_id in (row.get("customer_id"), row["id"]):
                    self._drop(collection, row["id"])

    def _drop(self, collection: str, row_id: str) -> None:
        self.rows.get(collection, {}).pop(row_id, None)
        self.revs.pop((collection, row_id), None)

    def sums(self) -> dict[str, str]:
        """As sync/README.md defines them, from what this phone holds."""
        names = (
            "customers",
            "contacts",
            "visits",
            "follow_ups",
            "opportunities",
            "attachments",
            "quotes",
            "orders",
            "contracts",
            "tasks",
            "people",
            "products",
            "pipelines",
            "me",
            "custom_fields",
            "letterheads",
            "library",
        )
        totals = {name: [0, 0] for name in names}
        for (collection, row_id), rev in self.revs.items():
            totals[collection][0] += 1
            totals[collection][1] += crc32(f"{row_id}:{rev}".encode())
        return {name: f"{count}-{total % 2**32:08x}" for name, (count, total) in totals.items()}


Ring = Callable[[User], Phone]
