"""A phone of somebody's, run in Node.js: the service worker's own code over what the server answered to its pulls."""

from datetime import datetime
from typing import Any

from litestar.testing import TestClient

from server.models.identity import new_id
from tests.pwa.node_host import NodeHost

FRAGMENT = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#app"}


class NodePhone:
    def __init__(self) -> None:
        self._node = NodeHost("phone_in_node.mjs")

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
        answer = self._node.answer(message)
        assert "error" not in answer, answer["error"]
        return answer

    def close(self) -> None:
        self._node.close()


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
