"""`python -m tests.soak --browser firefox --kills 30`: a real browser is killed again and again while it saves."""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.company import Company, prepare, running_company
from tests.browser.phone import BrowserName, Phone
from tests.browser.webkit import WebKitPhone, display
from tests.soak.killed import Lives, PlaywrightLives, Tally, WebKitLives
from tests.soak.unsteady import Unsteady

CUSTOMERS = 60


def main() -> int:
    asked = arguments()
    print(f"{asked.browser}, seed {asked.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="legwork-soak-") as name:
        folder = Path(name)
        (folder / "template").mkdir()
        prepare(folder / "template")
        with (
            running_company(folder / "template", folder / "data") as company,
            lives_of(asked.browser, folder / "profile", company.origin) as lives,
        ):
            return soak(lives, company, asked)


@contextmanager
def lives_of(browser: str, profile: Path, origin: str) -> Iterator[Lives]:
    if browser == "webkit":
        with display() as screen:
            yield WebKitLives(WebKitPhone(screen, profile, origin))
    else:
        with sync_playwright() as playwright:
            name: BrowserName = "firefox" if browser == "firefox" else "chromium"
            yield PlaywrightLives(Phone(playwright, name, profile, origin))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--browser", choices=("chromium", "firefox", "webkit"), default="chromium")
    parser.add_argument("--kills", type=int, default=100, help="at least")
    parser.add_argument("--saves", type=int, default=5_000, help="acknowledged ones, at least")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000), help="of the moments")
    return parser.parse_args()


def soak(lives: Lives, company: Company, asked: argparse.Namespace) -> int:
    tally, dice = Tally(), random.Random(asked.seed)
    customers, began = company.customers_of("alice", CUSTOMERS), time.monotonic()
    lives.move_in()
    with Unsteady(company, random.Random(asked.seed + 1)) as server:
        while tally.kills < asked.kills or len(tally.acknowledged) < asked.saves:
            lives.live_and_die(customers, dice, tally)
            tell_how_it_goes(tally)
    left = lives.outbox_at_last()
    print(
        f"{tally.kills} kills of the browser, {server.times} of the server, {time.monotonic() - began:.0f} s"
    )
    return 0 if is_well(tally, on_server(company), left) else 1


def tell_how_it_goes(tally: Tally) -> None:
    if tally.kills % 10 == 0:
        print(f"  {tally.kills} kills, {len(tally.acknowledged):,} saves acknowledged", flush=True)


def on_server(company: Company) -> dict[str, int]:
    found = "SELECT note, count(*) FROM visits WHERE note LIKE 'Life %, visit %' GROUP BY note"
    return dict(company.ask(found))


def is_well(tally: Tally, there: dict[str, int], left: list[str]) -> bool:
    lost = [note for note in tally.acknowledged if note not in there]
    doubled = [note for note, times in there.items() if times > 1]
    unheard = set(there) - set(tally.acknowledged)
    print(f"{len(tally.acknowledged):,} saves acknowledged: {len(lost)} lost, {len(doubled)} doubled")
    print(
        f"{len(unheard)} more were saved and killed before they could say so; {len(left)} are in the outbox"
    )
    print(f"{len(tally.refused)} were refused {sorted(set(tally.refused))[:5]}")
    for note in [*lost, *doubled]:
        print(f"  {note}: {there.get(note, 0)} times on the server")
    return not (lost or doubled or left) and phone_was_true(tally)


def phone_was_true(tally: Tally) -> bool:
    """Every save has a note of its own, so a phone that acknowledges a note twice has acknowledged what was no save."""
    return len(set(tally.acknowledged)) == len(tally.acknowledged)


if __name__ == "__main__":
    sys.exit(main())
