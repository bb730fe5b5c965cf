"""From quote to payment, without a phone's help: what a rep does on the pages of the server."""

import re
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlmodel import select

from server.database import Database
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.product import Product, tell_stock
from server.models.quote import Quote
from tests.cast import NOW, Cast
from tests.models.test_opportunity import deal
from tests.routes.around import Visitor
from tests.sync.conftest import Do


@pytest.fixture
def deal_id(cast: Cast, do: Do, cafe: Customer) -> str:
    return deal(do, cast.alice, cafe)


@pytest.fixture
def grinder(database: Database) -> Product:
    product = Product(
        id=new_id(), name="Grinder", code="GR-1", unit="piece", price_cents=90_000, currency="EUR"
    )
    tell_stock(product, 1, NOW)
    with database.writing() as session:
        session.add(product)
    return product


@pytest.fixture
def alice(app: Litestar, database: Database, cast: Cast) -> TestClient[Any]:
    return Visitor(app, database, cast.alice).client


def lines(product: Product, quantity: str = "2", price: str = "900", discount: str = "") -> dict[str, str]:
    of = {"line_product": product.id, "line_name": product.name, "line_unit": "piece"}
    return {**of, "line_quantity": quantity, "line_price": price, "line_discount": discount}


def saved(alice: TestClient[Any], deal_id: str, form: dict[str, str]) -> str:
    told = {"quote_id": new_id(), "edition": "0", "currency": "EUR", **form}
    assert alice.post(f"/opportunities/{deal_id}/quotes", data=told).status_code == 303
    return f"/opportunities/{deal_id}/quotes/{told['quote_id']}"


def ordered(alice: TestClient[Any], deal_id: str, quote: str) -> str:
    alice.post(f"{quote}/answer", data={"to": "accepted"})
    told = {"order_id": new_id(), "quote_id": quote.rpartition("/")[2], "placed_on": "2026-11-20"}
    assert alice.post(f"/opportunities/{deal_id}/orders", data=told).status_code == 303
    return f"/opportunities/{deal_id}/orders/{told['order_id']}"


def test_lines_of_which_only_the_names_came_are_shown_with_what_is_wrong(
    alice: TestClient[Any], deal_id: str
) -> None:
    told = {
        "quote_id": new_id(),
        "edition": "0",
        "currency": "EUR",
        "line_name": ["Grinder", "Valve"],
        "line_price": "9",
    }
    answer = alice.post(f"/opportunities/{deal_id}/quotes", data=told)
    assert answer.status_code == 422
    assert 'value="Grinder"' in answer.text
    assert 'value="Valve"' in answer.text


def test_of_a_currency_without_products_it_is_said_so_and_what_to_do(
    alice: TestClient[Any], deal_id: str, grinder: Product
) -> None:
    assert grinder.currency == "EUR"
    search = f"/opportunities/{deal_id}/products"
    assert (
        "No product in EUR is called that." in alice.get(search, params={"q": "pump", "currency": "EUR"}).text
    )
    for typed in ("", "pump"):
        page = alice.get(search, params={"q": typed, "currency": "CNY"}).text
        assert (
            "There are no products in CNY yet. A manager adds them; what you type can be a line of its own."
            in page
        )
        assert "is called that" not in page


def test_thousands_are_set_apart_in_quantities_as_in_money(
    alice: TestClient[Any], database: Database, deal_id: str, grinder: Product
) -> None:
    with database.writing() as session:
        session.get_one(Product, grinder.id).stock_quantity = 1500
    search = f"/opportunities/{deal_id}/products"
    assert "1,500 in stock, told" in alice.get(search, params={"q": "gr-1"}).text
    quote = saved(alice, deal_id, lines(grinder, quantity="12000"))
    for to in ("sent", "accepted"):
        alice.post(f"{quote}/answer", data={"to": to})
    page = alice.get(quote).text
    assert "12,000 piece × €900" in page
    assert "12,000 promised, 1,500 in stock" in page
    place = {"order_id": new_id(), "quote_id": quote.rpartition("/")[2], "placed_on": "2026-11-20"}
    alice.post(f"/opportunities/{deal_id}/orders", data=place)
    with database.reading() as session:
        customer_id = session.get_one(Opportunity, deal_id).customer_id
    page = alice.get(f"/customers/{customer_id}").text
    assert "12,000 piece · ordered once" in page
    assert "12,000 × Grinder" in page


def test_a_quote_is_found_built_sent_accepted_ordered_and_paid(
    alice: TestClient[Any], database: Database, deal_id: str, grinder: Product
) -> None:
    found = alice.get(f"/opportunities/{deal_id}/products", params={"q": "gr-1"}).text
    assert "Grinder" in found
    assert "1 in stock, told" in found
    worked = alice.post(
        f"/opportunities/{deal_id}/quotes/lines", data={"add": grinder.id, "currency": "EUR"}
    ).text
    assert "€900" in worked
    quote = saved(alice, deal_id, lines(grinder, discount="12.5%"))
    assert "€1,575" in alice.get(quote).text
    for to in ("sent", "accepted"):
        assert alice.post(f"{quote}/answer", data={"to": to}).status_code == 303
    page = alice.get(quote).text
    assert "Grinder: 2 promised, 1 in stock as told" in page
    order_id, quote_id = new_id(), quote.rpartition("/")[2]
    form = {"order_id": order_id, "quote_id": quote_id, "placed_on": "2026-11-20"}
    placed = alice.post(f"/opportunities/{deal_id}/orders", data=form)
    assert placed.headers["location"].startswith(f"/opportunities/{deal_id}/orders/{order_id}")
    order = f"/opportunities/{deal_id}/orders/{order_id}"
    due = {"payment_id": new_id(), "kind": "expected", "on": "2026-11-21", "amount_cents": "1575"}
    paid = {"payment_id": new_id(), "kind": "received", "on": "2026-11-22", "amount_cents": "500"}
    nothing = alice.post(f"{order}/payments", data={**paid, "amount_cents": "0"})
    assert (nothing.status_code, "This must be above zero." in nothing.text) == (422, True)
    ahead = alice.post(f"{order}/payments", data={**paid, "on": "2099-12-31"})
    assert (ahead.status_code, "This date is too far away." in ahead.text) == (422, True)
    soon = alice.post(f"{order}/payments", data={**paid, "on": "soon"})
    assert (soon.status_code, "This is not a date." in soon.text) == (422, True)
    for form in (due, paid):
        assert alice.post(f"{order}/payments", data=form).status_code == 303
    assert "€1,075 overdue" in alice.get(order).text
    assert "€1,075 overdue" in alice.get(f"/opportunities/{deal_id}").text
    with database.reading() as session:
        kept = session.get_one(Order, order_id)
    timeline = alice.get(f"/customers/{kept.customer_id}?kind=payment").text
    assert "Payment received · €500" in timeline
    assert "Payment expected · €1,575" in timeline
    for more, tag in (("1000", "€75 overdue"), ("75", ">Paid<"), ("20.5", "€20.50 overpaid")):
        form = {**paid, "payment_id": new_id(), "on": "2026-11-23", "amount_cents": more}
        assert alice.post(f"{order}/payments", data=form).status_code == 303
        assert tag in alice.get(order).text
    gone = alice.post(f"{order}/payments/remove", data={"payment_id": due["payment_id"]})
    assert "Taken back" in alice.get(gone.headers["location"]).text
    about = alice.get(f"/customers/{kept.customer_id}").text.partition('id="about-title"')[2]
    assert "Ordered so far" in about
    assert '<dt dir="auto">Grinder</dt><dd dir="auto">2 piece · ordered once · 20 Nov</dd>' in about
    back = alice.post(f"/orders/{order_id}/withdraw").headers["location"]
    assert "Taken back" in alice.get(back).text


@pytest.mark.parametrize(
    ("before", "kind", "amount"),
    [
        ((), "expected", "1800"),
        ((("expected", "500"),), "expected", "1300"),
        ((("expected", "1800"),), "received", "1800"),
        ((("received", "800"),), "expected", "1000"),
        ((("expected", "800"), ("received", "1000")), "expected", "800"),
        ((("received", "1800"),), "received", ""),
    ],
)
def test_a_payment_begins_as_what_nobody_has_paid_or_is_expected_to(
    alice: TestClient[Any],
    deal_id: str,
    grinder: Product,
    before: list[tuple[str, str]],
    kind: str,
    amount: str,
) -> None:
    order = ordered(alice, deal_id, saved(alice, deal_id, lines(grinder)))
    for of_kind, cents in before:
        form = {"payment_id": new_id(), "kind": of_kind, "on": "2026-11-20", "amount_cents": cents}
        assert alice.post(f"{order}/payments", data=form).status_code == 303
    page = alice.get(order).text
    assert f'name="kind" value="{kind}" checked' in page
    assert f'name="amount_cents" type="text" value="{amount}"' in page


def test_what_was_sold_keeps_the_version_it_was_sold_as(
    alice: TestClient[Any], database: Database, deal_id: str, grinder: Product
) -> None:
    """Until then the product is renamed, and there is another version of it."""
    with database.writing() as session:
        session.get_one(Product, grinder.id).name = "Grinder 1.0"
        session.get_one(Product, grinder.id).version = "1.0"
        newer = Product(
            id=new_id(), name="Grinder 2.0", version="2.0", unit="piece", price_cents=95_000, currency="EUR"
        )
        session.add(newer)
    for product_id, day in ((grinder.id, "2026-11-19"), (newer.id, "2026-11-20")):
        form = {"add": product_id, "currency": "EUR"}
        built = alice.post(f"/opportunities/{deal_id}/quotes/lines", data=form).text
        [name] = re.findall(r'name="line_name" value="([^"]+)"', built)
        told = {"line_product": product_id, "line_name": name, "line_unit": "piece", "line_price": "900"}
        quote = saved(alice, deal_id, {**told, "line_quantity": "1", "line_discount": ""})
        for to in ("sent", "accepted"):
            assert alice.post(f"{quote}/answer", data={"to": to}).status_code == 303
        placed = {"order_id": new_id(), "quote_id": quote.rpartition("/")[2], "placed_on": day}
        assert alice.post(f"/opportunities/{deal_id}/orders", data=placed).status_code == 303
    with database.writing() as session:
        session.get_one(Product, grinder.id).name = "Grinder 1.1"
        session.get_one(Product, grinder.id).version = "1.1"
        [customer_id] = {order.customer_id for order in session.exec(select(Order))}
    assert "Grinder 2.0" in alice.get(quote).text
    bought = alice.get(f"/customers/{customer_id}").text.partition("Ordered so far")[2]
    assert re.findall(r"<dt[^>]*>(Grinder [^<]+)</dt><dd[^>]*>([^<]+)<", bought) == [
        ("Grinder 2.0", "1 piece · ordered once · 20 Nov"),
        ("Grinder 1.0", "1 piece · ordered once · 19 Nov"),
    ]


def test_what_is_wrong_stands_beside_its_line_and_nothing_typed_is_lost(
    alice: TestClient[Any], database: Database, deal_id: str, grinder: Product
) -> None:
    form = {"quote_id": new_id(), "edition": "0", "currency": "EUR", "note": "By Friday"}
    answer = alice.post(
        f"/opportunities/{deal_id}/quotes", data={**form, **lines(grinder, quantity="many", price="9.5.5")}
    )
    assert answer.status_code == 422
    assert "This must be a number." in answer.text
    assert all(typed in answer.text for typed in ('value="many"', 'value="9.5.5"', "By Friday"))
    empty = alice.post(f"/opportunities/{deal_id}/quotes", data=form)
    in_lines = empty.text.partition('id="lines"')[2].partition('class="picker')[0]
    assert "A quote needs at least one line." in in_lines, "a line that is added takes its place"
    with database.reading() as session:
        assert session.get(Quote, form["quote_id"]) is None


def test_a_quote_that_was_changed_meanwhile_is_not_written_over(
    alice: TestClient[Any], cast: Cast, do: Do, deal_id: str, grinder: Product
) -> None:
    quote = saved(alice, deal_id, lines(grinder))
    quote_id = quote.rpartition("/")[2]
    line = {"name": "Grinder", "quantity": 5, "unit_price_cents": 1}
    told = {"quote_id": quote_id, "opportunity_id": deal_id, "edition": 1, "currency": "EUR", "lines": [line]}
    do(cast.mei, "quote.save", told)
    late = {"quote_id": quote_id, "edition": "1", "currency": "EUR", **lines(grinder, quantity="77")}
    answer = alice.post(f"/opportunities/{deal_id}/quotes", data=late)
    assert answer.status_code == 422
    assert "Somebody changed this in the meantime" in answer.text
    assert 'value="77"' in answer.text


def test_the_paper_has_the_letterhead(
    app: Litestar, alice: TestClient[Any], database: Database, cast: Cast, deal_id: str, grinder: Product
) -> None:
    dora = Visitor(app, database, cast.dora).client
    form = {"name": "Zebra Ltd", "lines": "Quay 1\n20457 Hamburg", "footer": "Bank of Quays"}
    assert dora.post("/letterhead", data=form).status_code == 303
    page = alice.get(saved(alice, deal_id, lines(grinder))).text
    assert all(text in page for text in ("Zebra Ltd", "20457 Hamburg", "Bank of Quays", "Your contact"))


def test_a_quote_with_an_order_says_why_it_is_not_taken_back(
    alice: TestClient[Any], cast: Cast, do: Do, deal_id: str, grinder: Product
) -> None:
    quote = saved(alice, deal_id, lines(grinder))
    quote_id = quote.rpartition("/")[2]
    do(cast.alice, "quote.accept", {"quote_id": quote_id})
    do(cast.alice, "order.place", {"order_id": new_id(), "quote_id": quote_id, "placed_on": "2026-11-20"})
    answer = alice.post(f"{quote}/answer", data={"to": "withdrawn"})
    assert answer.status_code == 422
    assert "There is an order of this quote." in answer.text


def test_a_customer_has_a_rhythm_of_orders(
    alice: TestClient[Any], cast: Cast, do: Do, cafe: Customer, deal_id: str
) -> None:
    line = {"name": "Beans", "quantity": 5, "unit_price_cents": 1_000}
    for placed_on in ("2020-01-01", "2020-01-15", "2020-01-29"):
        quote_id = new_id()
        told = {"quote_id": quote_id, "opportunity_id": deal_id, "edition": 0, "currency": "EUR"}
        do(cast.alice, "quote.save", {**told, "lines": [line]})
        do(cast.alice, "quote.accept", {"quote_id": quote_id})
        do(cast.alice, "order.place", {"order_id": new_id(), "quote_id": quote_id, "placed_on": placed_on})
    page = alice.get(f"/customers/{cafe.id}").text
    assert "<dt>Buys</dt>" in page
    assert "every 2 weeks, " in page
