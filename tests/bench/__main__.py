"""`python -m tests.bench`: measures, prints the table, and keeps it in docs/benchmarks.md."""

import os
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import sync_playwright

from server.demo.many import seed_many
from tests.bench import customer_page, phone, pushes, reminders, wire
from tests.bench.result import Result, table
from tests.browser.company import database_in, prepare, running_company

KEPT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
ABOUT = """# Benchmarks

Made by `make bench` on {date}, on a machine with {cores} cores and {memory} GB of memory, whose load average
was {load:.1f} when it began: above the number of cores, others were working too. Floors are of the same
run. What the phone does is measured in Chromium with its profile on the disk, its renderer, which is the page and the
service worker, held to a quarter of its speed, with the server away.

{table}
"""


def main() -> int:
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="legwork-bench-") as name:
        results = measured(Path(name))
    print(table(results))
    about = {"date": datetime.now(UTC).date(), "cores": os.cpu_count(), "memory": memory(), "load": load}
    KEPT.write_text(ABOUT.format(table=table(results), **about))
    return 0


def measured(folder: Path) -> list[Result]:
    crowd(folder / "many", 5_000, 5)
    crowd(folder / "crowd", 50_000, 0)
    shutil.copytree(folder / "many", folder / "pushed")
    shutil.copytree(folder / "many", folder / "reminded")
    say("the server")
    results = pushes.measure(folder / "pushed" / "legwork.db")
    results += reminders.measure(folder / "reminded" / "legwork.db")
    results += customer_page.measure(folder / "many" / "legwork.db")
    with (
        running_company(folder / "many", folder / "serving") as company,
        running_company(folder / "crowd", folder / "crowded") as large,
    ):
        say("the wire")
        results += wire.measure(company)
        say("the phone")
        with sync_playwright() as playwright:
            results += phone.measure(playwright, company, large, folder)
    return results


def crowd(folder: Path, customers: int, visits_each: int) -> None:
    say(f"a company with {customers:,} more customers")
    folder.mkdir()
    prepare(folder)
    database = database_in(folder)
    seed_many(database, datetime.now(UTC), customers, visits_each, contacts=visits_each > 0)
    database.close()


def say(what: str) -> None:
    print(f"Measuring: {what} …", file=sys.stderr, flush=True)


def memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


if __name__ == "__main__":
    sys.exit(main())
