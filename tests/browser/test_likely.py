"""While a customer is added: one's own likely duplicates without a signal, a colleague's with one, and asking."""

import pytest
from playwright.sync_api import expect

from tests.browser.company import Company
from tests.browser.hand import move_in
from tests.browser.network import Network
from tests.browser.phone import Phone

pytestmark = pytest.mark.parametrize("browser", ["chromium"], indirect=True)


def test_a_colleagues_customer_is_named_and_asked_for(
    company: Company, network: Network, phone: Phone
) -> None:
    [(customer_id, name)] = company.ask(
        "SELECT customers.id, customers.name FROM customers JOIN users ON users.id = owner_id "
        "WHERE users.email = 'charlie@demo.test' AND customers.id NOT IN (SELECT customer_id FROM access_requests) "
        "AND customers.name_key NOT IN (SELECT name_key FROM customers GROUP BY name_key HAVING count(*) > 1) "
        "ORDER BY customers.id LIMIT 1"
    )
    move_in(phone)
    page = phone.open("/customers/new")
    page.locator("#name").press_sequentially(name.upper())
    row = page.locator("#elsewhere li")
    expect(row).to_contain_text("Already looked after by Charlie Petersen")
    row.get_by_role("button", name="Ask for access").click()
    expect(row).to_contain_text("Asked")
    asked = "SELECT count(*) FROM access_requests WHERE customer_id = :id"
    assert company.ask(asked, id=customer_id) == [1]
    expect(page.locator("#name")).to_have_value(name.upper())


def test_ones_own_are_found_without_a_signal_and_saving_anyway_takes_no_second_tap(
    company: Company, network: Network, phone: Phone
) -> None:
    own = company.customer_of("alice")
    move_in(phone)
    network.turn("down")
    page = phone.open("/customers/new")
    page.locator("#name").press_sequentially(f"{own.name} Ltd")
    expect(page.locator("#likely a.row").first).to_contain_text(own.name)
    expect(page.locator("#elsewhere")).to_be_empty()
    page.locator(".save-bar button").click()
    expect(page.locator("[data-toast]")).to_contain_text("Customer saved")


def test_who_saves_before_looking_is_shown_first(company: Company, network: Network, phone: Phone) -> None:
    own = company.customer_of("alice")
    move_in(phone)
    network.turn("down")
    page = phone.open("/customers/new")
    page.locator("#name").fill(own.name)
    page.evaluate("document.querySelector('.save-bar button').click()")
    expect(page.locator("#likely a.row").first).to_contain_text(own.name)
    page.locator(".save-bar button").click()
    expect(page.locator("[data-toast]")).to_contain_text("Customer saved")
