"""The margin of what was ordered, as leaders come upon it: in an answer, on Team, in a list and in a file."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from server.database import Database
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.product import Product
from server.models.quote import Quote
from server.totals import totals
from tests.cast import NOW, Cast
from tests.routes.conftest import Browser

ASKED = {"measure": "margin", "period": "twelve_months", "by": "product", "then": ""}
ADDRESS = "measure=margin&period=twelve_months"
LEFT_OUT = "EUR: 2 of 4 order lines are left out, as they have no cost in this currency."


def place(database: Database, of: Customer, *lines: tuple[Product, int, int], currency: str = "EUR") -> None:
    said: list[dict[str, Any]] = [
        {"product_id": p.id, "name": p.name, "quantity": n, "unit_price_cents": cents}
        for p, n, cents in lines
    ]
    sale = Opportunity(
        id=new_id(), customer_id=of.id, owner_id=str(of.owner_id), name="Seals", amount_cents=1,
        currency=currency, stage="won", created_at=NOW, stage_since=NOW,
    )  # fmt: skip
    both = {
        "customer_id": of.id, "opportunity_id": sale.id, "author_id": str(of.owner_id), "created_at": NOW,
        "currency": currency, "lines": said, "total_cents": totals(said).total_cents,
    }  # fmt: skip
    quote = Quote(id=new_id(), accepted_at=NOW, **both)
    with database.writing() as session:
        for row in (sale, quote):
            session.add(row)
            session.flush()
        day = NOW.date() - timedelta(days=9)
        session.add(Order(id=new_id(), quote_id=quote.id, placed_on=day, **both))


@pytest.fixture
def ordered(database: Database, cast: Cast) -> None:
    """In euros four lines, of which two have no cost there; in yuan one that was sold below it."""
    seal = Product(id=new_id(), name="Seal", cost_cents=600, currency="EUR")
    ring = Product(id=new_id(), name="Ring", cost_cents=90, currency="CNY")
    grease = Product(id=new_id(), name="Grease", price_cents=50, currency="EUR")
    of: dict[str, Any] = {"lifecycle": "active", "created_at": NOW - timedelta(days=90)}
    cafe = Customer(
        id=new_id(), name="Café", sort_key="cafe", owner_id=cast.alice.id, territory_id=cast.north.id, **of
    )
    with database.writing() as session:
        session.add_all([seal, ring, grease, cafe])
    place(database, cafe, (seal, 10, 1_000), (ring, 5, 100))
    place(database, cafe, (seal, 1, 1_050))
    place(database, cafe, (grease, 2, 50))
    place(database, cafe, (ring, 10, 80), currency="CNY")


def test_a_margin_is_told_with_what_it_leaves_out_wherever_it_is_told(
    screens: Any, cast: Cast, ordered: None
) -> None:
    mei: Browser = screens(cast.mei)
    page = unescape(mei.get(f"/team/questions/new?{ADDRESS}&by=product").text)
    for said in ("-¥1", "€44.50", LEFT_OUT, "less what their products cost today"):
        assert said in page
    assert "CNY: " not in page
    kept = (
        mei.post("/team/questions", {**ASKED, "name": "What is left"}).headers["location"].partition("?")[0]
    )
    assert LEFT_OUT in mei.get(kept).text
    mei.post(f"{kept}/pin", {"pinned": "yes"})
    team = mei.get("/team").text
    assert LEFT_OUT in team.partition("What is left")[2]
    orders = mei.get(f"/team/questions/list?{ADDRESS}").text
    assert [said in orders for said in (">€40<", ">€4.50<", ">-¥1<", ">–<")] == [True] * 4
    csv = mei.get(f"/team/questions/export.csv?{ADDRESS}&by=product").text.removeprefix("\ufeff")
    assert csv.splitlines() == ["Product,Currency,Margin", "Ring,CNY,-1", "Seal,EUR,44.5", f'"{LEFT_OUT}"']


def test_no_rep_asks_for_it(screens: Any, cast: Cast, ordered: None) -> None:
    alice: Browser = screens(cast.alice)
    for path in ("new", "list", "export.csv", "export.xlsx"):
        assert alice.get(f"/team/questions/{path}?{ADDRESS}").status_code == 404
