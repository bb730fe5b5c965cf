"""A phone of somebody's, run in Node.js: the service worker's own code over what the server answered to its pulls."""

import json
import subprocess
from datetime import datetime
from typing import Any

from litestar.testing import TestClient

from server.models.identity import new_id
from server.render import ROOT

FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#app"}


class NodePhone:
    def __init__(self) -> None:
        self._node = subprocess.Popen(
            ["node", ROOT / "tests" / "pwa" / "phone_in_node.mjs"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def begin(self, user_id: str, client: TestClient[Any], now: datetime) -> None:
        told = {"user_id": user_id, "pages": list(pulled(client)), "now": milliseconds(now)}
        assert self._send({"begin": told})["ready"] is True

    def ask(self, user_id: str, path: str, now: datetime, **more: Any) -> dict[str, Any]:
        asked = {"user_id": user_id, "path": path, "now": milliseconds(now), **more}
        return self._send({"ask": asked})

    def draft(self, user_id: str, key: str, fields: dict[str, list[str]]) -> None:
        self._send({"draft": {"user_id": user_id, "key": key, "fields": fields}})

    def share(self, user_id: str, form: dict[str, list[str]]) -> dict[str, Any]:
        return self._send({"share": {"user_id": user_id, "form": form}})

    def park(self, user_id: str, seq: int, code: str, message: str | None, **detail: Any) -> None:
        told = {"user_id": user_id, "seq": seq, "code": code, "message": message}
        self._send({"park": told | ({"detail": detail} if detail else {})})

    def lose(self, user_id: str, customer_id: str) -> None:
        self._send({"lose": {"user_id": user_id, "customer_id": customer_id}})

    def stand(self, **known: Any) -> None:
        self._send({"stand": known})

    def _send(self, message: dict[str, Any]) -> dict[str, Any]:
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.write(json.dumps(message) + "\n")
        self._node.stdin.flush()
        answer: dict[str, Any] = json.loads(self._node.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer

    def close(self) -> None:
        assert self._node.stdin
        self._node.stdin.close()
        self._node.wait(timeout=10)
        assert self._node.stdout
        self._node.stdout.close()


def pulled(client: TestClient[Any]) -> list[dict[str, Any]]:
    """The whole replica, page by page, as the wire has it."""
    device_id, pages = new_id(), []
    while not pages or pages[-1]["more"]:
        asked = {"device_id": device_id} | ({"cursor": pages[-1]["cursor"]} if pages else {})
        answer = client.get("/sync/pull", params=asked)
        assert answer.status_code == 200, answer.text
        pages.append(answer.json())
    return pages


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
