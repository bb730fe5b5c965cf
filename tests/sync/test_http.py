"""Sync over HTTP, by an independent client: sign in with a form, then only what sync/README.md says."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy.exc import OperationalError
from sqlmodel import select

import server.app
from server.config import Settings
from server.database import Database
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.user import SignInSession, User
from server.models.visit import Visit
from sync import crowd, http
from sync.envelope import CONTENT_TYPE, MOST_BYTES
from tests.apps import app_of
from tests.cast import NOW, PASSWORD, Cast
from tests.sync.phone import Phone

STARTED = "2026-11-23T07:41:12.000Z"


@dataclass
class HttpLine:
    """A browser's session; every answer is checked to be one that phones may believe."""

    client: TestClient[Any]

    def push(self, body: Any) -> tuple[int, dict[str, Any]]:
        kind = {"content": body} if isinstance(body, bytes) else {"json": body}
        return self._read(self.client.post("/sync/push", **kind))

    def pull(self, device_id: str, cursor: str | None, sums: bool = False) -> tuple[int, dict[str, Any]]:
        asked = {
            "device_id": device_id,
            **({"cursor": cursor} if cursor else {}),
            **({"sums": "1"} if sums else {}),
        }
        return self._read(self.client.get("/sync/pull", params=asked))

    def _read(self, answer: Any) -> tuple[int, dict[str, Any]]:
        assert answer.headers["content-type"] == CONTENT_TYPE
        assert answer.headers["cache-control"] == "no-store"
        return answer.status_code, answer.json()


@pytest.fixture
def client(
    database: Database, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient[Any]]:
    monkeypatch.setattr(server.app, "moment_of_request", lambda: NOW)
    app = app_of(Settings(data_dir=tmp_path, secret_key="k" * 40), database)
    with TestClient(app, raise_server_exceptions=False) as client:
        client.follow_redirects = False
        yield client


def sign_in(client: TestClient[Any], user: User) -> Phone:
    client.get("/sign-in")
    answer = client.post("/sign-in", data={"email": user.email, "password": PASSWORD})
    assert answer.status_code in (200, 303), answer.text
    client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
    return Phone(user, HttpLine(client))


def visit(customer_id: str) -> dict[str, Any]:
    return {"visit_id": new_id(), "customer_id": customer_id, "started_at": STARTED, "outcome": "ordered"}


def test_the_whole_way_there_and_back(
    database: Database, client: TestClient[Any], cast: Cast, harbour_cafe: Customer
) -> None:
    phone = sign_in(client, cast.alice)
    phone.pull()
    assert phone.told_sums == phone.sums()
    receipt = phone.do("visit.log", visit(harbour_cafe.id))
    assert receipt["status"] == "applied"
    phone.pull()
    assert len(phone.rows["visits"]) == 1
    phone.pull(sums=True)
    assert phone.told_sums == phone.sums()
    with database.reading() as session:
        assert session.exec(select(SignInSession.device_id)).all() == [phone.device_id]


def test_without_a_session_everything_is_401(client: TestClient[Any], cast: Cast) -> None:
    line = HttpLine(client)
    phone = Phone(cast.alice, line)
    assert line.push(phone.envelope())[0] == 401
    assert line.pull(phone.device_id, None)[0] == 401
    answer = client.get("/sync/events")
    assert (answer.status_code, answer.headers["content-type"]) == (401, CONTENT_TYPE)


def test_a_push_without_the_form_token_is_forged(
    database: Database, client: TestClient[Any], cast: Cast, harbour_cafe: Customer
) -> None:
    phone = sign_in(client, cast.alice)
    del client.headers["X-CSRFToken"]
    phone.save("visit.log", visit(harbour_cafe.id))
    status, answer = phone.line.push(phone.envelope())
    assert (status, answer["code"]) == (403, "forged")
    with database.reading() as session:
        assert session.exec(select(Visit)).all() == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_request"),
        (b"<html>", 400, "bad_request"),
        (b"x" * (MOST_BYTES + 1), 413, "too_large"),
        (b'{"protocol":0}', 426, "too_old"),
    ],
)
def test_refusals_are_of_the_one_type_too(
    client: TestClient[Any], cast: Cast, body: bytes, status: int, code: str
) -> None:
    phone = sign_in(client, cast.alice)
    assert phone.line.push(body)[0] == status
    assert phone.line.push(body)[1]["code"] == code


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_other_questions_are_answered_in_the_one_type(client: TestClient[Any], cast: Cast) -> None:
    phone = sign_in(client, cast.alice)
    assert phone.line.pull("x", None)[0] == 400
    assert phone.line.pull("", None)[0] == 400
    assert (
        HttpLine(client)._read(client.get("/sync/pull", params={"device_id": new_id(), "sums": "maybe"}))[0]
        == 400
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [(OperationalError("SELECT", {}, Exception("locked")), 503, "3"), (ZeroDivisionError(), 500, None)],
)
def test_a_server_in_trouble_says_later(
    monkeypatch: pytest.MonkeyPatch,
    client: TestClient[Any],
    cast: Cast,
    error: Exception,
    status: int,
    retry_after: str | None,
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise error

    phone = sign_in(client, cast.alice)
    monkeypatch.setattr(http, "push", broken)
    answer = client.post("/sync/push", json=phone.envelope())
    assert (answer.status_code, answer.headers.get("retry-after")) == (status, retry_after)
    assert HttpLine(client)._read(answer)[1].keys() == {"protocol", "code"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_too_many_pushes_are_told_when_to_come_again(client: TestClient[Any], cast: Cast) -> None:
    phone = sign_in(client, cast.alice)
    statuses = {client.post("/sync/push", json=phone.envelope()).status_code for _ in range(121)}
    assert statuses == {200, 429}
    answer = client.post("/sync/push", json=phone.envelope())
    assert int(answer.headers["retry-after"]) > 0


def test_the_parked_sentence_comes_in_chinese(
    database: Database, client: TestClient[Any], cast: Cast, harbour_cafe: Customer
) -> None:
    phone = sign_in(client, cast.alice)
    phone.do("user.edit", {"fields": {"locale": "zh-Hans"}})
    receipt = phone.do("visit.log", {**visit(harbour_cafe.id), "outcome": "?"})
    assert receipt["detail"]["fields"]["outcome"]["message"] == "请从列表中选择。"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_when_too_many_ask_at_once_the_next_one_is_told_to_come_later(
    client: TestClient[Any], cast: Cast, harbour_cafe: Customer
) -> None:
    phone, inside = sign_in(client, cast.alice), client.app.state.sync_crowd
    phone.save("visit.log", visit(harbour_cafe.id))
    inside.inside = crowd.MOST
    for answer in (client.post("/sync/push", json=phone.envelope()), client.get("/sync/pull")):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, str(crowd.LATER_S))
        assert (answer.headers["content-type"], answer.json()["code"]) == (CONTENT_TYPE, "later")
    inside.inside = crowd.MOST - 1
    assert [receipt["status"] for receipt in phone.push()] == ["applied"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_has_been_answered_whatever_it_was_makes_room(
    client: TestClient[Any], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = sign_in(client, cast.alice)
    monkeypatch.setattr(http, "pull", broken)
    answers = [
        client.get("/sync/pull", params={"device_id": phone.device_id}),
        client.get("/sync/pull"),
        client.post("/sync/push", content=b"<html>"),
        client.post("/sync/push", json=phone.envelope()),
    ]
    assert [answer.status_code for answer in answers] == [500, 400, 400, 200]
    assert client.app.state.sync_crowd.inside == 0


def broken(*_: Any, **__: Any) -> None:
    raise RuntimeError
