"""The company that the benchmarks make of plain rows is consistent, like one that was made by syncing."""

import json
import sqlite3
from collections.abc import Iterator

import pytest

from server.totals import totals
from tests.bench.large import make
from tests.bench.large_sales import Size
from tests.cast import NOW

SIZE = Size(visits=900, customers=60, opportunities=50, orders=200)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    file = tmp_path_factory.mktemp("large") / "legwork.db"
    make(file, SIZE, NOW)
    with sqlite3.connect(file) as raw:
        yield raw
    raw.close()


def test_there_is_as_much_as_was_asked_for(made: sqlite3.Connection) -> None:
    for table, count in SIZE._asdict().items():
        assert made.execute(f"SELECT count(*) FROM {table}").fetchone() == (count,)


def test_a_customer_was_last_touched_by_its_latest_visit_that_stands(made: sqlite3.Connection) -> None:
    wrong = made.execute(
        "SELECT id FROM customers WHERE last_touch_at IS NOT (SELECT max(started_at) FROM visits "
        "WHERE customer_id = customers.id AND withdrawn_at IS NULL)"
    ).fetchall()
    assert wrong == []


def test_an_opportunity_stands_where_its_moves_led_and_an_order_comes_to_its_lines(
    made: sqlite3.Connection,
) -> None:
    sales = made.execute("SELECT stage, stage_since, created_at, moves FROM opportunities").fetchall()
    for stage, since, created_at, moves in sales:
        stood, at = "lead", _wired(created_at)
        for move in json.loads(moves):
            assert (move["from"], move["since"]) == (stood, at)
            stood, at = move["to"], move["at"]
        assert (stage, _wired(since)) == (stood, at)
    assert {stage for stage, *_ in sales} > {"won", "lost"}
    for lines, cents in made.execute("SELECT lines, total_cents FROM orders"):
        assert totals(json.loads(lines)).total_cents == cents


def _wired(text: str) -> str:
    return f"{text.replace(' ', 'T')[:23]}Z"
