"""`python -m tests.bench`: measures everything, prints the table, and writes it into docs/benchmarks.md.

`python -m tests.bench storm --phones 100` tries out one part, and only prints its table.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import sync_playwright

from server.demo.many import seed_many
from tests.bench import (
    board,
    customer_opened,
    customer_page,
    forecast,
    phone,
    pulls,
    pushes,
    reminders,
    storm,
    team,
    wire,
)
from tests.bench.result import Result, table
from tests.browser.company import database_in, prepare, running_company

KEPT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
ABOUT = """# Benchmarks

Made by `make bench` on {date}, on a machine with {cores} cores and {memory} GB of memory. Its load average was
{load:.1f} at the start; more than {cores} would mean that something else kept the cores busy. Each floor was measured
in the same run.

What the phone does is measured in Chromium without a network: its profile is on the disk, and page and service worker
run at a quarter of their speed. Half a second passes between the last key and the tap on Save. In the storm, simulated
phones, servers and PostgreSQL share the cores of this machine; all phones come within a minute, most of them in its
first seconds.

{table}
"""


def main() -> int:
    asked = arguments()
    load = os.getloadavg()[0]
    results = [result for part in asked.parts or PARTS for result in alone(PARTS[part], asked.phones)]
    print(table(results))
    if not asked.parts and asked.phones == storm.PHONES:
        keep(results, load)
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all unless named")
    parser.add_argument("--phones", type=int, default=storm.PHONES, help="how many come in the storm")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"there is no {', '.join(unknown)}")
    return asked


def alone(part: "Part", phones: int) -> list[Result]:
    with tempfile.TemporaryDirectory(prefix="legwork-bench-") as name:
        return part(Path(name), phones)


def keep(results: list[Result], load: float) -> None:
    about = {"date": datetime.now(UTC).date(), "cores": os.cpu_count(), "memory": memory(), "load": load}
    KEPT.write_text(ABOUT.format(table=table(results), **about))


def server_part(folder: Path, _phones: int) -> list[Result]:
    crowd(folder / "many", 5_000, 5)
    say("the server")
    results = customer_page.measure(folder / "many" / "legwork.db")
    return pushes.measure(folder / "many" / "legwork.db") + results


def board_part(folder: Path, _phones: int) -> list[Result]:
    crowd(folder / "many", 1_000, 0)
    say("the board")
    return board.measure(folder / "many" / "legwork.db")


def reminders_part(folder: Path, _phones: int) -> list[Result]:
    crowd(folder / "many", 5_000, 5)
    say("reminders")
    return reminders.measure(folder / "many" / "legwork.db")


def forecast_part(_folder: Path, _phones: int) -> list[Result]:
    say("forecasts")
    return forecast.measure()


def team_part(folder: Path, _phones: int) -> list[Result]:
    say(f"a manager's pages over {team.LARGE.visits:,} visits")
    return team.measure(folder)


def pulls_part(folder: Path, _phones: int) -> list[Result]:
    say(f"pulls among {pulls.MANY:,} customers")
    return pulls.measure(folder)


def storm_part(folder: Path, phones: int) -> list[Result]:
    say(f"a storm of {phones:,} phones")
    return storm.measure(folder, phones)


def phone_part(folder: Path, _phones: int) -> list[Result]:
    crowd(folder / "many", 5_000, 5)
    crowd(folder / "crowd", 50_000, 0)
    crowd(folder / "long", 1, customer_opened.ACTIVITIES)
    with (
        running_company(folder / "many", folder / "serving") as company,
        running_company(folder / "crowd", folder / "crowded") as large,
        running_company(folder / "long", folder / "long-served") as long_past,
    ):
        say("the wire")
        results = wire.measure(company)
        say("the phone")
        with sync_playwright() as playwright:
            results += phone.measure(playwright, company, large, folder)
            return results + customer_opened.measure(playwright, long_past, folder)


Part = Callable[[Path, int], list[Result]]
PARTS: dict[str, Part] = {
    "server": server_part,
    "board": board_part,
    "reminders": reminders_part,
    "forecast": forecast_part,
    "team": team_part,
    "pulls": pulls_part,
    "storm": storm_part,
    "phone": phone_part,
}


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
