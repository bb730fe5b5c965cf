"""Customers: found, read, added, edited, tagged, handed over; and never by somebody else."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from server.database import Database
from server.models.bulk import insert_rows
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.user import User
from server.views.rows import offset_of
from tests.cast import NOW, Cast
from tests.routes.conftest import Browser, Do

Add = Callable[..., Customer]


def names_in(page: str) -> list[str]:
    return [part.split("</strong>")[0] for part in page.split('<strong dir="auto">')[1:]]


def test_the_list_is_in_order_of_the_alphabet_pinyin_included(
    screens: Browser, cast: Cast, add_customer: Add
) -> None:
    for name in ("Zoë", "北京远景贸易", "Atelier", "Émile"):
        add_customer(cast.alice, name)
    assert names_in(screens(cast.alice).get("/customers").text) == ["Atelier", "北京远景贸易", "Émile", "Zoë"]


@pytest.mark.parametrize("q", ["harbour", "CAFE", "east", "40 12-34", "café harbour"])
def test_search_finds_name_place_and_number(screens: Browser, cast: Cast, cafe: Customer, q: str) -> None:
    page = screens(cast.alice).client.get("/customers", params={"q": q}).text
    assert names_in(page) == ["Harbour Café"]


@pytest.mark.parametrize("q", ["北京", "bjyj", "beijing"])
def test_search_finds_chinese_names_as_they_are_typed(
    screens: Browser, cast: Cast, add_customer: Add, q: str
) -> None:
    add_customer(cast.alice, "北京远景")
    assert "北京远景" in screens(cast.alice).client.get("/customers", params={"q": q}).text


def test_those_that_begin_with_the_words_come_first(screens: Browser, cast: Cast, add_customer: Add) -> None:
    add_customer(cast.alice, "Alte Huber Mühle")
    add_customer(cast.alice, "Huber")
    assert names_in(screens(cast.alice).get("/customers?q=huber").text) == ["Huber", "Alte Huber Mühle"]


@pytest.mark.parametrize("q", ["%", "_", "\\", "'", '"><script>', "😀", "\u202e"])
def test_signs_are_only_signs(screens: Browser, cast: Cast, cafe: Customer, q: str) -> None:
    answer = screens(cast.alice).client.get("/customers", params={"q": q})
    assert answer.status_code == 200
    assert names_in(answer.text) == []
    assert "<script>" not in answer.text


def test_going_cold_shows_the_longest_past_its_rhythm_first(
    screens: Browser, cast: Cast, add_customer: Add, database: Database
) -> None:
    for name, days in (("Warm", 10), ("Cold", 40), ("Frozen", 90)):
        customer = add_customer(cast.alice, name)
        with database.writing() as session:
            row = session.get(Customer, customer.id)
            assert row is not None
            row.last_touch_at = NOW - timedelta(days=days)
    assert names_in(screens(cast.alice).get("/customers?show=cold").text) == ["Frozen", "Cold"]


def test_nearby_sorts_by_the_way_there_and_asks_for_a_place_first(
    screens: Browser, cast: Cast, add_customer: Add
) -> None:
    add_customer(cast.alice, "Far", latitude=53.6, longitude=10.1)
    add_customer(cast.alice, "Near", latitude=53.551, longitude=10.0)
    add_customer(cast.alice, "Nowhere")
    browser = screens(cast.alice)
    assert "data-ask-place" in browser.get("/customers?show=nearby").text
    page = browser.get("/customers?show=nearby&latitude=53.55&longitude=10.0").text
    assert names_in(page) == ["Near", "Far"]
    assert "111 m" in page
    assert "data-ask-place" in browser.get("/customers?show=nearby&latitude=x&longitude=1e999").text


def test_leads_are_those_at_the_very_beginning(screens: Browser, cast: Cast, add_customer: Add) -> None:
    add_customer(cast.alice, "Maybe", lifecycle="lead")
    add_customer(cast.alice, "Surely", lifecycle="active")
    assert names_in(screens(cast.alice).get("/customers?show=leads").text) == ["Maybe"]


def test_fifty_a_page_and_the_rest_on_the_next(screens: Browser, cast: Cast, add_customer: Add) -> None:
    for number in range(52):
        add_customer(cast.alice, f"Customer {number:02}")
    browser = screens(cast.alice)
    first = browser.get("/customers").text
    assert len(names_in(first)) == 50
    assert "offset=50" in first
    assert names_in(browser.get("/customers?offset=50").text) == ["Customer 50", "Customer 51"]
    assert browser.get("/customers?offset=-1").status_code == 200
    assert browser.get("/customers?offset=" + "9" * 40).status_code == 200


@pytest.mark.parametrize("offset", ["", "-1", "5.0", " 5", "٥", "５", "9999999"])
def test_only_a_short_number_in_plain_digits_leaves_rows_out(offset: str) -> None:
    assert offset_of({"offset": offset}) == 0
    assert offset_of({"offset": "50"}) == 50


def test_typing_swaps_the_list_alone(screens: Browser, cast: Cast, cafe: Customer) -> None:
    answer = screens(cast.alice).part("/customers?q=har", "div#customer-list")
    assert answer.text.startswith('<div id="customer-list"')
    assert "<nav" not in answer.text


def test_a_manager_sees_who_looks_after_each(screens: Browser, cast: Cast, cafe: Customer) -> None:
    page = screens(cast.mei).get("/customers").text
    assert "Harbour Café" in page
    assert "Alice" in page
    assert "Harbour Café" not in screens(cast.mei).get("/customers?show=mine").text


@pytest.mark.parametrize("who", ["alice", "mei"])
def test_five_hundred_customers_ask_no_more_of_the_database_than_ten(
    screens: Browser, cast: Cast, database: Database, count_queries: Callable[[], Any], who: str
) -> None:
    user, counts = getattr(cast, who), []
    browser = screens(user)
    for more in (10, 490):
        crowd(database, user, more)
        with count_queries() as asked:
            for query in LISTS:
                assert len(names_in(browser.get(f"/customers?{query}").text)) == min(more, 50)
        counts.append(len(asked))
    assert counts[0] == counts[1]


LISTS = ["", "show=mine", "show=cold", "show=leads", "show=nearby&latitude=53.5&longitude=9.9", "q=customer"]


def crowd(database: Database, owner: User, count: int) -> None:
    """Leads that were never visited, near the harbour."""
    added_at = NOW - timedelta(days=60)
    place = {"latitude": 53.54, "longitude": 9.98}
    keys = {"owner_id": owner.id, "territory_id": owner.territory_id, "sort_key": "customer", **place}
    with database.writing() as session:
        rows = [
            Customer(id=new_id(), name=f"Customer {n}", search_text="customer", created_at=added_at, **keys)
            for n in range(count)
        ]
        assert max(insert_rows(session, rows)) == count


def test_each_sees_their_own_in_a_list_that_somebody_else_has_just_read(
    screens: Browser, cast: Cast, cafe: Customer, add_customer: Add
) -> None:
    """The statements of a list are kept from one reader to the next."""
    add_customer(cast.charlie, "Harbour Bar", region="South")
    for query in [*LISTS[:2], "q=harbour"]:
        assert names_in(screens(cast.alice).get(f"/customers?{query}").text) == ["Harbour Café"]
        assert names_in(screens(cast.charlie).get(f"/customers?{query}").text) == ["Harbour Bar"]
        assert names_in(screens(cast.bob).get(f"/customers?{query}").text) == []


@pytest.mark.parametrize("query", LISTS)
def test_every_list_says_what_comes_next(
    screens: Browser, cast: Cast, database: Database, do: Do, query: str
) -> None:
    crowd(database, cast.alice, 1)
    with database.reading() as session:
        customer_id = session.exec(select(Customer.id)).one()
    of = {"customer_id": customer_id}
    promise = {**of, "follow_up_id": new_id(), "due_on": "2026-11-27"}
    do(cast.alice, "follow_up.create", {**of, "follow_up_id": new_id(), "due_on": "2026-12-01"})
    do(cast.alice, "follow_up.create", promise)
    do(cast.alice, "visit.plan", {**of, "visit_id": new_id(), "planned_on": "2026-11-30"})
    browser = screens(cast.alice)
    assert "Fri 27 Nov" in browser.get(f"/customers?{query}").text
    do(cast.alice, "follow_up.complete", {"follow_up_id": promise["follow_up_id"]})
    assert "Mon 30 Nov" in browser.get(f"/customers?{query}").text


def test_adding_one_shows_it(screens: Browser, cast: Cast) -> None:
    browser, customer_id = screens(cast.alice), new_id()
    data = {
        "customer_id": customer_id,
        "name": "O’Hara & Söhne <b>",
        "lifecycle": "lead",
        "cadence_days": "21",
    }
    answer = browser.post("/customers", data)
    assert answer.headers["location"] == f"/customers/{customer_id}?done=customer"
    page = browser.get(answer.headers["location"]).text
    assert "O’Hara &amp; Söhne &lt;b&gt;" in page
    assert "every 3 weeks" in page
    assert "Customer saved" in page


def test_whoever_adds_one_looks_after_it(screens: Browser, cast: Cast) -> None:
    for user in (cast.alice, cast.mei, cast.dora):
        browser, customer_id = screens(user), new_id()
        browser.post("/customers", {"customer_id": customer_id, "name": f"Quay {customer_id}"})
        assert "looked after by you" in browser.get(f"/customers/{customer_id}").text


def test_what_is_wrong_stands_beside_its_field_and_all_typing_is_kept(screens: Browser, cast: Cast) -> None:
    data = {
        "customer_id": new_id(),
        "name": " ",
        "phone": "call me",
        "address": "Pier 3",
        "cadence_days": "often",
    }
    answer = screens(cast.alice).post("/customers", data)
    assert answer.status_code == 422
    assert 'id="name-error"' in answer.text
    assert "This is needed." in answer.text
    assert "This is not a phone number." in answer.text
    assert "This must be a number." in answer.text
    assert 'value="call me"' in answer.text
    assert "Pier 3" in answer.text


def test_the_same_in_chinese(screens: Browser, cast: Cast, do: Do) -> None:
    do(cast.alice, "user.edit", {"fields": {"locale": "zh-Hans"}})
    answer = screens(cast.alice).post("/customers", {"customer_id": new_id(), "name": ""})
    assert '<html lang="zh-Hans"' in answer.text
    assert "This is needed." not in answer.text


def test_an_error_leaves_the_address_bar_alone(screens: Browser, cast: Cast) -> None:
    htmx = {"HX-Request": "true", "HX-Request-Type": "partial"}
    answer = screens(cast.alice).post("/customers", {"name": ""}, **htmx)
    assert answer.headers["hx-push-url"] == "false"
    assert answer.text.startswith("<title>")


def test_editing_changes_it(screens: Browser, cast: Cast, cafe: Customer) -> None:
    browser = screens(cast.alice)
    assert 'value="Harbour Café"' in browser.get(f"/customers/{cafe.id}/edit").text
    data = {"name": "Harbour Bar", "phone": "", "lifecycle": "active", "cadence_days": "14"}
    answer = browser.post(f"/customers/{cafe.id}", data)
    page = browser.get(answer.headers["location"]).text
    assert "Harbour Bar" in page
    assert "tel:" not in page


def test_an_edit_that_is_refused_has_the_focus_where_it_went_wrong(
    screens: Browser, cast: Cast, cafe: Customer
) -> None:
    answer = screens(cast.alice).post(f"/customers/{cafe.id}", {"name": "Café", "cadence_days": "9999"})
    focused = [line for line in answer.text.split("\n") if " autofocus" in line]
    assert (answer.status_code, len(focused)) == (422, 1)
    assert 'name="cadence_days"' in focused[0]


def test_tags_come_and_go(screens: Browser, cast: Cast, cafe: Customer) -> None:
    browser = screens(cast.alice)
    answer = browser.post(f"/customers/{cafe.id}/tags", {"tag": "key account"})
    assert "key account" in browser.get(answer.headers["location"]).text
    browser.post(f"/customers/{cafe.id}/tags/remove", {"tag": "key account"})
    assert "key account" not in browser.get(f"/customers/{cafe.id}").text


def test_a_tag_too_long_is_kept_as_typed(screens: Browser, cast: Cast, cafe: Customer) -> None:
    answer = screens(cast.alice).post(f"/customers/{cafe.id}/tags", {"tag": "x" * 61})
    assert answer.status_code == 422
    assert "x" * 61 in answer.text
    assert "At most 60 characters" in answer.text


def test_a_manager_hands_it_over(screens: Browser, cast: Cast, cafe: Customer) -> None:
    data = {"from": cast.alice.id, "to": cast.bob.id}
    assert screens(cast.mei).post(f"/customers/{cafe.id}/owner", data).status_code == 303
    assert "looked after by you" in screens(cast.bob).get(f"/customers/{cafe.id}").text
    assert screens(cast.alice).get(f"/customers/{cafe.id}").status_code == 404


def test_sharing_shows_it_and_stops_showing_it(screens: Browser, cast: Cast, cafe: Customer) -> None:
    alice, bob = screens(cast.alice), screens(cast.bob)
    alice.post(f"/customers/{cafe.id}/shares", {"user_id": cast.bob.id})
    assert bob.get(f"/customers/{cafe.id}").status_code == 200
    alice.post(f"/customers/{cafe.id}/shares/remove", {"user_id": cast.bob.id})
    assert bob.get(f"/customers/{cafe.id}").status_code == 404


def test_charlie_sees_and_changes_nothing_of_alices(
    screens: Browser, cast: Cast, cafe: Customer, database: Database
) -> None:
    charlie = screens(cast.charlie)
    assert "Harbour" not in charlie.get("/customers").text
    assert "Harbour" not in charlie.get("/customers?q=harbour").text
    for path in ("", "/edit", "/contacts/new"):
        assert charlie.get(f"/customers/{cafe.id}{path}").status_code == 404
    writes = {
        "": {"name": "Mine now", "lifecycle": "lead", "cadence_days": "30"},
        "/tags": {"tag": "mine"},
        "/tags/remove": {"tag": "mine"},
        "/owner": {"from": cast.alice.id, "to": cast.charlie.id},
        "/shares": {"user_id": cast.charlie.id},
        "/shares/remove": {"user_id": cast.alice.id},
        "/contacts": {"contact_id": new_id(), "name": "Mole"},
    }
    for path, data in writes.items():
        assert charlie.post(f"/customers/{cafe.id}{path}", data).status_code == 404, path
    with database.reading() as session:
        row = session.get(Customer, cafe.id)
        assert row is not None
        assert (row.name, row.owner_id) == ("Harbour Café", cast.alice.id)


def test_what_is_missing_and_what_is_hidden_answer_alike(
    screens: Browser, cast: Cast, cafe: Customer
) -> None:
    charlie = screens(cast.charlie)
    hidden, missing = charlie.get(f"/customers/{cafe.id}"), charlie.get(f"/customers/{new_id()}")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.text == missing.text
    assert charlie.get("/customers/not-an-id").status_code == 404
