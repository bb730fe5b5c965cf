"""Without a finger: what has the focus is seen, and it goes along from screen to screen."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import move_in
from tests.browser.phone import Phone

# The focus behind the bar at the bottom, by its words.
COVERED = """() => {
  const has = document.activeElement, dock = document.querySelector(".dock").getBoundingClientRect();
  const { top, bottom } = has.getBoundingClientRect();
  const is_behind = top < dock.bottom && bottom > dock.top && !has.contains(document.body) && !has.closest(".dock");
  return is_behind ? has.textContent.trim() : "";
}"""


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_the_focus_is_never_behind_the_dock(phone: Phone) -> None:
    move_in(phone)
    page = phone.open("/customers")
    expect(page.locator("#customer-list .row").nth(20)).to_be_attached()
    covered = []
    for _ in range(30):
        page.keyboard.press("Tab")
        covered.append(page.evaluate(COVERED))
    assert [words for words in covered if words] == []


@pytest.mark.parametrize("browser", ["chromium", "firefox"], indirect=True)
def test_the_focus_goes_along_to_the_next_screen_and_stays_where_one_types(phone: Phone) -> None:
    move_in(phone)
    page = phone.open("/today")
    press(page, "nav.dock a[href='/customers']")
    expect(page.get_by_role("heading", name="Customers")).to_be_visible()
    expect(page.locator("main")).to_be_focused()
    page.locator("#q").press_sequentially("zzzz")
    expect(page.locator("#customer-list .row")).to_have_count(0)
    expect(page.locator("#q")).to_be_focused()


def press(page: Page, selector: str) -> None:
    page.locator(selector).focus()
    page.keyboard.press("Enter")
