"""Today: what is due, planned and going cold, each with one tap to answer it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from server.database import Database
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.identity import new_id
from tests.cast import NOW, Cast
from tests.routes.conftest import Browser, Do

TODAY = NOW.date()


def promise(do: Do, user: Any, customer: Customer, note: str, days: int = 0) -> str:
    follow_up_id = new_id()
    due_on = (TODAY + timedelta(days=days)).isoformat()
    args = {"follow_up_id": follow_up_id, "customer_id": customer.id, "due_on": due_on, "note": note}
    do(user, "follow_up.create", args)
    return follow_up_id


def test_the_first_day_says_what_to_do(screens: Browser, cast: Cast) -> None:
    page = screens(cast.alice).get("/today").text
    assert "Add a customer" in page
    assert "Import a list" in page
    assert 'href="/import"' in screens(cast.alice).get("/customers").text, "nor any later day"


def test_a_manager_without_customers_is_led_to_those_of_the_team(screens: Browser, cast: Cast) -> None:
    page = screens(cast.mei).get("/today").text
    assert "See the customers" in page
    assert "Import a list" in page


def test_the_root_leads_to_today(screens: Browser, cast: Cast) -> None:
    assert screens(cast.alice).get("/").headers["location"] == "/today"


def test_what_is_due_and_late_is_shown_and_what_comes_later_is_not(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    promise(do, cast.alice, cafe, "Bring the revised quote", -2)
    promise(do, cast.alice, cafe, "Ask about the pilot line")
    promise(do, cast.alice, cafe, "Not before tomorrow", 1)
    page = screens(cast.alice).get("/today").text
    assert "Bring the revised quote" in page
    assert "2 days late" in page
    assert "Ask about the pilot line" in page
    assert "Not before tomorrow" not in page


def test_nobody_sees_the_promises_of_others(screens: Browser, cast: Cast, cafe: Customer, do: Do) -> None:
    promise(do, cast.alice, cafe, "Bring the revised quote")
    for user in (cast.bob, cast.mei, cast.charlie, cast.dora):
        assert "Bring the revised quote" not in screens(user).get("/today").text


def test_the_tick_completes_and_offers_undo(
    screens: Browser, cast: Cast, cafe: Customer, do: Do, database: Database
) -> None:
    follow_up_id = promise(do, cast.alice, cafe, "Bring the revised quote")
    browser = screens(cast.alice)
    answer = browser.post(f"/follow-ups/{follow_up_id}/complete", {"back": "/today"})
    assert answer.status_code == 303
    page = browser.get(answer.headers["location"]).text
    assert f'action="/follow-ups/{follow_up_id}/reopen"' in page
    assert "Bring the revised quote" not in page
    browser.post(f"/follow-ups/{follow_up_id}/reopen", {"back": "/today"})
    assert "Bring the revised quote" in browser.get("/today").text


def test_snoozing_moves_it_and_undo_moves_it_back(
    screens: Browser, cast: Cast, cafe: Customer, do: Do, database: Database
) -> None:
    follow_up_id = promise(do, cast.alice, cafe, "Bring the revised quote", -1)
    was, tomorrow = (TODAY - timedelta(days=1)).isoformat(), (TODAY + timedelta(days=1)).isoformat()
    browser = screens(cast.alice)
    data = {"back": "/today", "was": was, "due_on": tomorrow}
    answer = browser.post(f"/follow-ups/{follow_up_id}/snooze", data)
    page = browser.get(answer.headers["location"]).text
    assert f'name="due_on" value="{was}"' in page
    browser.post(f"/follow-ups/{follow_up_id}/snooze", {"back": "/today", "due_on": was})
    with database.reading() as session:
        follow_up = session.get(FollowUp, follow_up_id)
        assert follow_up is not None
        assert follow_up.due_on.isoformat() == was


def test_charlie_can_touch_no_promise_of_alices(
    screens: Browser, cast: Cast, cafe: Customer, do: Do, database: Database
) -> None:
    follow_up_id = promise(do, cast.alice, cafe, "Bring the revised quote")
    browser = screens(cast.charlie)
    for verb in ("complete", "reopen", "snooze"):
        data = {"due_on": TODAY.isoformat()}
        assert browser.post(f"/follow-ups/{follow_up_id}/{verb}", data).status_code == 404
    with database.reading() as session:
        follow_up = session.get(FollowUp, follow_up_id)
        assert follow_up is not None
        assert follow_up.completed_at is None


def test_a_button_never_leads_off_the_site(screens: Browser, cast: Cast, cafe: Customer, do: Do) -> None:
    follow_up_id = promise(do, cast.alice, cafe, "Bring the revised quote")
    data = {"back": "https://elsewhere.example/today"}
    answer = screens(cast.alice).post(f"/follow-ups/{follow_up_id}/complete", data)
    assert answer.headers["location"].startswith("/today?")


def test_htmx_gets_a_fragment_and_the_clean_address(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    browser = screens(cast.alice)
    answer = browser.part(f"/today?done=complete&id={new_id()}")
    assert answer.text.startswith("<title>Today · Legwork</title>")
    assert answer.headers["hx-replace-url"] == "/today"
    assert browser.get("/today").text.startswith("<!doctype html>")


def test_a_hundred_promises_ask_no_more_of_the_database_than_one(
    screens: Browser, cast: Cast, cafe: Customer, do: Do, count_queries: Callable[[], Any]
) -> None:
    browser = screens(cast.alice)
    promise(do, cast.alice, cafe, "First")
    with count_queries() as asked_for_one:
        browser.get("/today")
    for number in range(20):
        promise(do, cast.alice, cafe, f"Promise {number}")
    with count_queries() as asked_for_many:
        browser.get("/today")
    assert len(asked_for_many) == len(asked_for_one)
