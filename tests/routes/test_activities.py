"""What happens beside visits: a call logged with one tap, corrected, taken back; the timeline by kind."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from server.database import Database
from server.models.column import wire
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.user import User
from server.models.visit import Visit
from tests.cast import NOW, Cast
from tests.models.test_opportunity import deal
from tests.routes.conftest import Browser, Do
from tests.routes.test_customer import log


def call(do: Do, user: User, customer: Customer, days_ago: int = 0, **more: Any) -> str:
    visit_id = new_id()
    args = {"visit_id": visit_id, "customer_id": customer.id, "kind": "call", **more}
    do(user, "activity.log", {"started_at": wire(NOW - timedelta(days=days_ago)), **args})
    return visit_id


def offer(page: str) -> dict[str, str]:
    """What the button that comes after a call sends, without a script."""
    form = page.split("data-log-offer")[1].split("</form>", maxsplit=1)[0]
    return dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form))


def timeline(page: str) -> str:
    return page.split('<ol class="timeline">')[1].split("</ol>", maxsplit=1)[0]


def test_one_tap_logs_the_call_and_one_more_takes_it_back(
    screens: Browser, cast: Cast, cafe: Customer, database: Database
) -> None:
    browser = screens(cast.alice)
    sent = offer(browser.get(f"/customers/{cafe.id}").text) | {"started_at": wire(NOW)}
    answer = browser.post("/activities", sent)
    page = browser.get(answer.headers["location"]).text
    assert "Call logged" in page
    assert "<strong>Call</strong>" in timeline(page)
    with database.reading() as session:
        assert session.exec(select(Customer.last_touch_at)).one() == NOW
    undo = re.search(r'action="(/visits/[^"]*/withdraw)"', page)
    assert undo is not None
    browser.post(undo[1])
    with database.reading() as session:
        assert session.exec(select(Customer.last_touch_at)).one() is None
    assert "Nobody has been here yet" in browser.get(f"/customers/{cafe.id}").text


def test_a_call_says_what_it_was_and_not_how_it_went(screens: Browser, cast: Cast, cafe: Customer) -> None:
    sent = {"visit_id": new_id(), "customer_id": cafe.id, "started_at": wire(NOW), "note": "Will ring back"}
    answer = screens(cast.alice).post("/activities", sent)
    assert answer.status_code == 422
    assert "This is needed." in answer.text.split('id="kind-field"')[1].split("</fieldset>")[0]
    assert "Will ring back" in answer.text
    assert screens(cast.alice).post("/activities", {**sent, "kind": "fax"}).status_code == 422
    assert screens(cast.alice).post("/activities", {**sent, "kind": "email"}).status_code == 303


def test_what_is_no_visit_is_none_of_the_week_and_none_of_the_facts(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    log(do, cast.alice, cafe, 3)
    call(do, cast.alice, cafe)
    browser = screens(cast.alice)
    assert "0 of 20 visits this week" in browser.get("/today").text
    page = browser.get(f"/customers/{cafe.id}").text
    assert "3 days ago · Interested" in page
    assert "today · Call" in page


def test_a_customer_who_was_only_called_is_not_said_to_have_been_seen(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    browser = screens(cast.alice)
    assert "Not in touch yet" in browser.get("/customers").text
    call(do, cast.alice, cafe, 2)
    assert "In touch 2 days ago" in browser.get("/customers").text


def test_a_call_leaves_the_planned_visit_planned(
    screens: Browser, cast: Cast, cafe: Customer, do: Do, database: Database
) -> None:
    planned = new_id()
    do(cast.alice, "visit.plan", {"visit_id": planned, "customer_id": cafe.id, "planned_on": "2026-11-23"})
    browser = screens(cast.alice)
    form = browser.get(f"/activities/new?customer={cafe.id}&kind=call").text
    assert planned not in form
    sent = {"visit_id": planned, "customer_id": cafe.id, "kind": "call", "started_at": wire(NOW)}
    assert browser.post("/activities", sent).status_code == 422
    with database.reading() as session:
        visit = session.get(Visit, planned)
    assert visit is not None
    assert (visit.started_at, visit.kind) == (None, "visit")


def test_a_correction_of_a_call_stays_a_call_until_it_is_said_otherwise(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    visit_id = call(do, cast.alice, cafe, note="First")
    browser = screens(cast.alice)
    form = browser.get(f"/visits/{visit_id}/correct").text
    assert re.search(r'name="kind" value="call" checked', form)
    sent = {"visit_id": new_id(), "customer_id": cafe.id, "started_at": wire(NOW), "kind": "message"}
    assert browser.post(f"/visits/{visit_id}/correction", {**sent, "note": "Second"}).status_code == 303
    shown = timeline(browser.get(f"/customers/{cafe.id}").text)
    assert "<strong>Message</strong>" in shown
    assert "<s>Call</s>" in shown


def test_an_older_phone_corrects_a_call_without_making_it_a_visit(
    cast: Cast, cafe: Customer, do: Do, database: Database
) -> None:
    visit_id, corrected = call(do, cast.alice, cafe), new_id()
    told = {"started_at": wire(NOW), "outcome": "ordered"}
    do(
        cast.alice,
        "visit.correct",
        {"visit_id": corrected, "corrects": visit_id, "customer_id": cafe.id, **told},
    )
    with database.reading() as session:
        visit = session.get(Visit, corrected)
    assert visit is not None
    assert visit.kind == "call"


@pytest.mark.parametrize(("kind", "shown"), [("call", "Rang them"), ("visit", "Was there"), ("done", "")])
def test_the_timeline_by_kind(
    screens: Browser, cast: Cast, cafe: Customer, do: Do, kind: str, shown: str
) -> None:
    log(do, cast.alice, cafe, 2, note="Was there")
    call(do, cast.alice, cafe, 1, note="Rang them")
    page = screens(cast.alice).get(f"/customers/{cafe.id}?kind={kind}").text
    told = [note for note in ("Was there", "Rang them") if note in timeline(page)]
    assert told == ([shown] if shown else ["Was there", "Rang them"])  # nothing of that kind: all of it


def test_a_filter_holds_for_what_is_earlier(screens: Browser, cast: Cast, cafe: Customer, do: Do) -> None:
    log(do, cast.alice, cafe, note="Was there")
    for number in range(31):
        call(do, cast.alice, cafe, number, note=f"Call number {number:02}")
    browser = screens(cast.alice)
    page = browser.get(f"/customers/{cafe.id}?kind=call").text
    earlier = re.search(r'class="more-link" href="([^"]*)"', page)
    assert earlier is not None
    assert "Call number 30" not in page
    rest = timeline(browser.get(earlier[1].replace("&amp;", "&")).text)
    assert "Call number 30" in rest
    assert "Was there" not in rest


def test_where_all_is_of_one_kind_there_is_nothing_to_choose(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    call(do, cast.alice, cafe)
    assert "?kind=" not in screens(cast.alice).get(f"/customers/{cafe.id}").text


def test_the_timeline_has_how_an_opportunity_went(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    log(do, cast.alice, cafe, 2)
    deal_id = deal(do, cast.alice, cafe)
    to = {"opportunity_id": deal_id, "from": "lead", "to": "first_contact", "note": "Rang the buyer"}
    do(cast.mei, "opportunity.move", to)
    browser = screens(cast.alice)
    assert f"/customers/{cafe.id}?kind=move" in browser.get(f"/customers/{cafe.id}").text
    told = timeline(browser.get(f"/customers/{cafe.id}?kind=move").text)
    assert "Lead → First contact" in told
    assert f'href="/opportunities/{deal_id}"' in told
    assert cast.mei.name in told
    assert "after 0 days" in told
    assert "Rang the buyer" in told


def test_the_timeline_has_how_the_customer_went(screens: Browser, cast: Cast, cafe: Customer, do: Do) -> None:
    log(do, cast.alice, cafe, 2)
    for user, to in ((cast.mei, "prospect"), (cast.alice, "dormant")):
        do(user, "customer.edit", {"customer_id": cafe.id, "fields": {"lifecycle": to}})
    told = timeline(screens(cast.alice).get(f"/customers/{cafe.id}?kind=move").text)
    assert [re.sub("<.*?>", "", line) for line in told.split("\n") if line.startswith("<p")] == [
        "Customer · Prospect → Dormant ", "Today 08:00", "Customer · Lead → Prospect ", "Today 08:00 · Mei",
    ]  # fmt: skip
