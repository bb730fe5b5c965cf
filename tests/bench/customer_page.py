"""The list of customers, the heaviest page: everything the server does for it, beside rendering its template alone."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from sqlmodel import select

from server.database import open_database
from server.models.user import User
from server.render import render
from server.translations import translator
from server.views.customers import Asked, customers
from server.views.frame import frame
from server.views.reader import Reader
from tests.bench.result import Result, ratio_at_most

ROUNDS = 60
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
                **customers(session, reader, Asked()),
            }

    shown = view()
    assert len(shown["rows"]) == 50
    whole, template_alone = in_turn(
        lambda: render(TEMPLATE, view(), "en"), lambda: render(TEMPLATE, shown, "en")
    )
    database.close()
    title = "Customer page of 50 rows on the server, 5,000 customers: query, view and template"
    return [ratio_at_most(title, whole, template_alone, 2, "ms", "template alone")]


def in_turn(*works: Callable[[], object]) -> list[float]:
    """Medians in milliseconds; the works take turns, so that a slow moment of the machine meets each."""
    for work in works:
        work()
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for times, work in zip(taken, works, strict=True):
            started = time.perf_counter()
            work()
            times.append((time.perf_counter() - started) * 1000)
    return [median(times) for times in taken]
