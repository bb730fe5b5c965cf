"""How long a pull takes when nothing is new, and when one visit is: no longer with many customers than with few."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from sqlalchemy import text
from sqlmodel import col, select

from server.database import Database, open_database
from server.demo.many import seed_many
from server.demo.seed import seed
from server.migrate import upgrade
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.user import User
from server.translations import translator
from sync.envelope import read_envelope
from sync.pull import pull
from sync.push import push
from tests.bench.pushes import body_of, change
from tests.bench.result import Result, ratio_at_most
from tests.bench.turns import in_turn
from tests.databases import PostgresCluster

FEW, MANY = 1_000, 100_000
FLAT = 1.25  # counts as equal: on a busy machine, two medians of the same work differ by as much


def measure(folder: Path) -> list[Result]:
    results = on("SQLite", f"sqlite:///{folder / 'few.db'}", f"sqlite:///{folder / 'many.db'}")
    with postgres() as cluster:
        for name in ("few", "many"):
            cluster.execute(f"CREATE DATABASE {name}")
        return results + on("PostgreSQL", cluster.url("few"), cluster.url("many"))


@contextmanager
def postgres() -> Iterator[PostgresCluster]:
    """With its default options, so that a commit waits for the disk."""
    cluster = PostgresCluster(options=()).start()
    yield cluster
    cluster.remove()


def on(kind: str, few_url: str, many_url: str) -> list[Result]:
    few, many = Replica(few_url, FEW), Replica(many_url, MANY)
    quiet, quiet_floor = in_turn(many.pull_of(0), few.pull_of(0))
    for replica in (many, few):
        replica.log_visit()
    one, one_floor = in_turn(many.pull_of(2), few.pull_of(2))
    for replica in (many, few):
        replica.close()
    floor_is = f"among {FEW:,}"
    return [
        ratio_at_most(f"Pull without news, {MANY:,} customers, {kind}", quiet, quiet_floor, FLAT, "ms", floor_is, 2),
        ratio_at_most(f"Pull of one visit among {MANY:,} customers, {kind}", one, one_floor, FLAT, "ms", floor_is, 2),
    ]  # fmt: skip


class Replica:
    """A company with so many customers, and a phone of Alice's that has pulled everything."""

    def __init__(self, url: str, customers: int) -> None:
        self.database, self.device_id, self.now = open_database(url), new_id(), datetime.now(UTC)
        upgrade(self.database)
        seed(self.database, self.now)
        seed_many(self.database, self.now, customers, visits_each=0, contacts=False)
        analyse(self.database)
        with self.database.reading() as session:
            self.alice = session.exec(select(User).where(User.email == "alice@demo.test")).one()
            self.customer_id = session.exec(
                select(Customer.id).where(col(Customer.owner_id) == self.alice.id).limit(1)
            ).one()
        self.cursor = self._moved_in()

    def _moved_in(self) -> str:
        page = self._page(None)
        while page["more"]:
            page = self._page(page["cursor"])
        return str(page["cursor"])

    def _page(self, cursor: str | None) -> dict[str, object]:
        answer = pull(self.database, self.alice, self.device_id, cursor, self.now, wants_columns=True)
        page: dict[str, object] = msgspec.json.decode(answer)
        return page

    def log_visit(self) -> None:
        body = body_of(self.alice, new_id(), [change(1, self.customer_id, self.now)], self.now)
        answer = push(self.database, self.alice, read_envelope(body), self.now, translator("en"))
        assert answer["receipts"][0]["status"] == "applied"

    def pull_of(self, rows: int) -> Callable[[], None]:
        """A pull that must bring so many rows. It always starts from the cursor after the first, complete pull."""

        def pull_once() -> None:
            page = self._page(self.cursor)
            assert len(page["ops"]) == rows, page  # type: ignore[arg-type]

        return pull_once

    def close(self) -> None:
        self.database.close()


def analyse(database: Database) -> None:
    """Updates PostgreSQL's statistics, as its autovacuum would within a minute."""
    if not database.is_sqlite:
        with database.engine.begin() as connection:
            connection.execute(text("ANALYZE"))
