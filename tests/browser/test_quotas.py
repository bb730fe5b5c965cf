"""Quotas set on a tablet by keyboard, and what of it is won on a phone without a signal."""

import pytest
from playwright.sync_api import expect

from tests.browser.company import Company
from tests.browser.hand import move_in
from tests.browser.network import Network
from tests.browser.phone import TABLET, Phone


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_manager_fills_in_the_sheet_and_nothing_typed_is_lost(company: Company, phone: Phone) -> None:
    phone.size = TABLET
    move_in(phone, "mei")
    page = phone.open("/quotas?year=2031")
    alice, other = company.ask(
        "SELECT id FROM users WHERE email IN ('alice@demo.test', 'bob@demo.test') ORDER BY email"
    )
    first, second = (f"amount-{alice}-2031-{month}-01" for month in ("01", "04"))
    page.locator(f"[id='{first}']").fill("120,000")
    page.locator(f"[id='{second}']").fill("a lot")
    page.locator(f"[id='{second}']").press("Enter")
    expect(page.locator(f"[id='{second}-error']")).to_be_visible()
    expect(page.locator(f"[id='{second}']")).to_be_focused()
    expect(page.locator(f"[id='{first}']")).to_have_value("120,000")

    page.locator(f"[id='{second}']").fill("")
    page.locator("button[name=copy][value='2031-04-01']").click()
    expect(page.locator(f"[id='{second}']")).to_have_value("120,000")
    expect(page.locator(f"[id='amount-{other}-2031-04-01']")).to_have_value("")
    page.locator(f"[id='{second}']").fill("130000.50")
    page.locator(f"[id='{second}']").press("Enter")
    expect(page.locator("[data-toast]")).to_contain_text("Saved")
    expect(page.locator(f"[id='{first}']")).to_have_value("120,000")
    expect(page.locator(f"[id='{second}']")).to_have_value("130,000.50")
    page.reload()
    expect(page.locator(f"[id='{second}']")).to_have_value("130,000.50")


# The right edges of the texts of a column.
EDGES = """() => [...new Set([...document.querySelectorAll("details td:nth-child(2) a")].map((cell) => {
  const text = document.createRange();
  text.selectNodeContents(cell);
  return Math.round(text.getBoundingClientRect().right);
}))]"""


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_small_tablet_shows_every_quarter_and_amounts_in_line(phone: Phone) -> None:
    phone.size = {"width": 900, "height": 1000}
    move_in(phone, "mei")
    page = phone.open("/quotas")
    sheet = page.locator(".quota-sheet")
    assert sheet.evaluate("sheet => sheet.scrollWidth <= sheet.clientWidth")
    page = phone.open("/team/forecast")
    page.locator("details.further summary").click()
    assert len(page.evaluate(EDGES)) == 1


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_rep_reads_what_is_won_of_the_own_quota_without_a_signal(phone: Phone, network: Network) -> None:
    move_in(phone)
    network.turn("down")
    page = phone.open("/today")
    for path in ("/today", "/pipeline"):
        page.goto(network.origin + path)
        expect(page.locator("label[for=quota]")).to_contain_text("of €340,000 won this quarter")
