"""Quotes, orders and payments: what they come to, who wins, and that nothing is written over unseen."""

from typing import Any

import pytest

from server.database import Database
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.order import Order
from server.models.pipeline import DEFAULT_PIPELINE, Pipeline
from server.models.product import Product, tell_stock
from server.models.quote import Quote, state_of
from server.models.refusal import Invalid, Refused
from server.models.user import User
from tests.cast import NOW, Cast
from tests.models.test_opportunity import deal, missing, move
from tests.sync.conftest import Do
from tests.sync.phone import Ring


@pytest.fixture
def deal_id(cast: Cast, do: Do, harbour_cafe: Customer) -> str:
    return deal(do, cast.alice, harbour_cafe)


@pytest.fixture
def grinder(database: Database) -> Product:
    """€900, and €840 for a café; five were there this morning."""
    product = Product(
        id=new_id(), name="Grinder", code="GR-1", unit="piece", price_cents=90_000, currency="EUR"
    )
    product.prices = {"Café": 84_000}
    tell_stock(product, 5, NOW)
    with database.writing() as session:
        session.add(product)
    return product


def line(product: Product, quantity: int = 2, **more: Any) -> dict[str, Any]:
    told = {"product_id": product.id, "name": product.name, "quantity": quantity}
    return {**told, "unit_price_cents": product.price_cents, **more}


def saved(do: Do, by: User, deal_id: str, *lines: dict[str, Any], **more: Any) -> str:
    told = {"quote_id": new_id(), "opportunity_id": deal_id, "edition": 0, "currency": "EUR", **more}
    do(by, "quote.save", {**told, "lines": list(lines)})
    return str(told["quote_id"])


def quote(database: Database, quote_id: str) -> Quote:
    with database.reading() as session:
        return session.get_one(Quote, quote_id)


def refusal(do: Do, by: User, name: str, args: dict[str, Any]) -> Refused:
    with pytest.raises(Refused) as refused:
        do(by, name, args)
    return refused.value


def test_a_quote_says_what_it_comes_to_and_what_the_list_said(
    database: Database, cast: Cast, do: Do, deal_id: str, grinder: Product
) -> None:
    free = {"name": "Delivery", "quantity": 1, "unit_price_cents": 5000}
    quote_id = saved(do, cast.alice, deal_id, line(grinder, discount_bp=1000), free, note="Until Friday")
    found = quote(database, quote_id)
    assert (found.total_cents, found.discount_bp, found.edition) == (167_000, 973, 1)
    assert [one.get("list_price_cents") for one in found.lines] == [90_000, None]
    assert (state_of(found), found.author_id, found.note) == ("draft", cast.alice.id, "Until Friday")


def test_a_discount_is_measured_by_the_list_of_the_customers_kind(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer, deal_id: str, grinder: Product
) -> None:
    do(
        cast.alice,
        "customer.edit",
        {"customer_id": harbour_cafe.id, "fields": {"customer_type": "Café"}},
    )
    at_list = quote(database, saved(do, cast.alice, deal_id, line(grinder, unit_price_cents=84_000)))
    below = quote(database, saved(do, cast.alice, deal_id, line(grinder, unit_price_cents=63_000)))
    assert (at_list.discount_bp, below.discount_bp) == (0, 2500)


def test_no_quote_is_in_two_currencies(cast: Cast, do: Do, deal_id: str, grinder: Product) -> None:
    told = {"quote_id": new_id(), "opportunity_id": deal_id, "edition": 0, "currency": "CNY"}
    refused = refusal(do, cast.alice, "quote.save", {**told, "lines": [line(grinder)]})
    assert (refused.code, refused.params) == ("invalid", {"name": "Grinder"})


def test_a_quote_beyond_what_can_be_told_exactly_is_refused(cast: Cast, do: Do, deal_id: str) -> None:
    dear = {"name": "Palace", "quantity": 100_000, "unit_price_cents": 10**10}
    told = {"quote_id": new_id(), "opportunity_id": deal_id, "edition": 0, "currency": "EUR"}
    with pytest.raises(Invalid) as invalid:
        do(cast.alice, "quote.save", {**told, "lines": [dear, dear]})
    assert invalid.value.fields["lines"]["code"] == "too_much"


def test_nobody_saves_over_an_edition_they_have_not_seen(
    database: Database, cast: Cast, do: Do, deal_id: str, grinder: Product
) -> None:
    quote_id = saved(do, cast.alice, deal_id, line(grinder))
    saved(do, cast.mei, deal_id, line(grinder, 3), quote_id=quote_id, edition=1)
    told = {"quote_id": quote_id, "opportunity_id": deal_id, "currency": "EUR", "lines": [line(grinder, 4)]}
    refused = refusal(do, cast.alice, "quote.save", {**told, "edition": 1})
    assert (refused.code, refused.detail) == ("conflict", {"current": 2})
    assert quote(database, quote_id).lines[0]["quantity"] == 3


def test_saving_twice_is_saving_once(
    database: Database, cast: Cast, do: Do, deal_id: str, grinder: Product
) -> None:
    quote_id = saved(do, cast.alice, deal_id, line(grinder))
    saved(do, cast.alice, deal_id, line(grinder), quote_id=quote_id)
    assert quote(database, quote_id).edition == 1


def test_what_was_sent_stays_as_it_is(cast: Cast, do: Do, deal_id: str, grinder: Product) -> None:
    quote_id = saved(do, cast.alice, deal_id, line(grinder))
    do(cast.alice, "quote.send", {"quote_id": quote_id})
    do(cast.alice, "quote.send", {"quote_id": quote_id})
    told = {"quote_id": quote_id, "opportunity_id": deal_id, "currency": "EUR", "lines": [line(grinder)]}
    refused = refusal(do, cast.alice, "quote.save", {**told, "edition": 1})
    assert refused.detail == {"current": "sent"}


def test_a_quote_is_accepted_or_declined_and_not_both(
    database: Database, cast: Cast, do: Do, deal_id: str, grinder: Product
) -> None:
    accepted = saved(do, cast.alice, deal_id, line(grinder))
    do(cast.alice, "quote.accept", {"quote_id": accepted})
    assert refusal(do, cast.alice, "quote.decline", {"quote_id": accepted}).code == "conflict"
    declined = saved(do, cast.alice, deal_id, line(grinder))
    do(cast.alice, "quote.decline", {"quote_id": declined, "reason": "Too dear"})
    assert refusal(do, cast.alice, "quote.accept", {"quote_id": declined}).code == "conflict"
    assert (state_of(quote(database, accepted)), quote(database, declined).decline_reason) == (
        "accepted",
        "Too dear",
    )


def test_an_order_is_placed_once_of_an_accepted_quote_whatever_is_in_stock(
    database: Database, cast: Cast, do: Do, deal_id: str, grinder: Product
) -> None:
    quote_id = saved(do, cast.alice, deal_id, line(grinder, 50))
    place = {"quote_id": quote_id, "placed_on": "2026-11-23"}
    assert refusal(do, cast.alice, "order.place", {**place, "order_id": new_id()}).code == "conflict"
    do(cast.alice, "quote.accept", {"quote_id": quote_id})
    order_id = new_id()
    do(cast.alice, "order.place", {**place, "order_id": order_id})
    assert refusal(do, cast.mei, "order.place", {**place, "order_id": new_id()}).code == "conflict"
    assert refusal(do, cast.alice, "quote.withdraw", {"quote_id": quote_id}).code == "conflict"
    with database.reading() as session:
        order = session.get_one(Order, order_id)
        assert session.get_one(Customer, order.customer_id).lifecycle == "active"  # whoever buys is
    assert (order.total_cents, order.lines[0]["quantity"]) == (4_500_000, 50)
    do(cast.alice, "order.withdraw", {"order_id": order_id})
    do(cast.alice, "order.place", {**place, "order_id": new_id()})


def test_payments_are_added_and_taken_back_by_their_id(
    database: Database, cast: Cast, do: Do, deal_id: str, grinder: Product
) -> None:
    quote_id, order_id = saved(do, cast.alice, deal_id, line(grinder)), new_id()
    do(cast.alice, "quote.accept", {"quote_id": quote_id})
    do(cast.alice, "order.place", {"order_id": order_id, "quote_id": quote_id, "placed_on": "2026-11-23"})
    due, paid = new_id(), new_id()
    do(
        cast.alice,
        "payment.expect",
        {"payment_id": due, "order_id": order_id, "due_on": "2026-12-01", "amount_cents": 90_000},
    )
    received = {"order_id": order_id, "received_on": "2026-12-02", "amount_cents": 40_000}
    do(cast.mei, "payment.receive", {**received, "payment_id": paid, "note": "First half"})
    do(cast.mei, "payment.receive", {**received, "payment_id": paid, "note": "First half"})
    assert refusal(do, cast.alice, "payment.receive", {**received, "payment_id": due}).code == "conflict"
    do(cast.alice, "payment.withdraw", {"order_id": order_id, "payment_id": due})
    do(cast.alice, "payment.withdraw", {"order_id": order_id, "payment_id": due})
    with database.reading() as session:
        (left,) = session.get_one(Order, order_id).payments
    assert (left["id"], left["kind"], left["on"]) == (paid, "received", "2026-12-02")
    assert (left["amount_cents"], left["note"], left["by"]) == (40_000, "First half", cast.mei.id)


def test_quotes_and_orders_move_with_a_merged_customer(
    database: Database, cast: Cast, do: Do, ring: Ring, harbour_cafe: Customer, deal_id: str, grinder: Product
) -> None:
    quote_id, order_id, twin = saved(do, cast.alice, deal_id, line(grinder)), new_id(), new_id()
    do(cast.alice, "quote.accept", {"quote_id": quote_id})
    do(cast.alice, "order.place", {"order_id": order_id, "quote_id": quote_id, "placed_on": "2026-11-23"})
    do(cast.alice, "customer.create", {"customer_id": twin, "name": "Harbour Cafe"})
    phone = ring(cast.alice)
    phone.pull()
    do(cast.mei, "customer.merge", {"customer_id": harbour_cafe.id, "into_id": twin})
    phone.pull()
    assert phone.rows["quotes"][quote_id]["customer_id"] == twin
    assert phone.rows["orders"][order_id]["customer_id"] == twin


def test_a_stage_may_insist_on_a_quote_of_at_most_a_discount(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer, grinder: Product
) -> None:
    deal_id = deal(do, cast.alice, harbour_cafe, amount_cents=5000)
    with database.writing() as session:
        pipeline = session.get_one(Pipeline, DEFAULT_PIPELINE)
        limited = {"required": ["quote"], "most_discount_percent": 10}
        pipeline.stages = [
            {**stage, **(limited if stage["key"] == "contract" else {})} for stage in pipeline.stages
        ]
    do(cast.alice, "opportunity.move", move(deal_id, "lead", "quote"))
    to = move(deal_id, "quote", "contract")
    assert missing(do, cast.alice, to) == ["quote"]
    generous = saved(do, cast.alice, deal_id, line(grinder, discount_bp=1500))
    saved(do, cast.alice, deal_id, line(grinder))  # a draft that nobody has
    do(cast.alice, "quote.send", {"quote_id": generous})
    assert missing(do, cast.alice, to) == ["quote"]
    modest = saved(do, cast.alice, deal_id, line(grinder, discount_bp=1000))
    do(cast.alice, "quote.send", {"quote_id": modest})
    do(cast.alice, "opportunity.move", to)
