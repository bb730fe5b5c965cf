"""What was looked for stays looked for: when something comes in meanwhile, and when one comes back to it."""

from playwright.sync_api import Page, expect

from tests.browser.company import Company
from tests.browser.hand import find_customer, log_visit, move_in, wait_for_what_comes_later
from tests.browser.network import Network
from tests.browser.phone import TABLET, Phone

DRAWN_ANEW = """() => new Promise((drawn) => {
  document.addEventListener("htmx:after:swap", () => drawn(), { once: true });
  new BroadcastChannel("legwork").postMessage({ type: "rows" });
})"""


def test_a_search_stays_when_something_comes_in_and_on_the_way_back(
    company: Company, network: Network, phone: Phone
) -> None:
    name = company.customers_of("alice", 9)[8].name
    move_in(phone)
    page = phone.open("/customers")
    page.locator("#q").press_sequentially(name)
    expect_only(page, name)
    page.evaluate(DRAWN_ANEW)
    expect_only(page, name)
    page.locator("#customer-list .row").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.go_back()
    expect(page.locator("#q")).to_have_value(name)
    expect_only(page, name)


def test_a_chip_keeps_what_was_typed_just_now(company: Company, network: Network, phone: Phone) -> None:
    name = company.customers_of("alice", 9)[8].name
    move_in(phone)
    page = phone.open("/customers")
    page.locator("#q").press_sequentially(name)
    expect_only(page, name)
    page.locator(".chip", has_text="Going cold").click()
    expect(page.locator(".chip[aria-current]")).to_have_text("Going cold")
    expect(page.locator("#q")).to_have_value(name)


def test_whom_one_looked_for_and_did_not_find_is_not_typed_twice(
    company: Company, network: Network, phone: Phone
) -> None:
    move_in(phone)
    page = phone.open("/customers")
    page.locator("#q").press_sequentially("Nobody Yet")
    expect(page.locator("#customer-list .empty")).to_be_visible()
    page.get_by_role("link", name="Add a customer").click()
    expect(page.locator("#name")).to_have_value("Nobody Yet")
    page.locator("#name").fill("Nobody Yet Ltd")
    expect(page.locator("[data-draft-kept]")).to_have_attribute("data-all", "")
    page.goto(f"{network.origin}/visits/new")
    page.locator("#who a", has_text="Change").click()
    page.locator("#who [name=q]").press_sequentially("Somebody")
    page.locator("#picker-list").get_by_role("link", name="Add a customer").click()
    expect(page.locator("#name")).to_have_value("Nobody Yet Ltd")  # what was typed before comes first


def test_a_search_beside_a_customer_leaves_the_address_to_the_customer(
    company: Company, network: Network, phone: Phone
) -> None:
    one, other = company.customers_of("alice", 2)
    phone.size = TABLET
    move_in(phone)
    page = phone.open(f"/customers/{one.id}")
    page.locator(".side #q").press_sequentially(other.name)
    expect_only(page, other.name)
    assert page.url == f"{network.origin}/customers/{one.id}"


def test_the_link_to_the_list_leads_back_to_what_was_looked_for(
    company: Company, network: Network, phone: Phone
) -> None:
    """Also past what was done at the customer meanwhile."""
    name = company.customers_of("alice", 9)[8].name
    move_in(phone)
    page = phone.open("/today")
    wait_for_what_comes_later(page)
    find_customer(page, name)
    log_visit(page, "Interested", "Wants samples")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.locator(".bar .back").click()
    expect(page.locator("#q")).to_have_value(name)
    expect_only(page, name)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Customers")


def test_who_came_from_elsewhere_is_led_to_the_whole_list(
    company: Company, network: Network, phone: Phone
) -> None:
    name = company.customers_of("alice", 9)[8].name
    move_in(phone)
    page = phone.open("/today")
    wait_for_what_comes_later(page)
    find_customer(page, name)
    page.locator("nav.dock a[href='/today']").click()
    page.locator("main a[href^='/customers/']").first.click()
    expect(page.locator(".bar .back")).to_have_text("Customers")
    page.locator(".bar .back").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Customers")
    expect(page.locator("#q")).to_have_value("")


def expect_only(page: Page, name: str) -> None:
    rows = page.locator("#customer-list .row")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(name)
