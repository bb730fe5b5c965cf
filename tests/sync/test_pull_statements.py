"""What a pull asks of the database: no more for a phone of a thousand customers than for one of ten."""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import event

from server.database import Database
from server.models.bulk import insert_rows
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.user import User
from tests.cast import NOW, Cast
from tests.sync.conftest import Do
from tests.sync.phone import Ring
from tests.sync.test_http import client, sign_in

__all__ = ["client"]

STARTED = "2026-11-23T07:41:12.000Z"


@pytest.fixture
def add(database: Database) -> Callable[[User, int], list[str]]:
    """`add(alice, 500)`: customers of hers, and their ids."""

    def add(owner: User, count: int) -> list[str]:
        values = {"sort_key": "bar", "owner_id": owner.id, "territory_id": owner.territory_id}
        rows = [Customer(id=new_id(), name="Bar", created_at=NOW, **values) for _ in range(count)]
        with database.writing() as session:
            assert max(insert_rows(session, rows)) == count
        return [row.id for row in rows]

    return add


def visit(customer_id: str) -> dict[str, Any]:
    return {
        "visit_id": new_id(),
        "customer_id": customer_id,
        "started_at": STARTED,
        "outcome": "ordered",
    }


def test_without_news_a_pull_asks_as_little_with_many_customers(
    cast: Cast, ring: Ring, add: Callable[[User, int], list[str]], asked: list[str]
) -> None:
    phone = ring(cast.alice)
    for more in (10, 990):
        add(cast.alice, more)
        phone.pull()
        asked.clear()
        assert phone.pull() == []
        assert len(asked) == 1


def test_the_whole_request_without_news_is_three_statements_at_most(
    client: TestClient[Any], cast: Cast, add: Callable[[User, int], list[str]], asked: list[str]
) -> None:
    phone = sign_in(client, cast.alice)
    for more in (10, 990):
        add(cast.alice, more)
        phone.pull()
        asked.clear()
        assert phone.pull() == []
        assert 1 <= len(asked) <= 3, asked


def test_one_change_among_many_is_asked_for_alone(
    cast: Cast, ring: Ring, do: Do, add: Callable[[User, int], list[str]], asked: list[str]
) -> None:
    phone, counts = ring(cast.alice), []
    for more in (10, 990):
        customer_id = add(cast.alice, more)[0]
        phone.pull()
        do(cast.alice, "visit.log", visit(customer_id))
        asked.clear()
        assert [op["collection"] for op in phone.pull()] == ["customers", "visits"]
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_many_changes_are_read_together(
    cast: Cast, ring: Ring, do: Do, add: Callable[[User, int], list[str]], asked: list[str]
) -> None:
    phone, counts = ring(cast.alice), []
    customer_ids = add(cast.alice, 60)
    phone.pull()
    for some in (customer_ids[:25], customer_ids):
        for customer_id in some:
            do(cast.alice, "visit.log", visit(customer_id))
        asked.clear()
        assert len(phone.pull()) >= len(some)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_many_customers_gained_at_once_are_read_together(
    cast: Cast, ring: Ring, do: Do, add: Callable[[User, int], list[str]], asked: list[str]
) -> None:
    phone, counts = ring(cast.bob), []
    customer_ids = add(cast.alice, 60)
    phone.pull()
    for some in (customer_ids[:25], customer_ids[25:]):
        for customer_id in some:
            do(
                cast.mei,
                "customer.assign",
                {"customer_id": customer_id, "from": cast.alice.id, "to": cast.bob.id},
            )
        asked.clear()
        assert len(phone.pull()) == len(some)
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.fixture
def steps(database: Database) -> Iterator[list[int]]:
    """How many hundreds of steps SQLite has taken since it was last set to 0: as a clock, but the same always."""
    taken = [0]

    def count() -> int:
        taken[0] += 1
        return 0

    def watch(connection: sqlite3.Connection, *_: Any) -> None:
        connection.set_progress_handler(count, 100)

    event.listen(database.engine, "checkout", watch)
    yield taken
    event.remove(database.engine, "checkout", watch)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_others_wrote_since_costs_a_phone_nothing(
    cast: Cast, ring: Ring, add: Callable[[User, int], list[str]], steps: list[int]
) -> None:
    add(cast.alice, 10)
    phone, taken = ring(cast.alice), []
    phone.pull()
    for transactions in (30, 90):
        for _ in range(transactions):
            add(cast.charlie, 100)
        steps[0] = 0
        status, page = phone.line.pull(phone.device_id, phone.cursor)
        assert (status, page["ops"]) == (200, [])
        taken.append(steps[0])
    assert 0 < taken[1] < 1.2 * taken[0]
