"""The list of customers, the heaviest page: the time of the whole answer, against that of rendering its template."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlmodel import select

from server.database import open_database
from server.models.user import User
from server.render import render
from server.translations import translator
from server.views.customers import ListAsked, customers
from server.views.frame import frame
from server.views.reader import Reader
from tests.bench.result import Result, ratio_at_most
from tests.bench.turns import in_turn

TEMPLATE = "customers/list.html"


def measure(database_file: Path) -> list[Result]:
    database = open_database(f"sqlite:///{database_file}")
    with database.reading() as session:
        alice = session.exec(select(User).where(User.email == "alice@demo.test")).one()
    reader = Reader(alice, datetime.now(UTC), "Europe/Berlin", translator("en"))

    def view() -> dict[str, Any]:
        with database.reading() as session:
            return {
                **frame(reader, "/customers", False, "customers", {}, "/customers"),
                **customers(session, reader, ListAsked()),
            }

    shown = view()
    assert len(shown["rows"]) == 50
    whole, template_alone = in_turn(
        lambda: render(TEMPLATE, view(), "en"), lambda: render(TEMPLATE, shown, "en")
    )
    database.close()
    title = "Customer page of 50 rows on the server, 5,000 customers: query, view and template"
    return [ratio_at_most(title, whole, template_alone, 2, "ms", "template alone")]
