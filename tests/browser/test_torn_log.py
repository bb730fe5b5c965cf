"""A kill in the middle of a write, two starts later: Chromium takes what it wrote behind it for broken."""

from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import expect

from tests.browser.company import Company
from tests.browser.hand import log_visit, move_in, pill
from tests.browser.network import Network
from tests.browser.phone import Phone, wait_until

# LevelDB's log: blocks of records, each behind a sum, its length and its kind, in a write of their own.
BLOCK, HEADER, WHOLE = 32_768, 7, 1
TORN_BYTES: Final = 200


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_what_is_saved_behind_a_record_that_a_kill_cut_off_outlives_the_next_kill(
    company: Company, network: Network, phone: Phone
) -> None:
    note = "Behind a torn record"
    move_in(phone)
    phone.close()
    phone.open("/today")
    phone.kill()
    tear_the_log(phone.profile)
    network.turn("down")
    log_visit(phone.open(f"/customers/{company.customer_of('alice').id}"), "Interested", note)
    phone.kill()
    page = phone.open("/outbox")
    expect(pill(page)).to_have_text("1 waiting")
    network.turn("up")
    wait_until(lambda: company.visits_noting(note) == 1, page=page)


def tear_the_log(profile: Path) -> None:
    """As a kill does between the two writes: what the record is said to hold has not come."""
    [log] = (profile / "Default" / "IndexedDB").glob("*.leveldb/*.log")
    room = BLOCK - log.stat().st_size % BLOCK
    with log.open("ab") as file:
        if room <= HEADER:
            file.write(bytes(room))
            room = BLOCK
        length = min(TORN_BYTES, room - HEADER)
        file.write(b"torn" + length.to_bytes(2, "little") + bytes([WHOLE]))
