"""Today's promises: kept and moved by a swipe of a finger, by one tap, and from the keyboard."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.finger import Finger, middle_of
from tests.browser.hand import move_in, wait_for_what_comes_later
from tests.browser.network import Network
from tests.browser.phone import Phone

ROW = ".due-row"


def opened(network: Network, phone: Phone) -> Page:
    """Today of Bob, who promised much, with the server away."""
    move_in(phone, "bob")
    network.turn("down")
    page = phone.open("/today")
    expect(page.locator(ROW).first).to_be_visible()
    wait_for_what_comes_later(page)
    return page


def swipe(page: Page, row: Locator, across: int, down: int = 0) -> None:
    x, y = middle_of(row)
    finger = Finger(page)
    finger.touch(x, y)
    finger.move(x + across, y + down)
    finger.leave()


def what_of(row: Locator) -> str:
    return row.get_attribute("id") or ""


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_swipe_to_the_right_keeps_a_promise(network: Network, phone: Phone) -> None:
    page = opened(network, phone)
    row = page.locator(ROW).first
    kept = what_of(row)
    swipe(page, row, 150)
    expect(page.locator("[data-toast]")).to_contain_text("Done")
    expect(page.locator(f"#{kept}")).to_have_count(0)
    assert page.url == f"{network.origin}/today"
    page.locator("[data-toast] button").click()
    expect(page.locator(f"#{kept}")).to_be_visible()


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_swipe_to_the_left_asks_when_and_moves_it(network: Network, phone: Phone) -> None:
    page = opened(network, phone)
    row = page.locator(ROW).first
    moved = what_of(row)
    swipe(page, row, -150)
    row.locator(".sheet button.choice").first.click()
    expect(page.locator("[data-toast]")).to_contain_text("Moved to another day")
    expect(page.locator(f"#{moved}")).to_have_count(0)


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_short_or_a_slanted_swipe_does_nothing(network: Network, phone: Phone) -> None:
    page = opened(network, phone)
    rows = page.locator(ROW).count()
    swipe(page, page.locator(ROW).first, 60)
    swipe(page, page.locator(ROW).first, -60, 90)
    page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
    expect(page.locator(ROW)).to_have_count(rows)
    expect(page.locator("[data-toast]")).to_have_count(0)
    expect(page.locator(".sheet:popover-open")).to_have_count(0)
    assert page.locator(ROW).first.evaluate("row => row.style.transform") == ""


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_second_tap_at_the_same_place_is_none(network: Network, phone: Phone) -> None:
    page = opened(network, phone)
    rows = page.locator(ROW).count()
    Finger(page).tap_twice(*middle_of(page.locator(f"{ROW} .tick").first))
    expect(page.locator("[data-toast]")).to_contain_text("Done")
    expect(page.locator(ROW)).to_have_count(rows - 1)
    page.locator(f"{ROW} .tick").first.dblclick()
    expect(page.locator(ROW)).to_have_count(rows - 2)
    page.locator("nav.dock .plus").click()
    page.locator("#outcome-field label").first.click()
    Finger(page).tap_twice(*middle_of(page.locator(".save-bar button")))
    expect(page.locator("[data-toast]")).to_contain_text("Visit saved")
    page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
    assert "/visits/new" not in page.url, "the button to log a visit lies where Save lay"


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_one_tap_and_the_keyboard_do_the_same(network: Network, phone: Phone) -> None:
    page = opened(network, phone)
    tapped, typed, moved = (what_of(page.locator(ROW).nth(at)) for at in range(3))
    page.locator(f"#{tapped} .tick").click()
    expect(page.locator(f"#{tapped}")).to_have_count(0)
    page.locator(f"#{typed} .tick").press("Enter")
    expect(page.locator(f"#{typed}")).to_have_count(0)
    page.locator(f"#{moved} .when").press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(f"#{moved}")).to_have_count(0)
    expect(page.locator("[data-toast]")).to_contain_text("Moved to another day")
