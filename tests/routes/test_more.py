"""More and the outbox."""

import json

import pytest
from sqlmodel import func, select

from server.database import Database
from server.models.column import wire
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.user import User
from server.models.visit import Visit
from sync.envelope import MOST_BYTES
from tests.cast import NOW, Cast
from tests.routes.conftest import Browser


def test_everybody_finds_what_the_role_may_do(screens: Browser, cast: Cast) -> None:
    rep, manager, admin = (screens(user).get("/more").text for user in (cast.alice, cast.mei, cast.dora))
    assert "/import" not in rep
    assert "/import" in manager
    assert 'href="/people"' not in manager
    assert 'href="/people"' in admin


def test_the_language_changes_at_once_and_stays(screens: Browser, cast: Cast, database: Database) -> None:
    browser = screens(cast.alice)
    answer = browser.post("/more/language", {"locale": "zh-Hans"})
    assert answer.headers["location"].startswith("/more")
    assert "locale=zh-Hans" in answer.headers["set-cookie"]
    assert '<html lang="zh-Hans"' in browser.get("/today").text
    with database.reading() as session:
        user = session.get(User, cast.alice.id)
        assert user is not None
        assert user.locale == "zh-Hans"


def test_a_language_nobody_speaks_is_refused(screens: Browser, cast: Cast) -> None:
    assert screens(cast.alice).post("/more/language", {"locale": "tlh"}).status_code == 422


@pytest.mark.parametrize("path", ["/more/install", "/more/help", "/outbox"])
def test_pages_to_read(screens: Browser, cast: Cast, path: str) -> None:
    answer = screens(cast.alice).get(path)
    assert answer.status_code == 200
    assert 'aria-current="page"' in answer.text


@pytest.mark.parametrize("path", ["/today", "/customers", "/visits/new", "/visits/plan", "/more", "/outbox"])
def test_who_is_not_signed_in_is_led_to_sign_in(screens: Browser, cast: Cast, path: str) -> None:
    browser = screens(cast.alice)
    browser.client.cookies.clear()
    answer = browser.get(path)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in")


def test_an_outbox_that_is_brought_in_is_counted(screens: Browser, cast: Cast, cafe: Customer) -> None:
    browser = screens(cast.alice)
    args = {"customer_id": cafe.id, "tag": "VIP"}
    change = {"seq": 1, "id": new_id(), "name": "customer.add_tag", "args": args, "base_rev": None}
    changes = [{**change, "happened_at": "2026-11-23T07:41:12.000Z", "group": None}]
    file = json.dumps({"legwork_outbox": 1, "user_id": cast.alice.id, "changes": changes})
    for said in ("Entries brought in: 1", "Everything in it was here already."):
        answer = browser.client.post("/outbox/import", files={"file": ("outbox.json", file)})
        assert answer.status_code == 303, answer.text
        assert said in browser.get(answer.headers["location"]).text


def test_an_outbox_may_be_larger_than_a_push(
    screens: Browser, database: Database, cast: Cast, cafe: Customer
) -> None:
    """A phone cuts what it sends; a file comes as a whole."""
    told = {"customer_id": cafe.id, "started_at": wire(NOW), "outcome": "interested", "note": "Call. " * 200}
    changes = [
        {"seq": seq, "id": new_id(), "name": "visit.log", "args": {"visit_id": new_id(), **told}}
        for seq in range(1, 801)
    ]
    file = json.dumps({"legwork_outbox": 1, "user_id": cast.alice.id, "changes": changes})
    assert len(file) > MOST_BYTES
    answer = screens(cast.alice).client.post("/outbox/import", files={"file": ("outbox.json", file)})
    assert answer.headers["location"] == "/outbox?done=brought_in&was=800"
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(Visit)).one() == 800
