"""No two reps on one customer unknowingly: likely duplicates while adding one, and asking for a colleague's."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlmodel import select

from server.database import Database
from server.models.access import AccessRequest, waits
from server.models.customer import Customer
from server.models.identity import new_id
from tests.cast import Cast
from tests.routes.conftest import Browser, Do

Add = Callable[..., Customer]


@pytest.fixture
def meile(add_customer: Add, cast: Cast) -> Customer:
    """Charlie's, in the south: Alice may not open it."""
    return add_customer(cast.charlie, "上海美乐有限公司", phone="+86 138 0013 8000")


def asked(path: str, told: dict[str, str]) -> str:
    return f"{path}?{urlencode(told)}"


def names_in(page: str) -> list[str]:
    return re.findall(r'<strong dir="auto">([^<]*)</strong>', page)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"name": "HARBOUR cafe GmbH"}, True),
        ({"name": "Harbour"}, False),
        ({"name": "Other", "phone": "040 / 123 456"}, True),
        ({"name": "Other", "phone": "040 123 457"}, False),
        ({"name": ""}, False),
        ({"name": "\x00"}, False),  # which PostgreSQL would not even compare
    ],
)
def test_ones_own_are_shown_while_the_name_is_typed(
    screens: Browser, cast: Cast, cafe: Customer, told: dict[str, str], found: bool
) -> None:
    page = screens(cast.alice).get(asked("/customers/likely", told)).text
    assert (f'href="/customers/{cafe.id}"' in page) is found


def test_a_colleagues_is_named_with_who_looks_after_it(screens: Browser, cast: Cast, meile: Customer) -> None:
    browser = screens(cast.alice)
    assert names_in(browser.get(asked("/customers/likely", {"name": "上海美乐"})).text) == []
    page = browser.get(asked("/customers/elsewhere", {"name": "上海美乐（集团）"})).text
    assert names_in(page) == ["上海美乐有限公司"]
    assert "Already looked after by Charlie" in page
    assert "138" not in page


def test_one_of_nobody_is_named_too(screens: Browser, cast: Cast, add_customer: Add) -> None:
    free = add_customer(cast.mei, "Harbour Café")
    assert free.owner_id is None
    for reader, seen in ((cast.alice, True), (cast.charlie, True), (cast.mei, False)):
        page = screens(reader).get(asked("/customers/elsewhere", {"name": "Harbour Cafe"})).text
        assert ("Nobody looks after it yet" in page) is seen, reader.name


def test_saving_a_likely_duplicate_shows_it_once_and_then_saves(
    screens: Browser, cast: Cast, cafe: Customer, database: Database
) -> None:
    browser = screens(cast.alice)
    sent = {"customer_id": new_id(), "name": "Harbour Café Ltd", "lifecycle": "lead", "cadence_days": "30"}
    shown = browser.post("/customers", sent)
    assert shown.status_code == 422
    assert "Not saved yet" in shown.text
    assert names_in(shown.text.split('id="likely"')[1]) == ["Harbour Café"]
    assert 'value="Harbour Café Ltd"' in shown.text
    seen = re.search(r'<input type="hidden" name="(likely_seen)" value="1">', shown.text)
    assert seen is not None
    assert browser.post("/customers", {**sent, seen[1]: "1"}).status_code == 303
    with database.reading() as session:
        assert len(session.exec(select(Customer)).all()) == 2


def test_what_has_no_name_yet_is_told_so_first(screens: Browser, cast: Cast, cafe: Customer) -> None:
    shown = screens(cast.alice).post(
        "/customers", {"customer_id": new_id(), "name": " ", "phone": str(cafe.phone)}
    )
    assert 'id="name-error"' in shown.text
    assert names_in(shown.text) == []


def test_asking_shows_on_the_owners_page_and_one_tap_shares_it(
    screens: Browser, cast: Cast, meile: Customer, database: Database
) -> None:
    alice, charlie = screens(cast.alice), screens(cast.charlie)
    ask = re.search(r'hx-post="([^"]*)"', alice.get(asked("/customers/elsewhere", {"name": "上海美乐"})).text)
    assert ask is not None
    for _ in range(2):
        assert "Asked" in alice.post(ask[1]).text
    assert "Ask for access" not in alice.get(asked("/customers/elsewhere", {"name": "上海美乐"})).text
    page = charlie.get(f"/customers/{meile.id}").text
    assert page.count("Alice asks for access</strong>") == 1
    charlie.post(f"/customers/{meile.id}/shares", {"user_id": cast.alice.id})
    assert alice.get(f"/customers/{meile.id}").status_code == 200
    assert "asks for access" not in charlie.get(f"/customers/{meile.id}").text
    with database.reading() as session:
        assert session.exec(select(AccessRequest).where(waits())).all() == []


def test_not_now_ends_the_asking_and_shares_nothing(screens: Browser, cast: Cast, meile: Customer) -> None:
    alice, charlie = screens(cast.alice), screens(cast.charlie)
    alice.post(f"/customers/{meile.id}/ask")
    charlie.post(f"/customers/{meile.id}/asks/decline", {"user_id": cast.alice.id})
    assert "asks for access" not in charlie.get(f"/customers/{meile.id}").text
    assert alice.get(f"/customers/{meile.id}").status_code == 404
    assert "Ask for access" in alice.get(asked("/customers/elsewhere", {"name": "上海美乐"})).text


def test_who_may_not_share_is_not_asked(screens: Browser, cast: Cast, meile: Customer, do: Do) -> None:
    do(cast.charlie, "customer.share", {"customer_id": meile.id, "user_id": cast.bob.id})
    screens(cast.alice).post(f"/customers/{meile.id}/ask")
    assert "asks for access" not in screens(cast.bob).get(f"/customers/{meile.id}").text


def test_one_that_changed_its_name_is_found_by_the_new_one(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    do(
        cast.alice,
        "customer.edit",
        {"customer_id": cafe.id, "fields": {"name": "Pier 7", "address": "Am Kai 12"}},
    )
    browser = screens(cast.alice)
    assert names_in(browser.get(asked("/customers/likely", {"name": "Harbour Café"})).text) == []
    assert names_in(browser.get(asked("/customers/likely", {"name": "pier 7 inc"})).text) == ["Pier 7"]
    assert names_in(browser.get(asked("/customers/likely", {"name": "x", "address": "am kai, 12"})).text) == [
        "Pier 7"
    ]


def test_it_costs_the_same_however_many_customers_there_are(
    screens: Browser, cast: Cast, add_customer: Add, count_queries: Callable[[], Any]
) -> None:
    browser = screens(cast.alice)
    costs = []
    for count in (1, 8):
        for owner in (cast.alice, cast.charlie) * count:
            add_customer(owner, "Quay Bar")
        with count_queries() as queries:
            found = [len(names_in(browser.get(asked(path, {"name": "Quay Bar"})).text)) for path in PATHS]
        costs.append(len(queries))
    assert found == [5, 5]
    assert costs[0] == costs[1]


PATHS = ("/customers/likely", "/customers/elsewhere")
