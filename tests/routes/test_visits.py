"""Log a visit in three taps; correct it, take it back, plan one."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from server.database import Database
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.identity import new_id
from server.models.user import User
from server.models.visit import Visit
from tests.cast import NOW, Cast
from tests.routes.conftest import Browser, Do
from tests.routes.test_customer import log

TODAY = NOW.date().isoformat()
Add = Callable[..., Customer]


def filled_in(page: str) -> dict[str, str]:
    """What the form would send as it stands, with the first outcome tapped."""
    form = page.split('class="stack"')[1].split("</form>", maxsplit=1)[0]
    hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
    return {**dict(hidden), "outcome": "interested", "next_step": "none"}


def visits(database: Database) -> list[Visit]:
    with database.reading() as session:
        return list(session.exec(select(Visit).order_by(col(Visit.id))).all())


def test_three_taps(screens: Browser, cast: Cast, cafe: Customer, database: Database) -> None:
    browser = screens(cast.alice)
    page = browser.get(f"/visits/new?customer={cafe.id}").text
    assert "Harbour Café" in page
    answer = browser.post("/visits", filled_in(page))
    assert answer.status_code == 303
    page = browser.get(answer.headers["location"]).text
    assert "Visit saved" in page
    assert "Visit · Interested" in page
    [visit] = visits(database)
    assert (visit.author_id, visit.started_at) == (cast.alice.id, NOW)


def test_a_second_tap_on_save_makes_no_second_visit(
    screens: Browser, cast: Cast, cafe: Customer, database: Database
) -> None:
    browser = screens(cast.alice)
    data = filled_in(browser.get(f"/visits/new?customer={cafe.id}").text)
    browser.post("/visits", data)
    again = browser.post("/visits", data)
    assert again.status_code == 422
    assert "This visit was already logged." in again.text
    assert len(visits(database)) == 1


def test_undo_takes_it_back_with_its_promise(
    screens: Browser, cast: Cast, cafe: Customer, database: Database
) -> None:
    browser = screens(cast.alice)
    data = filled_in(browser.get(f"/visits/new?customer={cafe.id}").text)
    answer = browser.post("/visits", {**data, "next_step": "3", "follow_up_note": "Bring a sample"})
    page = browser.get(answer.headers["location"]).text
    assert "Bring a sample" in page
    undo = re.search(r'action="(/visits/[^"]*/withdraw)"', page)
    assert undo is not None
    browser.post(undo[1])
    page = browser.get(f"/customers/{cafe.id}").text
    assert "Bring a sample" not in page
    assert "Nobody has been here yet" in page


def test_everything_behind_more_is_kept(
    screens: Browser, cast: Cast, cafe: Customer, do: Do, database: Database
) -> None:
    contact_id = new_id()
    do(
        cast.alice,
        "contact.create",
        {"contact_id": contact_id, "customer_id": cafe.id, "name": "Frau Keller"},
    )
    browser = screens(cast.alice)
    page = browser.get(f"/visits/new?customer={cafe.id}").text
    assert "Frau Keller" in page
    extra = {"contact_ids": [contact_id], "competitors": "Dichtwerk，SealPro", "pain_point": "Too slow"}
    place = {"latitude": "53.55", "longitude": "10", "accuracy_m": "12"}
    browser.post("/visits", {**filled_in(page), **extra, **place})
    [visit] = visits(database)
    assert visit.contact_ids == [contact_id]
    assert visit.competitors == ["Dichtwerk", "SealPro"]
    assert (visit.pain_point, visit.latitude) == ("Too slow", 53.55)


@pytest.mark.parametrize(("step", "days"), [("1", 1), ("3", 3), ("7", 7), ("14", 14), ("30", 30)])
def test_a_next_step_comes_back_on_its_day(
    screens: Browser, cast: Cast, cafe: Customer, database: Database, step: str, days: int
) -> None:
    browser = screens(cast.alice)
    data = filled_in(browser.get(f"/visits/new?customer={cafe.id}").text)
    browser.post("/visits", {**data, "next_step": step})
    with database.reading() as session:
        follow_up = session.exec(select(FollowUp)).one()
    assert follow_up.due_on == NOW.date() + timedelta(days=days)


def test_what_is_missing_is_said_and_what_was_typed_is_kept(
    screens: Browser, cast: Cast, cafe: Customer, database: Database
) -> None:
    browser = screens(cast.alice)
    data = filled_in(browser.get(f"/visits/new?customer={cafe.id}").text)
    wrong = {"outcome": "", "next_step": "pick", "due_on": "", "note": "Two lines\nof <b>text</b>"}
    answer = browser.post("/visits", {**data, **wrong})
    assert answer.status_code == 422
    assert 'id="outcome-error"' in answer.text
    assert 'id="due_on-error"' in answer.text
    assert "Two lines\nof &lt;b&gt;text&lt;/b&gt;</textarea>" in answer.text
    assert f'name="visit_id" value="{data["visit_id"]}"' in answer.text
    assert visits(database) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"customer_id": ""},
        {"customer_id": "x"},
        {"visit_id": "x"},
        {"outcome": "sold_the_shop"},
        {"started_at": "yesterday"},
        {"note": "x" * 10_001},
        {"note": "\x00"},
        {"next_step": "99"},
        {"next_step": "1900-01-01"},
        {"latitude": "north", "longitude": "10", "accuracy_m": "1"},
        {"contact_ids": ["x"]},
    ],
)
def test_nonsense_is_refused_in_words(
    screens: Browser, cast: Cast, cafe: Customer, database: Database, wrong: dict[str, Any]
) -> None:
    browser = screens(cast.alice)
    data = filled_in(browser.get(f"/visits/new?customer={cafe.id}").text)
    answer = browser.post("/visits", {**data, **wrong})
    assert answer.status_code == 422
    assert "Traceback" not in answer.text
    assert visits(database) == []


def test_the_customer_is_the_one_planned_next_else_the_last_visited(
    screens: Browser, cast: Cast, cafe: Customer, add_customer: Add, do: Do
) -> None:
    browser, other = screens(cast.alice), add_customer(cast.alice, "Lumen Optik")
    assert "Whom did you visit?" in browser.get("/visits/new").text
    log(do, cast.alice, cafe)
    assert "Harbour Café" in browser.get("/visits/new").text
    visit_id = new_id()
    do(cast.alice, "visit.plan", {"visit_id": visit_id, "customer_id": other.id, "planned_on": TODAY})
    page = browser.get("/visits/new").text
    assert "Lumen Optik" in page
    assert f'value="{visit_id}"' in page  # logging it fulfils the plan


AT_THE_HARBOUR = {"latitude": 53.5413, "longitude": 9.9841}
ACROSS_THE_QUAY = "?latitude=53.54310&longitude=9.98550"  # 220 m from there
IN_ANOTHER_TOWN = "?latitude=53.86550&longitude=10.68660"


def test_with_nothing_planned_it_is_the_nearest_else_the_one_opened_last(
    screens: Browser, cast: Cast, cafe: Customer, add_customer: Add, do: Do
) -> None:
    browser = screens(cast.alice)
    near = add_customer(cast.alice, "Lumen Optik", **AT_THE_HARBOUR)
    opened = add_customer(cast.alice, "Nordlicht GmbH", latitude=53.6, longitude=9.9)
    log(do, cast.alice, cafe)
    browser.get(f"/customers/{opened.id}")
    assert "Nordlicht GmbH" in browser.get("/visits/new").text
    assert "Lumen Optik" in browser.get(f"/visits/new{ACROSS_THE_QUAY}").text
    assert "Nordlicht GmbH" in browser.get(f"/visits/new{IN_ANOTHER_TOWN}").text
    do(cast.alice, "visit.plan", {"visit_id": new_id(), "customer_id": cafe.id, "planned_on": TODAY})
    assert "Harbour Café" in browser.get(f"/visits/new{ACROSS_THE_QUAY}").text
    assert "Lumen Optik" in browser.get(f"/visits/new?customer={near.id}").text


def test_neither_the_nearest_nor_the_one_opened_last_shows_what_is_not_mine(
    screens: Browser, cast: Cast, cafe: Customer, add_customer: Add
) -> None:
    add_customer(cast.alice, "Lumen Optik", **AT_THE_HARBOUR)
    browser = screens(cast.charlie)
    assert browser.get(f"/customers/{cafe.id}").status_code == 404
    browser.client.cookies["legwork_opened"] = cafe.id
    assert "Whom did you visit?" in browser.get(f"/visits/new{ACROSS_THE_QUAY}").text


def test_plus_on_a_page_of_a_customer_means_that_customer(
    screens: Browser, cast: Cast, cafe: Customer
) -> None:
    browser = screens(cast.alice)
    plus = f'class="plus" href="/visits/new?customer={cafe.id}"'
    for path in (f"/customers/{cafe.id}", f"/customers/{cafe.id}/edit", f"/customers/{cafe.id}/contacts/new"):
        assert plus in browser.get(path).text
    for path in ("/today", "/customers", "/customers/new"):
        assert 'class="plus" href="/visits/new" data-near' in browser.get(path).text


def test_the_picker_searches_as_one_types(screens: Browser, cast: Cast, cafe: Customer) -> None:
    browser = screens(cast.alice)
    assert 'id="picker-list"' in browser.part("/visits/new/customers", "div#who").text
    found = browser.part("/visits/new/customers?q=harb", "ul#picker-list").text
    assert found.startswith('<ul id="picker-list"')
    assert "Harbour Café" in found
    assert "<!doctype html>" in browser.get("/visits/new/customers").text


def test_correcting_keeps_the_first_version(
    screens: Browser, cast: Cast, cafe: Customer, do: Do, database: Database
) -> None:
    visit_id = log(do, cast.alice, cafe, note="Wrong")
    browser = screens(cast.alice)
    page = browser.get(f"/visits/{visit_id}/correct").text
    assert "Wrong" in page
    answer = browser.post(f"/visits/{visit_id}/correction", {**filled_in(page), "note": "Right"})
    assert answer.status_code == 303
    notes = {visit.note: visit.corrected_by for visit in visits(database)}
    assert notes["Right"] is None
    assert notes["Wrong"] is not None


def test_planning_puts_it_on_today(screens: Browser, cast: Cast, cafe: Customer) -> None:
    browser = screens(cast.alice)
    page = browser.get(f"/visits/plan?customer={cafe.id}").text
    data = {**filled_in(page), "planned_on": TODAY, "planned_time": "10:30"}
    answer = browser.post("/visits/planned", data)
    assert "Visit planned" in browser.get(answer.headers["location"]).text
    page = browser.get("/today").text
    assert "10:30" in page
    shown = browser.get(f"/customers/{cafe.id}").text
    for said in ('aria-label="Take the planned visit back"', "Take it back?", ">Take it back</button>"):
        assert shown.count(said) == 1, "the button, the question and the answer say the same"
    answer = browser.post(f"/visits/{data['visit_id']}/cancel", {"back": f"/customers/{cafe.id}"})
    assert "Planned visit taken back" in browser.get(answer.headers["location"]).text
    assert "10:30" not in browser.get("/today").text


@pytest.mark.parametrize(
    ("day", "said"), [("2020-01-01", "too long ago"), ("2026-11-22", "too long ago"), ("", "This is needed")]
)
def test_a_day_that_is_over_is_planned_by_nobody(
    screens: Browser, cast: Cast, cafe: Customer, do: Do, database: Database, day: str, said: str
) -> None:
    browser = screens(cast.alice)
    data = {**filled_in(browser.get(f"/visits/plan?customer={cafe.id}").text), "planned_on": day}
    refused = browser.post("/visits/planned", data)
    assert refused.status_code == 422
    assert re.search(rf'id="planned_on-error">.*{said}', refused.text)
    assert f'name="planned_on" type="date" value="{day}"' in refused.text
    assert visits(database) == []
    if day:
        sent_late = {"visit_id": new_id(), "customer_id": cafe.id, "planned_on": day}
        do(cast.alice, "visit.plan", sent_late)
        assert [visit.planned_on.isoformat() for visit in visits(database) if visit.planned_on] == [day]


def test_planning_without_a_customer_asks_for_one(screens: Browser, cast: Cast, cafe: Customer) -> None:
    page = screens(cast.alice).get("/visits/plan").text
    assert f"/visits/plan?customer={cafe.id}" in page


def test_charlie_logs_corrects_and_plans_nothing_at_alices(
    screens: Browser, cast: Cast, cafe: Customer, do: Do, database: Database
) -> None:
    visit_id = log(do, cast.alice, cafe, note="Secret")
    charlie = screens(cast.charlie)
    assert "Harbour" not in charlie.get(f"/visits/new?customer={cafe.id}").text
    assert charlie.get(f"/visits/plan?customer={cafe.id}").status_code == 404
    assert charlie.get(f"/follow-ups/new?customer={cafe.id}").status_code == 404
    assert charlie.get(f"/visits/{visit_id}/correct").status_code == 404
    data = {
        "visit_id": new_id(),
        "customer_id": cafe.id,
        "outcome": "ordered",
        "started_at": "2026-11-23T08:00:00Z",
    }
    assert charlie.post("/visits", data).status_code == 404
    assert charlie.post(f"/visits/{visit_id}/correction", data).status_code == 404
    assert charlie.post(f"/visits/{visit_id}/withdraw").status_code == 404
    assert charlie.post("/visits/planned", {**data, "planned_on": TODAY}).status_code == 404
    assert charlie.post(f"/visits/{visit_id}/cancel").status_code == 404
    promise = {"follow_up_id": new_id(), "customer_id": cafe.id, "next_step": "1"}
    assert charlie.post("/follow-ups", promise).status_code == 404
    assert [visit.id for visit in visits(database)] == [visit_id]


def test_the_way_back_from_a_visit_that_is_wrong_leads_where_it_was_begun(
    screens: Browser, cast: Cast, cafe: Customer
) -> None:
    alice = screens(cast.alice)
    for asked, back in ((f"?customer={cafe.id}", f"/customers/{cafe.id}"), ("", "/today")):
        begun = alice.get(f"/visits/new{asked}").text
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', begun))
        wrong = alice.post("/visits", {**hidden, "customer_id": cafe.id})
        for page, status in ((begun, 200), (wrong.text, wrong.status_code)):
            assert f'class="back" href="{back}"' in page, status
        assert wrong.status_code == 422


def test_support_logs_nothing(screens: Browser, cast: Cast, cafe: Customer, database: Database) -> None:
    with database.writing() as session:
        bob = session.get(User, cast.bob.id)
        assert bob is not None
        bob.role = "support"
    data = {
        "visit_id": new_id(),
        "customer_id": cafe.id,
        "outcome": "ordered",
        "started_at": "2026-11-23T08:00:00Z",
    }
    assert screens(bob).post("/visits", data).status_code in (403, 404)
    assert visits(database) == []


def test_a_shared_text_begins_a_visit(screens: Browser, cast: Cast, cafe: Customer) -> None:
    browser = screens(cast.alice)
    assert "See you on Friday" in browser.get("/visits/new?note=See+you+on+Friday").text
    assert browser.post("/share-target", {"text": "x"}).headers["location"] == "/visits/new"
