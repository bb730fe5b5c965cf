"""What the demo company sells: opportunities of both pipelines, quotes, orders, contracts, and quotas."""

from datetime import date, datetime, timedelta
from itertools import pairwise

from sqlmodel import col, select

from server.database import Database
from server.demo.catalogue import NEWER
from server.models import contract
from server.models.column import wire
from server.models.customer import Customer
from server.models.opportunity import STAGES, Opportunity
from server.models.order import Order
from server.models.pipeline import DEFAULT_PIPELINE, pipelines
from server.models.product import Product
from server.models.quota import quota_at
from server.models.quote import Quote, state_of
from server.payments import standing
from server.rhythm import rhythm
from tests.cast import TUESDAY
from tests.test_demo import user


def test_the_pipeline_has_what_is_stuck_at_quote_and_what_a_competitor_won(demo: Database) -> None:
    with demo.reading() as session:
        query = select(Opportunity).where(Opportunity.pipeline_id == DEFAULT_PIPELINE)
        sales = session.exec(query).all()
    open_ones = [sale for sale in sales if sale.stage not in ("won", "lost")]
    assert 300 <= len(sales) <= 700
    assert {sale.stage for sale in open_ones} == set(STAGES[:6])
    stuck = [
        sale
        for sale in open_ones
        if sale.stage == "quote" and TUESDAY - sale.stage_since > timedelta(days=15)
    ]
    assert len(stuck) >= 3
    assert any(sale.stage == "lost" and sale.lost_reason and sale.competitor for sale in sales)
    for sale in sales:
        assert TUESDAY - timedelta(days=700) < sale.created_at < sale.stage_since < TUESDAY
        assert not sale.moves or sale.moves[-1]["to"] == sale.stage
        assert not sale.moves or sale.moves[-1]["at"] == wire(sale.stage_since)


def test_service_contracts_go_through_a_pipeline_of_their_own(demo: Database) -> None:
    with demo.reading() as session:
        _, service = pipelines(session)
        rows = session.exec(select(Opportunity).where(Opportunity.pipeline_id == service.id)).all()
        quoted = session.exec(select(Quote.opportunity_id).where(col(Quote.sent_at).is_not(None))).all()
        signed = session.exec(
            select(contract.Contract.opportunity_id).where(col(contract.Contract.signed_at).is_not(None))
        ).all()
    keys = [stage["key"] for stage in service.stages]
    assert {row.stage for row in rows} == set(keys)
    assert 40 <= len(rows) <= 70
    assert {row.id for row in rows if row.stage in ("quote", "contract", "won")} <= set(quoted)
    assert {row.id for row in rows if row.stage == "won"} <= set(signed)
    for row in rows:
        assert TUESDAY - timedelta(days=700) < row.created_at < row.stage_since < TUESDAY
        way = [move["to"] for move in row.moves]
        assert all(keys.index(one) < keys.index(then) for one, then in pairwise(["due", *way]))
        assert way[-1:] == ([row.stage] if row.stage != "due" else [])


def test_some_products_are_sold_in_two_versions_one_after_the_other(demo: Database) -> None:
    with demo.reading() as session:
        versions = [product for product in session.exec(select(Product)) if product.version]
        sold_on: dict[str, list[date]] = {}
        for order in session.exec(select(Order)):
            for line in order.lines:
                sold_on.setdefault(line["name"], []).append(order.placed_on)
    assert len(versions) == 6
    assert all(product.name.endswith(f" {product.version}") for product in versions)
    for newer, (before, _) in NEWER.items():
        assert max(sold_on[before]) < min(sold_on[newer])


def test_it_sells_with_rhythms_beyond_stock_and_not_everybody_pays(demo: Database) -> None:
    with demo.reading() as session:
        quotes, orders = session.exec(select(Quote)).all(), session.exec(select(Order)).all()
        stock = {product.id: product.stock_quantity for product in session.exec(select(Product)).all()}
    assert {state_of(quote) for quote in quotes} == {"draft", "sent", "accepted", "declined"}
    assert {order.quote_id for order in orders} <= {quote.id for quote in quotes if quote.accepted_at}
    today = TUESDAY.date()
    late = [row for row in orders if standing(row.total_cents, row.payments, today.isoformat()).late_cents]
    assert 3 <= len(late) <= 20
    by_customer: dict[str, list[date]] = {}
    for order in orders:
        by_customer.setdefault(order.customer_id, []).append(order.placed_on)
    overdue = [days for days in map(rhythm, by_customer.values()) if days and days.next_on < today]
    assert 1 <= len(overdue) <= 8
    beyond = [
        line
        for order in orders
        if order.placed_on >= today - timedelta(days=2)
        for line in order.lines
        if line["quantity"] > stock[line["product_id"]]
    ]
    assert beyond


def test_contracts_are_in_every_state_and_every_seal_holds(demo: Database) -> None:
    with demo.reading() as session:
        contracts = session.exec(select(contract.Contract)).all()
    assert {contract.state_of(one) for one in contracts} == {"draft", "sent", "signed", "cancelled"}
    assert all(contract.holds(one) for one in contracts if one.signed_at)
    assert all(one.created_at < (one.signed_at or TUESDAY) <= TUESDAY for one in contracts)


def test_there_is_a_past_to_foresee_from_and_a_quota_to_reach(demo: Database) -> None:
    with demo.reading() as session:
        won = session.exec(select(Opportunity).where(Opportunity.stage == "won")).all()
        customers = {row.id: row for row in session.exec(select(Customer))}
        for name in ("alice", "bob", "charlie", "wang"):
            rep = user(session, name)
            months = {f"{sale.stage_since:%Y-%m}" for sale in won if sale.owner_id == rep.id}
            assert len(months) >= 15
            quota = quota_at(rep.quotas, TUESDAY)
            assert quota
            since = datetime.fromisoformat(quota["from_at"])
            mine = [
                sale.amount_cents for sale in won if sale.owner_id == rep.id and sale.stage_since >= since
            ]
            assert 10 < 100 * sum(mine) // quota["amount_cents"] < 150
    for sale in won:
        assert customers[sale.customer_id].created_at < sale.created_at
