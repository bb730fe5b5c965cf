"""A real server process with the demo company, and questions to its database."""

import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from server.config import Settings
from server.database import Database, open_database
from server.demo.library import put_files
from server.demo.seed import seed
from server.files.store import open_store
from server.migrate import upgrade
from server.models.pipeline import DEFAULT_PIPELINE
from tests.databases import free_port
from tests.served import LEGWORK

STARTS_WITHIN_S = 60


def prepare(folder: Path) -> None:
    """Makes the demo company's data, once: every server gets a copy."""
    database = database_in(folder)
    upgrade(database)
    seed(database, datetime.now(UTC))
    put_files(open_store(Settings(data_dir=folder)))
    database.close()


def database_in(folder: Path) -> Database:
    return open_database(f"sqlite:///{folder / 'legwork.db'}")


@dataclass(frozen=True)
class Customer:
    id: str
    name: str


class Company:
    """The server of a company, in a process of its own, so that it can be stopped and killed."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder, self.port, self.settings = folder, free_port(), settings
        self.origin = f"http://127.0.0.1:{self.port}"
        self.database = database_in(folder)

    def start(self) -> None:
        # pdeathsig: when a test run is killed, its server ends, too.
        command = ["setpriv", "--pdeathsig", "TERM", LEGWORK, "run"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, env=self._environment(), stdout=log, stderr=subprocess.STDOUT
            )
        self._wait_until_ready()

    def legwork(self, *args: object) -> subprocess.CompletedProcess[str]:
        """Runs the command `legwork` with the server's settings."""
        command = [LEGWORK, *map(str, args)]
        return subprocess.run(command, env=self._environment(), capture_output=True, text=True, timeout=60)

    def _environment(self) -> dict[str, str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LEGWORK_")}
        common = {"DATA_DIR": str(self.folder), "PORT": str(self.port), "LOG_LEVEL": "warning"}
        return environment | {f"LEGWORK_{name}": value for name, value in (common | self.settings).items()}

    def signal_all(self, number: signal.Signals) -> None:
        """Sends a signal to the process that was started and to those that it started itself."""
        own = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for pid in [self.process.pid, *map(int, own.read_text().split())]:
            os.kill(pid, number)

    def lose(self) -> None:
        """The machine is lost, with all its data."""
        self.signal_all(signal.SIGKILL)
        self.process.wait(10)
        self.database.close()
        shutil.rmtree(self.folder)

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not answers(f"{self.origin}/readyz"):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The server did not start: {self.log.read_text()[-3000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
            raise

    def ask(self, sql: str, **values: Any) -> list[Any]:
        """The rows of a query; if it has a single column, its values."""
        with self.database.engine.connect() as connection:
            rows = connection.execute(text(sql), values).all()
        return [row[0] if len(row) == 1 else tuple(row) for row in rows]

    def tell(self, sql: str, **values: Any) -> None:
        """Writes to the database, as no screen could."""
        with self.database.engine.execution_options(writes=True).begin() as connection:
            connection.execute(text(sql), values)

    def customer_of(self, who: str) -> Customer:
        return self.customers_of(who, 1)[0]

    def customers_of(self, who: str, count: int) -> list[Customer]:
        found = self.ask(
            "SELECT customers.id, customers.name FROM customers JOIN users ON users.id = customers.owner_id "
            "WHERE users.email = :email ORDER BY customers.sort_key LIMIT :count",
            email=f"{who}@demo.test",
            count=count,
        )
        return [Customer(*row) for row in found]

    def busiest_customer_of(self, who: str) -> Customer:
        """The one with the most visits, of those that have an opportunity."""
        found = self.ask(
            "SELECT customers.id, customers.name FROM customers JOIN users ON users.id = customers.owner_id "
            "JOIN opportunities ON opportunities.customer_id = customers.id "
            "JOIN visits ON visits.customer_id = customers.id WHERE users.email = :email "
            "GROUP BY customers.id, customers.name ORDER BY count(DISTINCT visits.id) DESC, customers.id LIMIT 1",
            email=f"{who}@demo.test",
        )
        return Customer(*found[0])

    def longest_at_quote_of(self, who: str) -> tuple[str, str]:
        """Ids of an opportunity and its customer, one to whom no test has attached a photo: that would count as the
        signed quote."""
        found = self.ask(
            "SELECT opportunities.id, customer_id FROM opportunities JOIN users ON users.id = owner_id "
            "WHERE users.email = :email AND stage = 'quote' AND pipeline_id = :pipeline AND customer_id NOT IN "
            "(SELECT customer_id FROM attachments) ORDER BY stage_since LIMIT 1",
            email=f"{who}@demo.test",
            pipeline=DEFAULT_PIPELINE,
        )
        return found[0][0], found[0][1]

    def end_newest_session(self) -> None:
        """Ends the newest session without the browser's knowledge, as after 90 days or by a sign-out elsewhere."""
        self.tell(
            "UPDATE sessions SET signed_out_at = :now WHERE public_id = "
            "(SELECT public_id FROM sessions ORDER BY created_at DESC LIMIT 1)",
            now="2026-01-01 00:00:00.000000",
        )

    def authors_of(self, note: str) -> list[str]:
        return self.ask(
            "SELECT users.email FROM visits JOIN users ON users.id = author_id WHERE note = :note", note=note
        )

    def visits_noting(self, note: str) -> int:
        return int(self.ask("SELECT count(*) FROM visits WHERE note = :note", note=note)[0])


@contextmanager
def running_company(template: Path, folder: Path, **settings: str) -> Iterator[Company]:
    shutil.copytree(template, folder)
    company = Company(folder, **settings)
    company.start()
    yield company
    company.database.close()
    company.stop()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
