"""From quote to payment in a stairwell: built, changed, accepted, ordered and paid without a server."""

import re
from typing import Any

import pytest

from server.database import Database
from server.models.identity import new_id
from server.models.order import Order
from server.models.pipeline import DEFAULT_PIPELINE, Pipeline
from server.models.product import Product, tell_stock
from server.models.quote import Quote
from sync.apply import apply
from tests.cast import NOW
from tests.pwa.test_phone_host import Alice, alice, company
from tests.pwa.test_phone_pipeline import added, move, names

__all__ = ["alice", "company", "grinder"]

GRINDER = new_id()


@pytest.fixture(scope="module", autouse=True)
def grinder(company: Database) -> None:
    product = Product(
        id=GRINDER, name="Grinder", code="GR-1", unit="piece", price_cents=90_000, currency="EUR"
    )
    tell_stock(product, 1, NOW)
    with company.writing() as session:
        session.add(product)
        pipeline = session.get_one(Pipeline, DEFAULT_PIPELINE)
        limited = {"required": ["quote"], "most_discount_percent": 10}
        pipeline.stages = [
            {**stage, **(limited if stage["key"] == "contract" else {})} for stage in pipeline.stages
        ]


def lines(quantity: str = "2", price: str = "900", discount: str = "") -> dict[str, str]:
    of = {"line_product": GRINDER, "line_name": "Grinder", "line_unit": "piece"}
    return {**of, "line_quantity": quantity, "line_price": price, "line_discount": discount}


def save(alice: Alice, sale: str, quote_id: str, edition: int = 0, **more: str) -> dict[str, Any]:
    form = {"quote_id": quote_id, "edition": str(edition), "currency": "EUR", **lines(**more)}
    return alice.post(f"/opportunities/{sale}/quotes", form)


def answer(alice: Alice, sale: str, quote_id: str, to: str) -> dict[str, Any]:
    return alice.post(f"/opportunities/{sale}/quotes/{quote_id}/answer", {"to": to})


def test_the_board_is_filtered_by_the_product_that_was_quoted(alice: Alice) -> None:
    sale, other = added(alice), added(alice)
    save(alice, sale, new_id())
    board = alice.get(f"/pipeline?product={GRINDER}")["text"]
    assert f"/opportunities/{sale}" in board
    assert f"/opportunities/{other}" not in board
    assert f'<option value="{GRINDER}" selected>Grinder</option>' in board
    assert "/opportunities/" not in alice.get(f"/pipeline?product={new_id()}")["text"]


def test_products_are_found_as_one_types_and_put_on_by_a_tap(alice: Alice) -> None:
    sale = added(alice)
    found = alice.get(f"/opportunities/{sale}/products?currency=EUR&q=GR")["text"]
    assert "Grinder" in found
    assert "1 in stock, told today" in found
    none = alice.get(f"/opportunities/{sale}/products?currency=CNY")["text"]
    assert "Grinder" not in none
    assert "There are no products in CNY yet. A manager adds them" in none
    missed = alice.get(f"/opportunities/{sale}/products?currency=EUR&q=pump")["text"]
    assert '<span class="text">No product in EUR is called that.</span>' in missed, "at the left, as all text"
    worked = alice.post(f"/opportunities/{sale}/quotes/lines", {"add": GRINDER, "currency": "EUR"})["text"]
    assert "€900" in worked
    assert names(alice) == ["opportunity.create"]


def test_thousands_are_set_apart_in_quantities_as_in_money(alice: Alice) -> None:
    sale, quote_id, order_id = added(alice), new_id(), new_id()
    assert "12,000 piece × €900" in save(alice, sale, quote_id, quantity="12000")["text"]
    assert "12,000 promised, 1 in stock" in answer(alice, sale, quote_id, "accepted")["text"]
    place = {"order_id": order_id, "quote_id": quote_id, "placed_on": "2026-11-20"}
    alice.post(f"/opportunities/{sale}/orders", place)
    page = alice.get(f"/customers/{alice.outbox()[0]['args']['customer_id']}")["text"]
    assert "12,000 piece · ordered once" in page
    assert "12,000 × Grinder" in page


def test_a_quote_goes_all_the_way_to_the_payment_and_the_server_applies_it(
    alice: Alice, company: Database
) -> None:
    sale, quote_id, order_id = added(alice), new_id(), new_id()
    saved = save(alice, sale, quote_id, discount="12.5")
    assert saved["headers"]["hx-replace-url"] == f"/opportunities/{sale}/quotes/{quote_id}"
    assert "€1,575" in saved["text"]
    assert "€1,575" in alice.get(f"/opportunities/{sale}")["text"]
    assert (
        "Grinder: 2 promised, 1 in stock as told today." in answer(alice, sale, quote_id, "accepted")["text"]
    )
    place = {"order_id": order_id, "quote_id": quote_id, "placed_on": "2026-11-20"}
    placed = alice.post(f"/opportunities/{sale}/orders", place)
    assert placed["headers"]["hx-replace-url"] == f"/opportunities/{sale}/orders/{order_id}"
    payments = f"/opportunities/{sale}/orders/{order_id}/payments"
    due = {"payment_id": new_id(), "kind": "expected", "on": "2026-11-21", "amount_cents": "1575"}
    paid = {"payment_id": new_id(), "kind": "received", "on": "2026-11-22", "amount_cents": "500"}
    for form in (due, paid, paid):
        page = alice.post(payments, form)["text"]
    assert "€1,075 overdue" in page
    entries = alice.outbox()
    assert [entry["name"] for entry in entries][1:] == [
        "quote.save", "quote.accept", "order.place", "payment.expect", "payment.receive",
    ]  # fmt: skip
    customer = alice.get(f"/customers/{entries[0]['args']['customer_id']}?kind=payment")["text"]
    assert "Payment received · €500" in customer
    for entry in entries:
        with company.writing() as session:
            apply(session, alice.user, entry["name"], entry["args"], NOW)
    with company.reading() as session:
        order, quote = session.get_one(Order, order_id), session.get_one(Quote, quote_id)
    assert (quote.total_cents, quote.discount_bp, quote.edition) == (157_500, 1250, 1)
    assert (order.total_cents, len(order.payments)) == (157_500, 2)


def test_a_draft_that_waits_is_changed_and_both_savings_go_out(alice: Alice) -> None:
    sale, quote_id = added(alice), new_id()
    save(alice, sale, quote_id)
    save(alice, sale, quote_id)  # a second tap
    form = alice.get(f"/opportunities/{sale}/quotes/new?quote={quote_id}")["text"]
    assert 'name="edition" value="1"' in form
    assert "€2,700" in save(alice, sale, quote_id, edition=1, quantity="3")["text"]
    saves = [entry["args"] for entry in alice.outbox() if entry["name"] == "quote.save"]
    assert [(one["edition"], one["lines"][0]["quantity"]) for one in saves] == [(0, 2), (1, 3)]
    stale = save(alice, sale, quote_id, edition=1, quantity="9")
    assert stale["status"] == 422
    assert "Somebody changed this in the meantime" in stale["text"]
    assert 'value="9"' in stale["text"]


def test_undo_of_a_quote_nobody_has_been_told_of_sends_nothing(alice: Alice) -> None:
    sale, quote_id = added(alice), new_id()
    save(alice, sale, quote_id)
    assert "Taken back" in alice.post(f"/quotes/{quote_id}/withdraw", {"back": "/today"})["text"]
    assert names(alice) == ["opportunity.create", "noop"]
    assert "€1,800" not in alice.get(f"/opportunities/{sale}")["text"]


def test_an_order_taken_back_with_what_was_paid_for_it_waits_for_no_one(
    alice: Alice, company: Database
) -> None:
    sale, quote_id, order_id = added(alice), new_id(), new_id()
    save(alice, sale, quote_id)
    answer(alice, sale, quote_id, "accepted")
    orders = f"/opportunities/{sale}/orders"
    alice.post(orders, {"order_id": order_id, "quote_id": quote_id, "placed_on": "2026-11-20"})
    paid = {"payment_id": new_id(), "kind": "received", "on": "2026-11-22", "amount_cents": "2000"}
    ahead = alice.post(f"{orders}/{order_id}/payments", {**paid, "on": "2099-12-31"})
    assert (ahead["status"], "This date is too far away." in ahead["text"]) == (422, True)
    soon = alice.post(f"{orders}/{order_id}/payments", {**paid, "on": "soon"})
    assert (soon["status"], "This is not a date." in soon["text"]) == (422, True)
    page = alice.post(f"{orders}/{order_id}/payments", paid)["text"]
    assert "€200 overpaid" in page
    # Nothing is open, so nothing is offered to be expected.
    assert 'name="kind" value="received" checked' in page
    assert 'name="amount_cents" type="text" value=""' in page
    assert "Taken back" in alice.post(f"/orders/{order_id}/withdraw", {})["text"]
    for entry in alice.outbox():
        with company.writing() as session:
            apply(session, alice.user, entry["name"], entry["args"], NOW)
    with company.reading() as session:
        order = session.get_one(Order, order_id)
    assert (len(order.payments), order.withdrawn_at) == (1, NOW)


def test_a_draft_that_is_taken_back_is_said_to_be(alice: Alice) -> None:
    sale, quote_id = added(alice), new_id()
    save(alice, sale, quote_id)
    assert "Taken back" in answer(alice, sale, quote_id, "withdrawn")["text"]


def test_a_second_tap_says_nothing_twice(alice: Alice) -> None:
    sale, quote_id = added(alice), new_id()
    save(alice, sale, quote_id)
    for _ in range(2):
        assert answer(alice, sale, quote_id, "sent")["status"] == 200
    assert names(alice) == ["opportunity.create", "quote.save", "quote.send"]


def test_thousands_may_be_set_apart_in_a_quantity(alice: Alice) -> None:
    sale, quote_id = added(alice), new_id()
    assert "€900,000" in save(alice, sale, quote_id, quantity="1.000")["text"]


def test_what_the_server_would_refuse_is_refused_here(alice: Alice) -> None:
    sale = added(alice)
    wrong = save(alice, sale, new_id(), quantity="many")
    assert wrong["status"] == 422
    assert "This must be a number." in wrong["text"]
    assert re.search(r'id="quantity-0"[^>]* autofocus', wrong["text"]), "which line, of many"
    assert "Total" not in wrong["text"], "where nothing is summed up"
    for name, much, most in (("price", "100000000.01", "100000000"), ("discount", "101 %", "100")):
        page = save(alice, sale, new_id(), **{name: much})["text"]
        assert f"This must be at most {most}." in page
        marked = re.findall(r'<input id="([a-z-]+)-0"[^>]* aria-invalid="true" autofocus', page)
        assert marked == [name], "the one of three that is wrong"
    dear = save(alice, sale, new_id(), quantity="100000", price="99999999.99")
    assert dear["status"] == 200
    other = added(alice, currency="CNY")
    form = {"quote_id": new_id(), "edition": "0", "currency": "CNY", **lines()}
    refused = alice.post(f"/opportunities/{other}/quotes", form)
    assert refused["status"] == 422
    assert "Grinder is priced in another currency." in refused["text"]


def test_a_quote_of_at_most_a_discount_lets_it_go_on_without_a_signal(alice: Alice) -> None:
    sale = added(alice)
    assert move(alice, sale, "quote", amount_cents="5")["status"] == 200

    def go_on() -> dict[str, Any]:
        return alice.post(f"/opportunities/{sale}/move", {"from": "quote", "to": "contract"})

    for discount, lacks in (("12.5", True), ("10", False)):
        quote_id = new_id()
        save(alice, sale, quote_id, discount=discount)
        assert go_on()["status"] == 422, "a draft is no quote that anybody has"
        assert "Marked as sent" in answer(alice, sale, quote_id, "sent")["text"]
        assert ("with at most 10% discount" in go_on()["text"]) == lacks
