"""Undo: there for ten seconds. With the server away, the visit goes from the screen and never counts on the server."""

import pytest
from playwright.sync_api import expect

from tests.browser.company import Company
from tests.browser.hand import log_visit, move_in, pill
from tests.browser.network import Network
from tests.browser.phone import Phone


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_undo_takes_a_visit_back_that_the_server_never_saw(
    company: Company, network: Network, phone: Phone
) -> None:
    note = f"Tapped by mistake, {phone.browser}"
    move_in(phone)
    network.turn("down")
    page = phone.open(f"/customers/{company.customer_of('alice').id}")
    log_visit(page, "Ordered", note)
    expect(page.locator("main")).to_contain_text(note)
    # What is out of sight comes after what is seen, and works like it.
    expect(page.locator(".timeline > li")).to_have_count(10)
    expect(page.locator(".timeline-group ~ .group a[href^='/']:not([data-htmx-powered])")).to_have_count(0)
    expect(page.locator(".timeline-group ~ .group a[href^='/']")).not_to_have_count(0)
    page.locator("[data-toast] button").click()
    expect(page.locator("[data-toast]")).to_contain_text("Undone")
    expect(page.locator("main")).not_to_contain_text(note)

    network.turn("up")
    page.goto(f"{network.origin}/today")
    expect(pill(page)).to_have_text("All sent")
    assert company.ask(
        "SELECT count(*) FROM visits WHERE note = :note AND withdrawn_at IS NULL", note=note
    ) == [0]


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_undo_stays_when_the_screen_is_drawn_anew(company: Company, phone: Phone) -> None:
    move_in(phone)
    page = phone.open(f"/customers/{company.customer_of('alice').id}")
    log_visit(page, "Ordered", "Sent at once, and come back")
    page.locator("[data-toast]").hover()  # stops its ten seconds, however slow this machine is
    # What was sent comes back with the next pull, and the screen is drawn anew.
    expect(page.locator(".timeline > li").first).not_to_contain_text("waiting")
    expect(page.locator("[data-toast] button")).to_have_text("Undo")
