"""What a phone could not send is carried in a file to another phone of the same user, and arrives once."""

from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from tests.browser.company import Company
from tests.browser.hand import choose_outcome, move_in, pill, save, write_note
from tests.browser.network import Network
from tests.browser.phone import BrowserName, Phone, wait_until


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_an_outbox_in_a_file_arrives_once(
    company: Company,
    network: Network,
    phone: Phone,
    playwright: Playwright,
    browser: BrowserName,
    tmp_path: Path,
) -> None:
    note, file = f"Carried in a file by {browser}", tmp_path / "outbox.json"
    move_in(phone)
    network.turn("down")
    page = phone.open(f"/visits/new?customer={company.customer_of('alice').id}")
    choose_outcome(page, "Ordered")
    write_note(page, note)
    save(page)
    expect(pill(page)).to_have_text("1 waiting")
    page.goto(f"{network.origin}/outbox")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export all as a file").click()
    download.value.save_as(file)

    other = Phone(playwright, browser, tmp_path / "other", f"http://127.0.0.1:{company.port}")
    move_in(other)
    page_of_other = other.open("/outbox")
    page_of_other.locator("input[type=file]").set_input_files(file)
    wait_until(lambda: company.visits_noting(note) == 1, page=page_of_other)
    expect(pill(page_of_other)).to_have_text("All sent")

    page_of_other.locator("input[type=file]").set_input_files(
        {"name": "photo.json", "mimeType": "application/json", "buffer": b"\xff\xd8 no outbox"}
    )
    expect(page_of_other.get_by_text("This file is not an outbox of yours.")).to_be_visible()
    other.close()

    network.turn("up")
    wait_until(lambda: pill(page).inner_text() == "All sent", page=page)
    assert company.visits_noting(note) == 1
