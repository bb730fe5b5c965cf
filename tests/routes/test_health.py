"""What watches over the server."""

import pytest
from sqlalchemy import text

from server.routes import health
from tests.routes.doorstep import Doorstep


def test_it_lives_and_is_ready(doorstep: Doorstep) -> None:
    browser = doorstep.browser()
    assert browser.get("/healthz").json() == {"status": "ok"}
    answer = browser.get("/readyz")
    assert answer.json() == {"status": "ok", "database": True, "assets": True, "schema": True}


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/sign-in", "/today", "/nowhere", "/service_worker.js"]
)
def test_who_asks_for_the_head_alone_gets_it_alone(doorstep: Doorstep, path: str) -> None:
    browser = doorstep.browser()
    whole, head = browser.get(path), browser.head(path)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    for name in ("content-type", "content-length", "cache-control", "location"):
        assert head.headers.get(name) == whole.headers.get(name)


def test_sync_has_no_heads(doorstep: Doorstep) -> None:
    """The one of its stream of events would never end."""
    assert doorstep.browser().head("/sync/events").status_code == 405


def test_with_tables_of_another_version_it_lives_but_is_not_ready(doorstep: Doorstep) -> None:
    with doorstep.database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    browser = doorstep.browser()
    assert browser.get("/healthz").status_code == 200
    answer = browser.get("/readyz")
    assert (answer.status_code, answer.json()["schema"]) == (503, False)


def test_without_a_database_it_is_not_ready(doorstep: Doorstep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "answers", lambda _database: False)
    answer = doorstep.browser().get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, False)
