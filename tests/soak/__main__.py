"""`python -m tests.soak --browser firefox --kills 30`: a real browser is killed again and again while it saves."""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

from tests.browser.company import Company, prepare, running_company
from tests.browser.hand import move_in
from tests.browser.held import held
from tests.browser.phone import Phone, wait_until
from tests.soak.killed import Tally, live_and_die
from tests.soak.unsteady import Unsteady

CUSTOMERS = 60
ALL_SENT_MS = 300_000


def main() -> int:
    asked = arguments()
    print(f"{asked.browser}, seed {asked.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="legwork-soak-") as name, sync_playwright() as playwright:
        folder = Path(name)
        (folder / "template").mkdir()
        prepare(folder / "template")
        with running_company(folder / "template", folder / "data") as company:
            return soak(playwright, company, folder / "profile", asked)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--browser", choices=("chromium", "firefox"), default="chromium")
    parser.add_argument("--kills", type=int, default=100, help="at least")
    parser.add_argument("--saves", type=int, default=5_000, help="acknowledged ones, at least")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000), help="of the moments")
    return parser.parse_args()


def soak(playwright: Playwright, company: Company, profile: Path, asked: argparse.Namespace) -> int:
    phone, tally, dice = (
        Phone(playwright, asked.browser, profile, company.origin),
        Tally(),
        random.Random(asked.seed),
    )
    customers, began = company.customers_of("alice", CUSTOMERS), time.monotonic()
    move_in(phone)
    with Unsteady(company, random.Random(asked.seed + 1)) as server:
        while tally.kills < asked.kills or len(tally.acknowledged) < asked.saves:
            live_and_die(phone, customers, dice, tally)
            tell_how_it_goes(tally)
    left = what_is_left(phone)
    print(
        f"{tally.kills} kills of the browser, {server.times} of the server, {time.monotonic() - began:.0f} s"
    )
    return 0 if is_well(tally, on_server(company), left) else 1


def tell_how_it_goes(tally: Tally) -> None:
    if tally.kills % 10 == 0:
        print(f"  {tally.kills} kills, {len(tally.acknowledged):,} saves acknowledged", flush=True)


def what_is_left(phone: Phone) -> list[str]:
    """In the outbox, when there was time to send it all."""
    page = phone.open("/outbox")
    wait_until(lambda: held(page).outbox == [], ALL_SENT_MS, page)
    left = held(page).outbox
    phone.close()
    return left


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
    """Each note is another one: heard twice, it was not one save that was acknowledged."""
    return len(set(tally.acknowledged)) == len(tally.acknowledged)


if __name__ == "__main__":
    sys.exit(main())
