"""Two taps: Call, and Log the call. With the server away, and though the page behind the dialler was thrown away."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import Company
from tests.browser.hand import move_in, pill, wait_for_what_comes_later
from tests.browser.network import Network
from tests.browser.phone import Phone

# There is no dialler here that could open; all else is as if there were.
NO_DIALLER = (
    "addEventListener('click', (event) => event.target.closest('[data-log]') && event.preventDefault())"
)
CALLS = "SELECT count(*) FROM visits WHERE kind = 'call' AND customer_id = :of AND withdrawn_at IS NULL"


def opened(company: Company, network: Network, phone: Phone) -> Page:
    move_in(phone)
    network.turn("down")
    page = phone.open(f"/customers/{company.customer_of('alice').id}")
    wait_for_what_comes_later(page)
    page.evaluate(NO_DIALLER)
    return page


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_call_is_logged_with_the_second_tap(company: Company, network: Network, phone: Phone) -> None:
    of = company.customer_of("alice").id
    before = company.ask(CALLS, of=of)[0]
    page = opened(company, network, phone)
    offer = page.locator("[data-log-offer]")
    expect(offer).to_be_hidden()
    page.locator(".doors a[data-log=call]").click()
    expect(offer).to_contain_text("Log the call")
    page.reload()
    page.locator("[data-log-offer] button[type=submit]").click()
    expect(page.locator("[data-toast]")).to_contain_text("Call logged")
    expect(offer).to_be_hidden()
    expect(page.locator(".timeline li").first).to_have_class("call")
    expect(page.locator(".timeline li").first).to_contain_text("waiting")

    network.turn("up")
    page.goto(f"{network.origin}/today")
    expect(pill(page)).to_have_text("All sent")
    assert company.ask(CALLS, of=of) == [before + 1]


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_who_does_not_want_it_logged_is_asked_no_more(
    company: Company, network: Network, phone: Phone
) -> None:
    page = opened(company, network, phone)
    page.locator(".doors a[data-log=message]").click()
    offer = page.locator("[data-log-offer]")
    expect(offer).to_contain_text("Log the message")
    offer.get_by_role("button", name="Do not log it").click()
    expect(offer).to_be_hidden()
    page.reload()
    wait_for_what_comes_later(page)
    expect(offer).to_be_hidden()
