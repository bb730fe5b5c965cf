"""A manager's pages over a hundred thousand and over a million visits, each against its SQL alone."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from litestar.testing import TestClient
from sqlalchemy import event
from sqlmodel import select

from server.app import create_app
from server.config import Settings
from server.database import Database, open_database
from server.models import question as questions
from server.models import session as sessions
from server.models.user import User
from server.process import spare_what_stays
from tests.bench import large
from tests.bench.large_sales import LARGE, SMALL
from tests.bench.result import Result, at_most, noted, ratio_at_most
from tests.bench.turns import in_turn

ROUNDS: Final = 11
MOST_BESIDE_SQL: Final = 1.5
MOST_GROWTH: Final = 12.0
MOST_STATEMENTS: Final = 15
WHO: Final = {"executive": "the company", "manager-3": "a territory"}
ASKED: Final = (
    ("visits", ("rep", "month"), "twelve_months"),
    ("touched", ("region", "product"), "quarter"),
    ("conversion", ("rep", "competitor"), "twelve_months"),
)
QUESTION: Final = "/team/questions/"
PAGES: Final = {
    "Team": "/team?period=week",
    "Team of the quarter, 3 pinned questions": "/team?period=quarter",
    "Funnel": "/team/funnel",
    "Customers and products": "/team/buying",
    "Forecast": "/team/forecast",
    "Customers going cold": "/team/cold",
    "Question: visits by rep and month": QUESTION,
}
PINNED: Final = ("Team of the quarter, 3 pinned questions",)

Statements = list[tuple[str, Any]]


@dataclass
class Company:
    """`browser`: a client that is kept open, because otherwise each page would start an event loop and its threads.
    `signed_in`: the headers with the session's cookie, by person. `raw`: the same file, opened by the driver alone."""

    database: Database
    raw: sqlite3.Connection
    browser: TestClient[Any]
    signed_in: dict[str, dict[str, str]]
    question_ids: dict[str, str]

    def page(self, who: str, path: str) -> Callable[[], None]:
        def get() -> None:
            answer = self.browser.get(path, headers=self.signed_in[who])
            assert answer.status_code == 200, answer.text

        return get

    def path(self, who: str, path: str) -> str:
        return path + self.question_ids[who] if path == QUESTION else path

    def pin(self, who: str, is_pinned: bool) -> None:
        with self.database.writing() as session:
            user = _user(session, who)
            for kept in questions.questions_of(session, user):
                (questions.pin if is_pinned else questions.unpin)(session, user, kept)

    def bare(self, statements: Statements) -> None:
        for statement, parameters in statements:
            self.raw.execute(statement, parameters).fetchall()


def measure(folder: Path) -> list[Result]:
    now = datetime.now(UTC)
    for size in (SMALL, LARGE):
        large.make(folder / f"{size.visits}.db", size, now)
    with ExitStack() as stack:
        companies = [stack.enter_context(_company(folder / f"{size.visits}.db")) for size in (SMALL, LARGE)]
        spare_what_stays()  # as a server does
        return [
            result
            for title, path in PAGES.items()
            for who in WHO
            for result in _measure(title, path, who, companies)
        ]


def _measure(title: str, path: str, who: str, companies: list[Company]) -> Iterator[Result]:
    works: list[Callable[[], object]] = []
    asked: list[Statements] = []
    for company in companies:
        company.pin(who, title in PINNED)
        page = company.page(who, company.path(who, path))
        asked.append(_statements_of(company.database, page))
        works += [page, _bare(company, asked[-1])]
    few, _, many, many_alone = in_turn(*works, rounds=ROUNDS)
    what = f"{title}, of {WHO[who]}, {LARGE.visits:,} visits"
    yield ratio_at_most(what, many, many_alone, MOST_BESIDE_SQL, "ms", "its SQL alone", 0)
    among = f"among {SMALL.visits:,}"
    yield ratio_at_most(f"{title}, of {WHO[who]}: growth", many, few, MOST_GROWTH, "ms", among, 0)
    statements = f"{title}, of {WHO[who]}: statements", len(asked[-1])
    if path.startswith("/team?"):
        yield at_most(*statements, MOST_STATEMENTS, "statements")
    else:
        yield noted(*statements, "statements")


def _bare(company: Company, statements: Statements) -> Callable[[], None]:
    return lambda: company.bare(statements)


@contextmanager
def _company(file: Path) -> Iterator[Company]:
    database = open_database(f"sqlite:///{file}")
    app = create_app(Settings(data_dir=file.parent, secret_key="k" * 40, log_level="warning"), database)
    raw = sqlite3.connect(file)
    raw.execute("PRAGMA cache_size=-32000")
    with TestClient(app) as browser:
        yield Company(database, raw, browser, *_signed_in(database))
    raw.close()
    database.close()


def _signed_in(database: Database) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    headers: dict[str, dict[str, str]] = {}
    ids: dict[str, str] = {}
    now = datetime.now(UTC)
    for who in WHO:
        with database.writing() as session:
            user = _user(session, who)
            headers[who] = {"Cookie": f"legwork_session={sessions.start(session, user, now)}"}
            for measure, by, period in ASKED:
                definition = {"version": 1, "measure": measure, "by": list(by), "period": period, "only": {}}
                kept = questions.save(session, user, now, name=measure, definition=definition, shared_with=[])
                ids.setdefault(who, kept.id)
    return headers, ids


def _user(session: Any, who: str) -> User:
    found: User = session.exec(select(User).where(User.email == f"{who}@large.test")).one()
    return found


def _statements_of(database: Database, page: Callable[[], None]) -> Statements:
    asked: Statements = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            asked.append((statement, parameters))

    page()  # once before, to fill the caches
    event.listen(database.engine, "before_cursor_execute", note)
    page()
    event.remove(database.engine, "before_cursor_execute", note)
    return asked
