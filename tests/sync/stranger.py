"""A program that knows only the contract: signs in by form, speaks JSON, believes only what is described."""

import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jsonschema_rs

SYNC = "application/vnd.legwork.sync+json"
Json = dict[str, Any]


def uuid7() -> str:
    value = int.from_bytes(int(time.time() * 1000).to_bytes(6) + os.urandom(10))
    value = value & ~(0xF << 76) | 7 << 76
    digits = f"{value & ~(3 << 62) | 2 << 62:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def moment(ago: timedelta = timedelta()) -> str:
    return (datetime.now(UTC) - ago).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Described:
    """The server's own description of its answers."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.checks: dict[tuple[str, str], Any] = {}

    def check(self, operation: str, status: int, body: Json) -> None:
        key = operation, str(status)
        if key not in self.checks:
            method, path = operation.split(" ")
            answer = self.document["paths"][path][method]["responses"][str(status)]
            schema = {**answer["content"][SYNC]["schema"], "components": self.document["components"]}
            self.checks[key] = jsonschema_rs.Draft202012Validator(schema)
        self.checks[key].validate(body)


@dataclass
class Account:
    """A browser's session."""

    http: httpx.Client
    described: Described
    user_id: str = ""

    def sign_in(self, email: str, password: str) -> "Account":
        answer = self.http.post("/sign-in", data={"email": email, "password": password})
        assert answer.status_code == 303, answer.text
        self.http.headers["X-CSRFToken"] = self.http.cookies["csrftoken"]
        self.user_id = self.pull(uuid7())[1]["user_id"]
        return self

    def push(self, body: Any) -> tuple[int, Json]:
        kind = {"content": body} if isinstance(body, bytes) else {"json": body}
        return self._read("post /sync/push", self.http.post("/sync/push", **kind))

    def pull(self, device_id: str, **asked: str) -> tuple[int, Json]:
        answer = self.http.get("/sync/pull", params={"device_id": device_id, **asked})
        return self._read("get /sync/pull", answer)

    def _read(self, operation: str, answer: httpx.Response) -> tuple[int, Json]:
        body = believed(answer)
        self.described.check(operation, answer.status_code, body)
        return answer.status_code, body


def believed(answer: httpx.Response) -> Json:
    assert answer.headers["content-type"] == SYNC, (answer.status_code, answer.headers["content-type"])
    assert "location" not in answer.headers
    body: Json = answer.json()
    assert body["protocol"] == 1
    return body


@dataclass
class Device:
    account: Account
    device_id: str = field(default_factory=uuid7)
    seq: int = 0
    epoch: str | None = None
    cursor: str | None = None
    rows: dict[tuple[str, str], Json] = field(default_factory=dict)
    removed: list[Json] = field(default_factory=list)

    def change(self, name: str, args: Any, **more: Any) -> Json:
        self.seq += 1
        told = {"seq": self.seq, "id": uuid7(), "name": name, "args": args, "base_rev": None}
        return {**told, "happened_at": moment(), "group": None, **more}

    def envelope(self, changes: list[Any], **more: Any) -> Json:
        who = {"device_id": self.device_id, "user_id": self.account.user_id}
        return {"protocol": 1, "epoch": self.epoch, **who, "sent_at": moment(), "changes": changes, **more}

    def send(self, *changes: Json) -> list[Json]:
        status, answer = self.account.push(self.envelope(list(changes)))
        assert status == 200, (status, answer)
        told = [(receipt["seq"], receipt["id"]) for receipt in answer["receipts"]]
        assert told == [(change["seq"], change["id"]) for change in changes]
        receipts: list[Json] = answer["receipts"]
        return receipts

    def do(self, name: str, args: Any, **more: Any) -> Json:
        return self.send(self.change(name, args, **more))[0]

    def done(self, name: str, args: Any, **more: Any) -> Json:
        receipt = self.do(name, args, **more)
        assert (receipt["status"], receipt["code"]) == ("applied", None), receipt
        return receipt

    def catch_up(self, **asked: str) -> Json:
        """Page by page until there is no more; the last one."""
        while True:
            cursor = {"cursor": self.cursor} if self.cursor else {}
            status, page = self.account.pull(self.device_id, **cursor, **asked)
            assert status == 200, (status, page)
            for op in page["ops"]:
                self._apply(op)
            self.cursor, self.epoch = page["cursor"], page["epoch"]
            if not page["more"]:
                return page

    def _apply(self, op: Json) -> None:
        key = op["collection"], op["id"]
        if op["op"] == "put":
            self.rows[key] = op["row"]
            return
        self.removed.append(op)
        self.rows.pop(key, None)
        if op["collection"] == "customers":
            self.rows = {k: row for k, row in self.rows.items() if row.get("customer_id") != op["id"]}
