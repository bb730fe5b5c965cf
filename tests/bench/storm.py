"""Everybody comes back at once: phones with a week of entries each push to real server processes."""

import asyncio
import resource
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from server.database import open_database
from server.migrate import upgrade
from tests.bench import pushes
from tests.bench.pulls import analyse, postgres
from tests.bench.result import Result, noted, number, ratio_at_most, ratio_noted
from tests.browser.company import prepare
from tests.storm.company import SECRET_KEY, hire
from tests.storm.counting import Counted, counted
from tests.storm.crowd import Storm, phones_of, serving

PHONES, ENTRIES = 1_000, 100
GROWTH = 1.1  # how much the servers' memory may grow from the middle of the storm to its end


def measure(folder: Path, phones: int) -> list[Result]:
    allow_many_connections()
    floor = floor_in(folder / "floor")
    alone = folder / "alone"
    results = storm_on("SQLite", f"sqlite:///{alone}/legwork.db", [alone], phones, floor)
    with postgres() as cluster:
        two = [folder / "first", folder / "second"]
        return results + storm_on("PostgreSQL, 2 servers", cluster.url(), two, phones, floor)


def allow_many_connections() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def floor_in(folder: Path) -> float:
    folder.mkdir()
    prepare(folder)
    return pushes.floor_per_s(folder / "legwork.db")


def storm_on(kind: str, url: str, folders: Sequence[Path], phones: int, floor: float) -> list[Result]:
    for folder in folders:
        folder.mkdir()
    database = open_database(url)
    upgrade(database)
    reps = hire(database, phones, datetime.now(UTC))
    analyse(database)
    settings = {"SECRET_KEY": SECRET_KEY} | ({} if database.is_sqlite else {"DATABASE_URL": url})
    with serving(folders, **settings) as servers:
        storm = Storm(phones_of(reps, servers, ENTRIES), servers)
        asyncio.run(move_in_and_rage(storm))
        for server in servers:
            server.kill()  # what it has acknowledged must be on the disk all the same
    count = counted(database, storm.phones)
    database.close()
    return results_of(kind, storm, count, floor)


async def move_in_and_rage(storm: Storm) -> None:
    await storm.move_in()
    await storm.rage()


def results_of(kind: str, storm: Storm, count: Counted, floor: float) -> list[Result]:
    print(f"  {kind}: asked again because of {dict(storm.problems)}", file=sys.stderr)
    p99 = quantiles(storm.flushes_s, n=100)[98]
    floor_is = "raw sqlite3: the same rows and receipts, 50 a transaction"
    return [
        kept(f"Storm of {len(storm.phones):,} phones with {ENTRIES} entries each, {kind}", count),
        ratio_noted(f"Storm, {kind}: entries/s", count.saved / storm.took_s, floor, "entries/s", floor_is),
        noted(f"Storm, {kind}: all that a phone holds is sent, p50", median(storm.flushes_s), "s", 1),
        noted(f"Storm, {kind}: all that a phone holds is sent, p99", p99, "s", 1),
        noted(f"Storm, {kind}: asked again, after no answer or a refusal", storm.problems.total(), "times"),
        steady(f"Storm, {kind}: memory of the servers at the end", storm),
    ]


def kept(what: str, count: Counted) -> Result:
    told = f"{count.saved:,} saved, {count.lost:,} lost, {count.doubled:,} doubled"
    return Result(what, told, "", "", "0 lost, 0 doubled", (count.lost, count.doubled) == (0, 0))


def steady(what: str, storm: Storm) -> Result:
    start, end = storm.memory[0][1], storm.memory[-1][1]
    middle = next(memory for done, memory in storm.memory if done >= len(storm.phones) / 2)
    return ratio_at_most(
        what, end, middle, GROWTH, "MB", f"in the middle; before {number(start, 'MB')}", decimals=0
    )
