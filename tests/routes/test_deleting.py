"""Deleting a customer and bringing it back: what is said before and after, to whom, and what it does to the figures."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from server.database import Database
from server.models.contract import Contract
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.user import User
from server.models.visit import Visit
from tests.cast import NOW, Cast
from tests.routes.conftest import Browser, Do
from tests.routes.test_parked import Line
from tests.sync.phone import Phone

LOGGED = {"started_at": "2026-11-23T07:41:12.000Z", "outcome": "ordered"}
GONE = 410


def furnish(do: Do, user: User, customer: Customer) -> None:
    of = {"customer_id": customer.id}
    do(user, "contact.create", {**of, "contact_id": new_id(), "name": "Lin"})
    visit_id = new_id()
    do(user, "visit.log", {**of, **LOGGED, "visit_id": visit_id})
    do(user, "visit.log", {**of, **LOGGED, "visit_id": new_id()})
    do(user, "visit.withdraw", {"visit_id": visit_id})
    do(user, "activity.log", {**of, **LOGGED, "visit_id": new_id(), "kind": "call"})
    do(user, "visit.plan", {**of, "visit_id": new_id(), "planned_on": "2026-11-30"})
    do(user, "follow_up.create", {**of, "follow_up_id": new_id(), "due_on": "2026-11-30"})
    for cents, currency in ((120_000, "EUR"), (5_050, "EUR"), (700, "USD")):
        sale = {"opportunity_id": new_id(), "name": "Valves", "amount_cents": cents, "currency": currency}
        do(user, "opportunity.create", {**of, **sale, "stage": "lead"})
    lost = {"opportunity_id": new_id(), "name": "Hoses", "amount_cents": 9, "currency": "EUR"}
    do(user, "opportunity.create", {**of, **lost, "stage": "lead"})
    move = {"from": "lead", "to": "lost", "lost_reason": "Price"}
    do(user, "opportunity.move", {"opportunity_id": lost["opportunity_id"], **move})


def test_before_it_one_is_told_what_hangs_off_it(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    mei = screens(cast.mei)
    assert "Nothing has been entered there yet." in mei.get(f"/customers/{cafe.id}/delete").text
    furnish(do, cast.alice, cafe)
    page = mei.get(f"/customers/{cafe.id}/delete").text
    assert "Harbour Café" in page
    assert "looked after by Alice" in page
    for label, value in {
        "Contacts": "1",
        "Visits": "1",
        "Open opportunities": "3 · €1,250.50 + $7",
        "Open follow-ups": "1",
    }.items():
        assert f"<dt>{label}</dt><dd>{value}</dd>" in page
    assert "data-no-signal" in page


def test_before_it_one_is_told_of_what_was_won_signed_ordered_and_not_paid(
    screens: Browser, cast: Cast, cafe: Customer, do: Do, database: Database
) -> None:
    alice, sale_id, quote_id, order_id = cast.alice, new_id(), new_id(), new_id()
    sale = {"opportunity_id": sale_id, "name": "Valves", "amount_cents": 250_000, "currency": "EUR"}
    do(alice, "opportunity.create", {**sale, "customer_id": cafe.id, "stage": "payment"})
    do(alice, "opportunity.move", {"opportunity_id": sale_id, "from": "payment", "to": "won"})
    lines = [{"name": "Valve", "quantity": 2, "unit_price_cents": 125_000}]
    offer = {"quote_id": quote_id, "opportunity_id": sale_id, "edition": 0, "currency": "EUR", "lines": lines}
    do(alice, "quote.save", offer)
    do(alice, "quote.accept", {"quote_id": quote_id})
    do(alice, "order.place", {"order_id": order_id, "quote_id": quote_id, "placed_on": "2026-11-20"})
    paid = {"payment_id": new_id(), "received_on": "2026-11-23", "amount_cents": 100_000}
    do(alice, "payment.receive", {**paid, "order_id": order_id})
    terms = {"title": "Valves", "seller": "We", "buyer": "They", "terms": "30 days"}
    for contract_id in (signed := new_id(), new_id()):
        paper = {"contract_id": contract_id, "opportunity_id": sale_id, "edition": 0, **terms}
        do(alice, "contract.draft", {**paper, "total_cents": 250_000, "currency": "EUR"})
    with database.writing() as session:
        session.get_one(Contract, signed).signed_at = NOW
    page = screens(cast.mei).get(f"/customers/{cafe.id}/delete").text
    for label, value in {
        "Won opportunities": "1 · €2,500",
        "Signed contracts": "1",
        "Orders": "1 · €2,500 · €1,500 open",
    }.items():
        assert f"<dt>{label}</dt><dd>{value}</dd>" in page
    assert "Open opportunities" not in page


def test_who_manages_is_led_to_it_and_nobody_else(screens: Browser, cast: Cast, cafe: Customer) -> None:
    for user, may in ((cast.mei, True), (cast.dora, True), (cast.alice, False)):
        browser = screens(user)
        assert ("Delete…" in browser.get(f"/customers/{cafe.id}").text) is may
        assert ("/deleted-customers" in browser.get("/customers").text) is may
        assert browser.get(f"/customers/{cafe.id}/delete").status_code == (200 if may else 404)
    for change in ("delete", "restore"):
        assert screens(cast.alice).post(f"/customers/{cafe.id}/{change}").status_code == 404


def test_deleted_it_is_on_no_list_and_undone_it_is_back(
    screens: Browser, cast: Cast, cafe: Customer, database: Database
) -> None:
    mei = screens(cast.mei)
    answer = mei.post(f"/customers/{cafe.id}/delete")
    assert answer.headers["location"] == f"/customers?done=deleted&id={cafe.id}"
    page = mei.get(f"{answer.headers['location']}&show=all").text
    assert ("Customer deleted" in page, "Harbour Café" in page) == (True, False)
    assert f'action="/customers/{cafe.id}/restore"' in page
    undone = mei.post(f"/customers/{cafe.id}/restore", {"back": "/customers"})
    assert undone.headers["location"] == "/customers?done=restored"
    assert "Customer restored" in mei.get(undone.headers["location"]).text
    with database.reading() as session:
        assert session.get_one(Customer, cafe.id).deleted_at is None


def test_deleted_twice_it_is_deleted_when_it_was_first(
    screens: Browser, cast: Cast, cafe: Customer, database: Database
) -> None:
    mei = screens(cast.mei)
    for _ in range(2):
        assert mei.post(f"/customers/{cafe.id}/delete").status_code == 303
    assert mei.get("/deleted-customers").text.count("Harbour Café</strong>") == 1
    assert mei.get(f"/customers/{cafe.id}/delete").status_code == GONE
    with database.reading() as session:
        assert len(session.exec(select(Customer)).all()) == 1


def test_its_address_says_so_to_who_saw_it_and_offers_restore_to_who_may(
    screens: Browser, cast: Cast, cafe: Customer
) -> None:
    screens(cast.mei).post(f"/customers/{cafe.id}/delete")
    for user, may in ((cast.mei, True), (cast.dora, True), (cast.alice, False)):
        answer = screens(user).get(f"/customers/{cafe.id}")
        assert (answer.status_code, "This customer was deleted" in answer.text) == (GONE, True)
        assert ("Restore the customer" in answer.text) is may
        assert ("Your manager can restore it." in answer.text) is not may
    for path in (f"/customers/{cafe.id}", f"/customers/{cafe.id}/delete"):
        assert screens(cast.charlie).get(path).status_code == 404
    restored = screens(cast.mei).post(f"/customers/{cafe.id}/restore")
    assert restored.headers["location"] == f"/customers/{cafe.id}?done=restored"
    assert screens(cast.alice).get(f"/customers/{cafe.id}").status_code == 200


def test_those_deleted_are_listed_for_their_manager_alone(
    screens: Browser, cast: Cast, cafe: Customer, add_customer: Callable[..., Customer], do: Do
) -> None:
    elsewhere = add_customer(cast.charlie, "Quay Bar")
    mei = screens(cast.mei)
    assert "No customer is deleted." in mei.get("/deleted-customers").text
    for customer in (cafe, elsewhere):
        do(cast.dora, "customer.delete", {"customer_id": customer.id})
    page = mei.get("/deleted-customers").text
    assert ("Harbour Café" in page, "Quay Bar" in page) == (True, False)
    assert "East Side · looked after by Alice" in page
    everything = screens(cast.dora).get("/deleted-customers").text
    assert ("Harbour Café" in everything, "Quay Bar" in everything) == (True, True)
    assert mei.post(f"/customers/{elsewhere.id}/restore").status_code == 404
    mei.post(f"/customers/{cafe.id}/restore", {"back": "/deleted-customers"})
    assert "No customer is deleted." in mei.get("/deleted-customers?done=restored").text


def test_one_that_was_merged_is_not_among_them(
    screens: Browser, cast: Cast, cafe: Customer, add_customer: Callable[..., Customer], do: Do
) -> None:
    into = add_customer(cast.bob, "Harbour Cafe")
    do(cast.mei, "customer.merge", {"customer_id": cafe.id, "into_id": into.id})
    mei = screens(cast.mei)
    assert "No customer is deleted." in mei.get("/deleted-customers").text
    do(cast.mei, "customer.delete", {"customer_id": into.id})
    answer = mei.get(f"/customers/{cafe.id}")
    assert (answer.status_code, f"/customers/{into.id}/restore" in answer.text) == (GONE, True)


@pytest.mark.parametrize("path", ["/team", "/team/questions/list?measure=visits"])
def test_figures_have_it_again_when_it_is_restored(
    screens: Browser, cast: Cast, cafe: Customer, do: Do, path: str
) -> None:
    furnish(do, cast.alice, cafe)
    mei = screens(cast.mei)
    before = mei.get(path).text
    mei.post(f"/customers/{cafe.id}/delete")
    assert mei.get(path).text != before
    mei.post(f"/customers/{cafe.id}/restore")
    assert mei.get(path).text == before


def test_what_was_logged_meanwhile_without_a_signal_comes_back_with_it(
    screens: Browser, cast: Cast, cafe: Customer, database: Database
) -> None:
    mei, phone = screens(cast.mei), Phone(cast.alice, Line(database, cast.alice))
    phone.save("visit.log", {"visit_id": new_id(), "customer_id": cafe.id, **LOGGED, "note": "In the cellar"})
    phone.save("customer.edit", {"customer_id": cafe.id, "fields": {"region": "Quay"}})
    mei.post(f"/customers/{cafe.id}/delete")
    assert [receipt["status"] for receipt in phone.push()] == ["applied", "parked"]
    mei.post(f"/customers/{cafe.id}/restore")
    assert "In the cellar" in mei.get(f"/customers/{cafe.id}").text
    with database.reading() as session:
        assert len(session.exec(select(Visit)).all()) == 1


def test_of_very_many_the_latest_are_listed_and_how_many_there_are(
    screens: Browser,
    cast: Cast,
    cafe: Customer,
    add_customer: Callable[..., Customer],
    do: Do,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("server.views.deleting.MOST_ROWS", 2)
    for name in ("Quay Bar", "Kontor"):
        do(cast.mei, "customer.delete", {"customer_id": add_customer(cast.bob, name).id})
    mei = screens(cast.mei)
    assert "are shown" not in mei.get("/deleted-customers").text
    do(cast.mei, "customer.delete", {"customer_id": cafe.id})
    page = mei.get("/deleted-customers").text
    assert "The first 2 of 3 are shown." in page
    assert page.count(">Restore</button>") == 2
