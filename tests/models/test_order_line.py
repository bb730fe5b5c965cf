"""The rows that figures are counted from say what orders say, whatever happens to these."""

import random
from datetime import timedelta
from typing import Any

import pytest
from alembic import command
from sqlalchemy import delete, text
from sqlmodel import col, select, update

from server.backup.checking import findings
from server.database import Database
from server.migrate import alembic_config, changing_tables, upgrade
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.order_line import ORDER_LINES, lines_of
from server.models.quote import Quote
from server.totals import totals
from tests.cast import NOW, Cast
from tests.sync.conftest import Do

CATALOGUE = [new_id() for _ in range(3)]


@pytest.fixture
def ordered(database: Database, cast: Cast, harbour_cafe: Customer) -> list[str]:
    """Lines of no product, without a unit, several of one product, and great amounts with discounts."""
    dice, made = random.Random(3), []
    with database.writing() as session:
        told: dict[str, Any] = {"customer_id": harbour_cafe.id, "currency": "EUR", "created_at": NOW}
        stage: Any = {"stage": "won", "stage_since": NOW}
        sale = Opportunity(id=new_id(), owner_id=cast.alice.id, name="Seals", amount_cents=1, **stage, **told)
        session.add(sale)
        session.flush()
        for number in range(40):
            lines = [_line(dice) for _ in range(dice.randint(1, 5))]
            told |= {"opportunity_id": sale.id, "author_id": cast.alice.id, "lines": lines}
            told["total_cents"] = totals(lines).total_cents
            quote = Quote(id=new_id(), **told)
            session.add(quote)
            session.flush()
            order = Order(
                id=new_id(), quote_id=quote.id, placed_on=NOW.date() - timedelta(days=number), **told
            )
            session.add(order)
            made.append(order.id)
    return made


def _line(dice: random.Random) -> dict[str, Any]:
    line: dict[str, Any] = {"name": "Dichtung “40”", "quantity": dice.randint(1, 100_000)}
    line["unit_price_cents"] = dice.choice([0, 1, 333, 999_999_999])
    if dice.random() < 0.8:
        line["product_id"] = dice.choice(CATALOGUE)
    if dice.random() < 0.7:
        line["unit"] = dice.choice(["box", "套", None])
    if dice.random() < 0.5:
        line["discount_bp"] = dice.choice([1, 333, 5_000, 10_000])
    return line


def told(database: Database) -> list[dict[str, Any]]:
    with database.reading() as session:
        return [dict(row) for row in session.execute(_all_lines()).mappings()]


def _all_lines() -> Any:
    return select(ORDER_LINES).order_by(*ORDER_LINES.primary_key)  # type: ignore[call-overload]


def by_hand(database: Database) -> list[dict[str, Any]]:
    with database.reading() as session:
        return [
            line for order in session.exec(select(Order).order_by(col(Order.id))) for line in lines_of(order)
        ]


def test_lines_are_there_with_their_order(database: Database, ordered: list[str]) -> None:
    lines = told(database)
    assert lines == by_hand(database)
    assert len({line["order_id"] for line in lines}) == len(ordered)
    assert {line["is_first"] for line in lines} == {0, 1}


def test_they_follow_it_to_another_customer_and_go_when_it_is_withdrawn(
    database: Database, cast: Cast, do: Do, ordered: list[str], harbour_cafe: Customer
) -> None:
    other = new_id()
    do(cast.alice, "customer.create", {"customer_id": other, "name": "Harbour Café 2"})
    do(cast.mei, "customer.merge", {"customer_id": harbour_cafe.id, "into_id": other})
    do(cast.alice, "order.withdraw", {"order_id": ordered[0]})
    lines = told(database)
    assert lines == by_hand(database)
    assert {line["customer_id"] for line in lines} == {other}
    assert ordered[0] not in {line["order_id"] for line in lines}
    assert ordered[1] in {line["order_id"] for line in lines}


def test_what_was_written_by_any_statement_is_followed(database: Database, ordered: list[str]) -> None:
    with database.writing() as session:
        fewer: Any = [{"name": "Seal", "quantity": 2, "unit_price_cents": 50}]
        session.exec(update(Order).where(col(Order.id) == ordered[0]).values(lines=fewer, currency="CNY"))
        later = NOW.date() + timedelta(days=9)
        session.exec(update(Order).where(col(Order.id) == ordered[1]).values(placed_on=later))
        session.exec(delete(Order).where(col(Order.id) == ordered[2]))  # type: ignore[call-overload]
    lines = told(database)
    assert lines == by_hand(database)
    assert ordered[2] not in {line["order_id"] for line in lines}


def test_orders_that_were_there_before_get_theirs(
    database: Database, cast: Cast, do: Do, ordered: list[str]
) -> None:
    do(cast.alice, "order.withdraw", {"order_id": ordered[3]})
    before = told(database)
    with changing_tables(database) as connection:
        command.downgrade(alembic_config(connection), "0024")
    upgrade(database)
    assert told(database) == before == by_hand(database)
    do(cast.alice, "order.withdraw", {"order_id": ordered[4]})
    assert told(database) == by_hand(database) != before


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE order_lines SET quantity = quantity + 1 WHERE order_id = :id AND number = 0",
        "DELETE FROM order_lines WHERE order_id = :id",
        "UPDATE order_lines SET number = number + 100 WHERE order_id = :id",
    ],
)
def test_verify_names_the_order_whose_lines_are_others(
    database: Database, ordered: list[str], sql: str
) -> None:
    with database.writing() as session:
        session.execute(text(sql), {"id": ordered[5]})
    what = "rows of order_lines do not match the lines of their orders"
    found = {finding.what: list(finding.rows) for finding in findings(database)}
    assert found[what] == [f"orders {ordered[5]}"]
