"""A phone that goes from hand to hand: nobody sees or sends what another left on it."""

import pytest
from playwright.sync_api import expect

from tests.browser.company import Company
from tests.browser.hand import log_visit, move_in, pill, sign_in, wait_until_ready_for_offline
from tests.browser.network import Network
from tests.browser.phone import Phone, wait_until


def test_the_next_user_sees_and_sends_nothing_of_the_first(
    company: Company, network: Network, phone: Phone
) -> None:
    note = f"Only Alice may know, {phone.browser}"
    customer = company.customer_of("alice")
    move_in(phone)
    company.end_newest_session()
    page = phone.open(f"/customers/{customer.id}")
    log_visit(page, "Interested", note)

    page.goto(f"{network.origin}/sign-in")
    sign_in(page, "charlie")
    wait_until_ready_for_offline(page)
    network.turn("down")
    page.goto(f"{network.origin}/outbox")
    expect(page.locator(".outbox-row")).to_have_count(0)
    page.goto(f"{network.origin}/customers?q={customer.name}")
    expect(page.locator("#customer-list .row")).to_have_count(0)
    network.turn("up")
    page.goto(f"{network.origin}/today")
    expect(pill(page)).to_have_text("All sent")
    assert company.visits_noting(note) == 0

    company.end_newest_session()
    page.goto(f"{network.origin}/sign-in")
    sign_in(page)
    wait_until(lambda: company.authors_of(note) == ["alice@demo.test"], page=page)
    said = "[...document.cookie.matchAll(/(?:locale|time_zone)=[^;]*/g)].flat().sort()"
    assert page.evaluate(said)[0] == "locale=en", "for the page that knows nobody"
    assert page.evaluate(said)[1].startswith("time_zone=")
    expect(pill(page)).to_have_text("All sent")


def test_signed_out_without_a_signal_nothing_is_shown_and_the_server_hears_of_it_first(
    company: Company, network: Network, phone: Phone
) -> None:
    note = f"Kept locked, {phone.browser}"
    customer = company.customer_of("alice")
    move_in(phone)
    phone.close()
    page = phone.open(f"/customers/{customer.id}")
    left_open = page.context.new_page()
    left_open.goto(f"{network.origin}/customers")
    network.turn("down")
    log_visit(page, "Interested", note)
    page.goto(f"{network.origin}/more")
    page.locator("button[popovertarget=sign-out]").click()
    page.get_by_role("button", name="Keep them locked and sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Signed out")
    left_open.reload()
    for path in (f"/customers/{customer.id}", "/outbox", "/today"):
        page.goto(network.origin + path)
        expect(page.get_by_role("heading", level=1)).to_have_text("No signal")
    phone.kill()

    page = phone.open("/today")
    expect(page.get_by_role("heading", level=1)).to_have_text("No signal")
    network.turn("up")
    page.goto(f"{network.origin}/today")
    expect(page.locator("input[name=password]")).to_be_visible()
    assert company.visits_noting(note) == 0
    sign_in(page)
    wait_until(lambda: company.visits_noting(note) == 1, page=page)
    expect(pill(page)).to_have_text("All sent")


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_page_left_open_goes_when_its_user_does_and_is_the_next_users_before_they_type_in_it(
    company: Company, network: Network, phone: Phone
) -> None:
    move_in(phone, "charlie")
    assert phone.context is not None
    left_open = phone.open("/customers")
    left_open.evaluate("Object.defineProperty(document, 'hidden', { value: true })")  # as behind another tab
    page = phone.another_tab("/more")
    page.locator("button[popovertarget=sign-out]").click()
    page.get_by_role("button", name="Sign out", exact=True).last.click()
    expect(page.locator("input[name=password]")).to_be_visible()
    expect(left_open.locator("input[name=password]")).to_be_visible()

    sign_in(page, "charlie")
    wait_until_ready_for_offline(page)
    left_open.goto(f"{network.origin}/customers")
    company.end_newest_session()
    page.goto(f"{network.origin}/sign-in")
    sign_in(page)
    wait_until_ready_for_offline(page)
    alice = page.locator("html").get_attribute("data-user")
    assert alice
    expect(left_open.locator("html")).to_have_attribute("data-user", alice)
