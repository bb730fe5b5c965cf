"""The board of a manager with many opportunities: the time of the whole answer, against that of its SQL alone."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import event
from sqlmodel import select

from server.database import Database, open_database
from server.demo.dice import Dice
from server.models.bulk import insert_rows
from server.models.customer import Customer
from server.models.opportunity import STAGES, Opportunity
from server.models.user import User
from server.render import render
from server.translations import translator
from server.views.board import BoardAsked
from server.views.frame import frame
from server.views.pipeline import board
from server.views.reader import Reader
from tests.bench.result import Result, noted, ratio_noted
from tests.bench.turns import in_turn

SIZES: Final = (1_000, 10_000)


def measure(database_file: Path) -> list[Result]:
    database = open_database(f"sqlite:///{database_file}")
    results, made = [], 0
    for size in SIZES:
        add_opportunities(database, size - made)
        made = size
        results += measure_one(database, size)
    database.close()
    return results


def add_opportunities(database: Database, count: int) -> None:
    """Of customers in the manager's territory, in all stages and two currencies."""
    dice, now = Dice(7, f"board of {count}"), datetime.now(UTC)
    with database.writing() as session:
        alice = session.exec(select(User).where(User.email == "alice@demo.test")).one()
        customers = session.exec(select(Customer.id).where(Customer.owner_id == alice.id)).all()
        rows = (_opportunity(dice, now, alice.id, dice.choice(customers)) for _ in range(count))
        assert max(insert_rows(session, rows)) == count


def _opportunity(dice: Dice, now: datetime, owner_id: str, customer_id: str) -> Opportunity:
    since = now - timedelta(minutes=dice.randint(10, 60_000))
    return Opportunity(
        id=dice.id_at(since),
        customer_id=customer_id,
        owner_id=owner_id,
        name="Seals",
        amount_cents=dice.randint(1, 10**8),
        currency=dice.choice(("EUR", "CNY")),
        stage=dice.choice(STAGES),
        expected_close_on=date(2030, 1, 1),
        created_at=since,
        stage_since=since,
    )


def measure_one(database: Database, size: int) -> list[Result]:
    with database.reading() as session:
        mei = session.exec(select(User).where(User.email == "mei@demo.test")).one()
    reader = Reader(mei, datetime.now(UTC), "Europe/Berlin", translator("en"))

    def page() -> str:
        with database.reading() as session:
            around = frame(reader, "/pipeline", False, "pipeline", {}, "/pipeline")
            return render("pipeline/board.html", {**around, **board(session, reader, BoardAsked())}, "en")

    asked = statements_of(database, page)
    whole, sql_alone = in_turn(page, lambda: run(database, asked))
    title = f"Board of {size:,} opportunities on the server: query, view and template"
    return [
        ratio_noted(title, whole, sql_alone, "ms", "its SQL alone"),
        noted(f"Statements for the board of {size:,} opportunities", len(asked), "statements"),
    ]


def statements_of(database: Database, page: Any) -> list[tuple[str, Any]]:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    page()
    event.remove(database.engine, "before_cursor_execute", note)
    return asked


def run(database: Database, asked: list[tuple[str, Any]]) -> None:
    with database.reading() as session:
        for statement, parameters in asked:
            session.connection().exec_driver_sql(statement, parameters).all()
