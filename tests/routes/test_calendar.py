"""Somebody's calendar: its address made, renewed and ended on the page of reminders, and what asks there gets."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from icalendar import Calendar
from litestar.testing import TestClient
from sqlalchemy import update
from sqlmodel import col, select

from server.database import Database
from server.models import account
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.reminder import CalendarFeed
from server.models.user import Device, User
from tests.cast import NOW, Cast, reads_chinese
from tests.routes.conftest import Browser, Do, Screens

ADDRESS = re.compile(r"<code>https?://[^/<]+(/calendar/[\w-]+\.ics)</code>")


def address_of(browser: Screens) -> str:
    page = browser.post("/more/reminders/calendar")
    assert page.status_code == 200
    found = ADDRESS.search(page.text)
    assert found is not None
    return found.group(1)


@pytest.fixture
def ask(screens: Browser, cast: Cast) -> Any:
    """As a calendar asks: without a cookie."""
    app = screens(cast.dora).client.app

    def ask(path: str) -> httpx.Response:
        return TestClient(app, raise_server_exceptions=False).get(path)

    return ask


@pytest.fixture
def promise(do: Do, cafe: Customer) -> Any:
    def promise(user: User, due_on: str = "2026-11-30", note: str = "Bring the seal", **more: str) -> str:
        args = {"follow_up_id": new_id(), "customer_id": cafe.id, "due_on": due_on, "note": note, **more}
        do(user, "follow_up.create", args)
        return args["follow_up_id"]

    return promise


def events(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200
    return {str(event["uid"]): event for event in Calendar.from_ical(answer.content).walk("VEVENT")}


def test_promises_are_days_and_planned_visits_have_their_time(
    screens: Browser, cast: Cast, ask: Any, do: Do, promise: Any, cafe: Customer
) -> None:
    follow_up, planned, unhurried = promise(cast.alice), new_id(), new_id()
    do(cast.alice, "user.edit", {"fields": {"time_zone": "Europe/Berlin"}})
    plan = {"customer_id": cafe.id, "planned_on": "2027-03-29"}
    do(cast.alice, "visit.plan", {**plan, "visit_id": planned, "planned_time": "10:30"})
    do(cast.alice, "visit.plan", {**plan, "visit_id": unhurried})
    answer = ask(address_of(screens(cast.alice)))
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    found = events(answer)
    assert set(found) == {f"{id_}@legwork" for id_ in (follow_up, planned, unhurried)}
    promised, visit = found[f"{follow_up}@legwork"], found[f"{planned}@legwork"]
    assert (promised["dtstart"].dt, promised["dtend"].dt) == (date(2026, 11, 30), date(2026, 12, 1))
    assert promised["summary"] == "Harbour Café · Bring the seal"
    assert promised["url"].endswith(f"/customers/{cafe.id}")
    assert promised["transp"] == "TRANSPARENT"
    assert promised["dtstamp"].dt == NOW
    assert visit["dtstart"].dt == datetime(2027, 3, 29, 10, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    assert visit["dtstart"].dt.utcoffset() == timedelta(0)
    assert visit["summary"] == "Visit: Harbour Café"
    assert found[f"{unhurried}@legwork"]["dtstart"].dt == date(2027, 3, 29)
    assert "VALARM" not in answer.text


def test_it_is_the_same_event_as_long_as_it_is_the_same_promise(
    screens: Browser, cast: Cast, ask: Any, do: Do, promise: Any
) -> None:
    follow_up, address = promise(cast.alice), address_of(screens(cast.alice))
    do(cast.alice, "follow_up.snooze", {"follow_up_id": follow_up, "due_on": "2026-12-07"})
    assert events(ask(address))[f"{follow_up}@legwork"]["dtstart"].dt == date(2026, 12, 7)
    do(cast.alice, "follow_up.complete", {"follow_up_id": follow_up})
    assert events(ask(address)) == {}


def test_lines_are_folded_and_what_is_typed_stays_text(
    screens: Browser, cast: Cast, ask: Any, promise: Any, database: Database, cafe: Customer
) -> None:
    evil = "Café; a, b\\n\r\nBEGIN:VALARM\r\nTRIGGER:-PT1M\r\nEND:VALARM " + "带两个样品" * 40
    follow_up = promise(cast.alice, note="Two lines:\nBEGIN:VEVENT\nUID:evil")
    with database.writing() as session:
        session.execute(update(Customer).where(col(Customer.id) == cafe.id).values(name=evil, address=evil))
    answer = ask(address_of(screens(cast.alice)))
    lines = answer.content.split(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    assert b"BEGIN:VALARM" not in lines
    [event] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event["uid"] == f"{follow_up}@legwork"
    assert event["location"] == " ".join(evil.split())
    assert event["description"].splitlines()[:3] == ["Two lines:", "BEGIN:VEVENT", "UID:evil"]


def test_only_what_one_may_see_is_in_it(
    screens: Browser, cast: Cast, ask: Any, do: Do, promise: Any, cafe: Customer
) -> None:
    do(cast.alice, "customer.share", {"customer_id": cafe.id, "user_id": cast.bob.id})
    bobs = promise(cast.bob)
    address, alices = address_of(screens(cast.bob)), address_of(screens(cast.alice))
    assert list(events(ask(address))) == [f"{bobs}@legwork"]
    assert events(ask(alices)) == {}
    do(cast.alice, "customer.unshare", {"customer_id": cafe.id, "user_id": cast.bob.id})
    assert events(ask(address)) == {}


def test_it_speaks_the_language_of_whose_it_is(
    screens: Browser, cast: Cast, ask: Any, do: Do, cafe: Customer, database: Database
) -> None:
    with database.writing() as session:
        reads_chinese(session, cast.alice)
    plan = {"visit_id": new_id(), "customer_id": cafe.id, "planned_on": "2026-11-30"}
    do(cast.alice, "visit.plan", plan)
    [event] = events(ask(address_of(screens(cast.alice)))).values()
    assert event["summary"] == "拜访：Harbour Café"


def test_the_address_is_shown_once_and_kept_nowhere(
    screens: Browser, cast: Cast, ask: Any, database: Database
) -> None:
    browser = screens(cast.alice)
    address = address_of(browser)
    page = browser.get("/more/reminders").text
    assert "/calendar/" not in page.replace("/more/reminders/calendar", "")
    assert "There has been an address since" in page
    token = address.removeprefix("/calendar/").removesuffix(".ics")
    assert len(token) == 43
    with database.reading() as session:
        [feed] = session.exec(select(CalendarFeed)).all()
    assert token not in str(feed)


def test_a_new_address_ends_the_old_one_and_ending_it_ends_all(
    screens: Browser, cast: Cast, ask: Any
) -> None:
    browser = screens(cast.alice)
    old, new = address_of(browser), address_of(browser)
    assert [ask(path).status_code for path in (old, new)] == [404, 200]
    assert browser.post("/more/reminders/calendar/end").status_code == 303
    assert ask(new).status_code == 404
    assert browser.post("/more/reminders/calendar/end").status_code == 303


@pytest.mark.parametrize("path", ["/calendar/x.ics", "/calendar/" + "y" * 5000, "/calendar/%00.ics"])
def test_a_wrong_address_is_not_there(ask: Any, path: str) -> None:
    answer = ask(path)
    assert (answer.status_code, answer.content) == (404, b"")
    assert answer.headers["cache-control"] == "no-store"


def test_who_left_has_no_calendar_nor_after_coming_back(
    screens: Browser, cast: Cast, ask: Any, database: Database
) -> None:
    address = address_of(screens(cast.alice))
    with database.writing() as session:
        session.get_one(User, cast.alice.id).deactivated_at = NOW
    assert ask(address).status_code == 404
    with database.writing() as session:
        account.deactivate(session, session.get_one(User, cast.alice.id), NOW)
        account.reactivate(session.get_one(User, cast.alice.id))
    assert ask(address).status_code == 404


def test_a_lost_phone_reads_the_calendar_no_longer(
    screens: Browser, cast: Cast, ask: Any, database: Database
) -> None:
    """That of anybody else stays."""
    address, bobs = address_of(screens(cast.alice)), address_of(screens(cast.bob))
    lost = Device(id=new_id(), user_id=cast.alice.id, created_at=NOW, last_seen_at=NOW)
    with database.writing() as session:
        session.add(lost)
    assert ask(address).status_code == 200
    page = screens(cast.dora).get("/devices").text
    assert "The private address of their calendar ends at once" in page
    assert screens(cast.dora).post(f"/devices/{lost.id}/wipe").status_code == 303
    assert ask(address).status_code == 404
    assert ask(bobs).status_code == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_who_asks_too_often_is_told_when_to_come_again(ask: Any) -> None:
    answers = [ask(f"/calendar/{number}.ics") for number in range(121)]
    assert [answer.status_code for answer in answers] == [404] * 120 + [429]
    assert answers[-1].headers["retry-after"] == "61"


def test_what_is_long_past_is_left_out(
    screens: Browser, cast: Cast, ask: Any, promise: Any, database: Database
) -> None:
    promise(cast.alice, due_on="2026-09-01")
    late = promise(cast.alice, due_on="2026-11-02")
    assert list(events(ask(address_of(screens(cast.alice))))) == [f"{late}@legwork"]
    assert datetime(2026, 11, 23, 8, tzinfo=UTC) == NOW
