"""What every answer carries, whatever it is; what no write may lack; what an error tells, and what it does not."""

import asyncio
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

import server.app
import server.edge
from server.config import Settings
from server.database import Database
from server.models import session as sessions
from server.models.customer import Customer
from server.models.identity import new_id
from tests.cast import NOW, Cast
from tests.routes.doorstep import Doorstep

EVERYWHERE = (
    "/sign-in",
    "/today",
    "/nowhere",
    "/healthz",
    "/service_worker.js",
    "/manifest.webmanifest",
    "/sync/pull",
)
CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_is_guarded(doorstep: Doorstep, cast: Cast, path: str) -> None:
    headers = doorstep.browser().get(path).headers
    assert headers["content-security-policy"] == CSP
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["permissions-policy"] == "geolocation=(self), camera=(self), microphone=(self)"
    assert "strict-transport-security" not in headers


def test_pages_are_not_kept_by_caches(doorstep: Doorstep, cast: Cast) -> None:
    browser = doorstep.signed_in(cast.alice.email)
    for path in ("/today", "/nowhere", "/sign-in"):
        assert browser.get(path).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("accepted", "used"),
    [
        ("gzip;q=0", None),
        ("br;q=0, gzip", "gzip"),
        ("br ; q=0.000,gzip;q=0.0", None),
        ("br;q=0.1", "br"),
        ("gzip;q=0.05, br;q=0", "gzip"),
    ],
)
def test_a_coding_that_is_refused_is_not_used(
    doorstep: Doorstep, cast: Cast, accepted: str, used: str | None
) -> None:
    browser = doorstep.browser()
    style = re.search(r'href="(/static/app\.[^"]+\.css)"', browser.get("/sign-in").text)
    assert style
    for path in ("/sign-in", style[1]):
        answer = browser.get(path, headers={"Accept-Encoding": accepted})
        assert answer.headers.get("content-encoding") == used


def test_behind_https_cookies_and_browsers_stay_with_it(
    database: Database, cast: Cast, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, secret_key="k" * 40, public_url="https://legwork.example")
    with TestClient(server.app.create_app(settings, database)) as client:
        answer = client.get("/sign-in")
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert "Secure" in answer.headers["set-cookie"]


def test_assets_are_kept_for_ever_and_sent_compressed(doorstep: Doorstep, cast: Cast) -> None:
    browser = doorstep.browser()
    style = re.search(r'href="(/static/app\.[^"]+\.css)"', browser.get("/sign-in").text)
    assert style is not None
    plain = browser.get(style[1], headers={"Accept-Encoding": "identity"})
    for encoding in ("br", "gzip"):
        answer = browser.get(style[1], headers={"Accept-Encoding": encoding})
        assert answer.headers["content-encoding"] == encoding
        assert answer.text == plain.text
    assert "immutable" in plain.headers["cache-control"]
    assert plain.headers["content-type"] == "text/css; charset=utf-8"
    assert "set-cookie" not in plain.headers


@pytest.mark.parametrize("name", ["nothing.css", "..%2Fmanifest.json", "%2e%2e", "app.css.br"])
def test_no_other_file_is_served(doorstep: Doorstep, name: str) -> None:
    assert doorstep.browser().get(f"/static/{name}").status_code in (400, 404)


def test_the_worker_is_asked_for_each_time_and_rules_the_whole_site(doorstep: Doorstep) -> None:
    browser = doorstep.browser()
    answer = browser.get("/service_worker.js")
    assert answer.headers["service-worker-allowed"] == "/"
    assert "no-cache" in answer.headers["cache-control"]
    again = browser.get("/service_worker.js", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_manifest_installs_the_app_in_the_readers_language(doorstep: Doorstep) -> None:
    browser = doorstep.browser()
    manifest = browser.get("/manifest.webmanifest?lang=zh-Hans").json()
    assert (manifest["lang"], manifest["start_url"], manifest["display"]) == (
        "zh-Hans",
        "/today",
        "standalone",
    )
    assert [shortcut["url"] for shortcut in manifest["shortcuts"]] == ["/visits/new", "/today"]
    assert {"any", "maskable"} <= {icon["purpose"] for icon in manifest["icons"]}
    for icon in manifest["icons"]:
        assert browser.get(icon["src"]).status_code == 200
    assert manifest["share_target"]["action"] == "/share-target"


@pytest.mark.parametrize("token", [None, "", "made.up", "é"])
def test_a_write_without_its_token_is_refused(doorstep: Doorstep, cast: Cast, token: str | None) -> None:
    browser = doorstep.signed_in(cast.alice.email)
    del browser.headers["X-CSRFToken"]
    headers = {} if token is None else {b"X-CSRFToken": token.encode()}
    answer = browser.post("/more/language", data={"locale": "zh-Hans"}, headers=headers)  # type: ignore[arg-type]
    assert answer.status_code == 403
    assert "grown old" in answer.text
    assert 'lang="en"' in browser.get("/more").text


def test_somebody_elses_token_is_refused(doorstep: Doorstep, cast: Cast) -> None:
    alice, charlie = doorstep.signed_in(cast.alice.email), doorstep.signed_in(cast.charlie.email)
    alice.headers["X-CSRFToken"] = charlie.headers["X-CSRFToken"]
    assert alice.post("/more/language", data={"locale": "en"}).status_code == 403


def test_a_token_in_a_form_field_will_do(doorstep: Doorstep, cast: Cast) -> None:
    browser = doorstep.signed_in(cast.alice.email)
    token = browser.headers.pop("X-CSRFToken")
    assert browser.post("/more/language", data={"locale": "en", "_csrf": token}).status_code == 303


def test_a_form_of_ours_needs_no_script(doorstep: Doorstep, cast: Cast) -> None:
    browser = doorstep.signed_in(cast.alice.email)
    del browser.headers["X-CSRFToken"]
    ours = {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver.local"}
    assert browser.post("/more/language", data={"locale": "en"}, headers=ours).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.test"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://other.testserver.local"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://testserver.local"},
    ],
)
def test_a_form_of_another_site_is_refused(doorstep: Doorstep, cast: Cast, headers: dict[str, str]) -> None:
    browser = doorstep.signed_in(cast.alice.email)
    del browser.headers["X-CSRFToken"]
    assert browser.post("/more/language", data={"locale": "en"}, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://legwork.test", 303),
        ("http://legwork.test", 403),
        ("https://legwork.test.evil.test", 403),
        ("null", 403),
    ],
)
def test_a_browser_that_tells_no_site_is_believed_the_configured_origin(
    database: Database, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, origin: str, status: int
) -> None:
    settings = Settings(data_dir=tmp_path, secret_key="k" * 40, public_url="https://legwork.test")
    monkeypatch.setattr(server.app, "moment_of_request", lambda: NOW)
    browser = TestClient(server.app.create_app(settings, database))
    with database.writing() as session:
        browser.cookies["legwork_session"] = sessions.start(session, cast.alice, NOW)
    browser.follow_redirects = False
    answer = browser.post("/more/language", data={"locale": "en"}, headers={"Origin": origin})
    assert answer.status_code == status


def test_only_forms_go_without_a_token(doorstep: Doorstep, cast: Cast) -> None:
    browser = doorstep.signed_in(cast.alice.email)
    del browser.headers["X-CSRFToken"]
    ours = {"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver.local"}
    answer = browser.post("/sync/push", json={}, headers=ours)
    assert (answer.status_code, answer.json()["code"]) == (403, "forged")


def test_a_phone_is_told_in_its_own_type(doorstep: Doorstep, cast: Cast) -> None:
    browser = doorstep.signed_in(cast.alice.email)
    del browser.headers["X-CSRFToken"]
    forged = browser.post("/sync/push", json={})
    assert (forged.status_code, forged.json()["code"]) == (403, "forged")
    stranger = doorstep.browser().post("/sync/push", json={})
    assert stranger.status_code == 401
    for answer in (forged, stranger):
        assert answer.headers["content-type"] == "application/vnd.legwork.sync+json"


def test_what_is_missing_is_said_in_the_readers_language(doorstep: Doorstep, cast: Cast) -> None:
    browser = doorstep.signed_in(cast.alice.email)
    answer = browser.get("/nowhere", headers={"Accept-Language": "zh-CN"})
    assert answer.status_code == 404
    assert "这里什么都没有" in answer.text
    part = browser.get("/nowhere", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert part.status_code == 404
    assert "<html" not in part.text


def test_ten_megabytes_are_too_much(doorstep: Doorstep, cast: Cast) -> None:
    browser = doorstep.signed_in(cast.alice.email)
    answer = browser.post("/visits", data={"note": "x" * 10_000_000})
    assert answer.status_code == 413
    assert "too much at once" in answer.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", ["/sign-in", "/library", "/files", "/sync/push"])
@pytest.mark.parametrize("bytes_more", [b"", b"a"])
def test_who_sends_no_more_of_a_body_is_not_waited_for(
    doorstep: Doorstep, cast: Cast, monkeypatch: pytest.MonkeyPatch, path: str, bytes_more: bytes
) -> None:
    """Nor who sends a byte now and then: signed in or not, each would hold a connection for ever."""
    monkeypatch.setattr(server.edge, "PATIENCE_S", 0.1)
    browser = doorstep.signed_in(cast.alice.email)
    request = browser.build_request("POST", path, data={"a": "b"})
    told: list[Any] = []

    async def receive() -> dict[str, Any]:
        if not bytes_more:
            await asyncio.Event().wait()
        await asyncio.sleep(0.01)
        return {"type": "http.request", "body": bytes_more, "more_body": True}

    async def send(message: Any) -> None:
        told.append(message)

    scope: Any = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "state": {},
        "headers": [(name.lower(), value) for name, value in request.headers.raw if name.lower() != b"content-length"],
        "client": ("127.0.0.1", 1), "server": ("testserver", 80),
    }  # fmt: skip
    app: Any = doorstep.app
    asyncio.run(asyncio.wait_for(app(scope, receive, send), 30))
    assert told[0]["status"] == 408
    assert (b"connection", b"close") in [(name.lower(), value) for name, value in told[0]["headers"]]


def test_a_failure_tells_nobody_what_was_typed(
    capsys: pytest.CaptureFixture[str], doorstep: Doorstep, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_values: object) -> None:
        raise RuntimeError("INSERT … ('my secret note')")

    browser = doorstep.signed_in(cast.alice.email)
    monkeypatch.setattr("server.routes.more.apply", fail)
    capsys.readouterr()
    answer = browser.post("/more/language?q=secret", data={"locale": "secret"})
    logged = capsys.readouterr().err
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert "Traceback" not in answer.text + logged
    assert "secret" not in answer.text + logged
    assert "RuntimeError" in logged
    assert "server/routes/more.py" in logged
    assert answer.headers["x-request-id"] in logged
    assert answer.headers["x-request-id"] in answer.text


def test_a_busy_database_asks_to_come_back(
    doorstep: Doorstep, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object, **_values: object) -> None:
        raise OperationalError("UPDATE …", {}, Exception("database is locked"))

    browser = doorstep.signed_in(cast.alice.email)
    monkeypatch.setattr("server.routes.more.apply", fail)
    answer = browser.post("/more/language", data={"locale": "en"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
    assert "Legwork is busy" in answer.text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_disk_is_said_to_be_full(
    doorstep: Doorstep, cast: Cast, add_customer: Callable[..., Customer]
) -> None:
    cafe = add_customer(cast.alice, "Harbour Cafe")
    browser = doorstep.signed_in(cast.alice.email)

    def fill(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # none is added to those there are

    told = {
        "customer_id": cafe.id,
        "next_step": "pick",
        "due_on": "2026-12-01",
        "follow_up_note": "Ring " * 60,
    }
    answers = (browser.post("/follow-ups", data={"follow_up_id": new_id(), **told}) for _ in range(40))
    engine = doorstep.database.engine
    engine.dispose()
    with closing(sqlite3.connect(str(engine.url.database))) as connection:
        connection.execute("VACUUM")  # what earlier tests have left free would be room
    event.listen(engine, "connect", fill)
    try:
        full = next(answer for answer in answers if answer.status_code != 303)
    finally:
        event.remove(engine, "connect", fill)  # other tests go on with this engine
        engine.dispose()
    assert full.status_code == 503
    assert "The server’s disk is full" in full.text
    assert "Legwork is busy" not in full.text


def test_the_log_holds_one_line_without_anything_personal(
    capsys: pytest.CaptureFixture[str], doorstep: Doorstep, cast: Cast
) -> None:
    browser = doorstep.signed_in(cast.alice.email)
    capsys.readouterr()
    browser.get("/customers?q=Harbour")
    browser.get("/setup/a-secret-token")
    lines = [line for line in capsys.readouterr().err.splitlines() if "request" in line]
    assert len(lines) == 2
    assert "Harbour" not in lines[0]
    assert "/customers" in lines[0]
    assert "a-secret-token" not in lines[1]
    assert "alice" not in "".join(lines)
