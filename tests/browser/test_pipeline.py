"""The pipeline: with the server away and by keyboard, on the board by mouse and by finger."""

from urllib.parse import urljoin

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.company import Company
from tests.browser.finger import Finger, middle_of
from tests.browser.hand import move_in, pill, sign_in, wait_for_what_comes_later
from tests.browser.network import Network
from tests.browser.phone import PHONE, TABLET, Phone, wait_until


def press(page: Page, selector: str) -> None:
    """As one gets there by Tab: what cannot have the focus cannot be pressed."""
    page.locator(selector).first.focus()
    expect(page.locator(selector).first).to_be_focused()
    page.keyboard.press("Enter")


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_stage_insists_without_a_signal_and_by_keyboard(
    company: Company, network: Network, phone: Phone
) -> None:
    sale, _ = company.longest_at_quote_of("alice")
    phone.size = TABLET
    move_in(phone)
    network.turn("down")
    page = phone.open("/pipeline")
    press(page, f"a.sale[href='/opportunities/{sale}']")
    expect(page.locator(".missing")).to_contain_text("a quote signed on paper is missing")
    press(page, "a[href$='/move?to=contract'].button")
    press(page, ".save-bar button")
    expect(page.locator(".refusal")).to_have_text("Contract has to wait: a quote signed on paper is missing.")

    reason = f"Their price, {phone.browser}"
    page.goto(f"{network.origin}/opportunities/{sale}/move?to=lost")
    page.locator("#lost_reason").press_sequentially(reason)
    page.locator("#lost_reason").press("Enter")
    expect(page.locator("[data-toast]")).to_contain_text("Moved")
    expect(page.locator("main")).to_contain_text("Quote → Lost")
    assert company.ask("SELECT stage FROM opportunities WHERE id = :id", id=sale) == ["quote"]

    network.turn("up")
    page.goto(f"{network.origin}/today")
    expect(pill(page)).to_have_text("All sent")
    assert company.ask("SELECT stage, lost_reason FROM opportunities WHERE id = :id", id=sale) == [
        ("lost", reason)
    ]


def board_of_bob(phone: Phone) -> Page:
    phone.size = TABLET
    page = phone.open()
    sign_in(page, "bob")
    return see_board(page)


def see_board(page: Page) -> Page:
    page.goto(urljoin(page.url, "/pipeline"))
    wait_for_what_comes_later(page)
    return page


def card_of(page: Page, sale: str) -> Locator:
    return page.locator(f".board a.sale[href='/opportunities/{sale}']")


def column(page: Page, stage: str) -> Locator:
    return page.locator(f"#stage-{stage}")


def test_one_is_dragged_to_another_column_which_opens_the_sheet_of_moving_there(
    company: Company, phone: Phone
) -> None:
    sale, _ = company.longest_at_quote_of("bob")
    page = board_of_bob(phone)
    card, lifted = card_of(page, sale), page.locator(".lifted")

    def take_to(stage: str) -> None:
        card.hover()
        page.mouse.down()
        page.mouse.move(*middle_of(column(page, stage).locator("header")), steps=4)
        expect(lifted).to_be_visible()

    take_to("quote")
    expect(page.locator("[data-over]")).to_have_count(0)
    page.mouse.up()
    expect(lifted).to_have_count(0)
    take_to("needs_confirmed")
    expect(column(page, "needs_confirmed")).to_have_attribute("data-over", "")
    page.keyboard.press("Escape")
    expect(lifted).to_have_count(0)
    page.mouse.up()
    expect(page).to_have_url(f"{phone.origin}/pipeline")
    take_to("needs_confirmed")
    page.mouse.up()
    expect(page.get_by_role("heading", level=1)).to_have_text("Move to Needs confirmed")

    see_board(page)
    card.click()
    expect(page).to_have_url(f"{phone.origin}/opportunities/{sale}")


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_finger_takes_one_up_by_holding_it_and_scrolls_and_taps_as_everywhere(
    company: Company, phone: Phone
) -> None:
    sale, _ = company.longest_at_quote_of("bob")
    page = board_of_bob(phone)
    card, lifted, finger = card_of(page, sale), page.locator(".lifted"), Finger(page)
    scrolled = "document.querySelector('.board').scrollLeft"
    card.scroll_into_view_if_needed()

    def swiped() -> bool:
        """On a machine that stands still meanwhile it would be a hold, and dropped where it was."""
        x, y = middle_of(card)
        finger.touch(x + 50, y)
        finger.move(x - 50, y)
        finger.leave()
        return bool(page.evaluate(scrolled))

    wait_until(swiped, page=page)
    expect(page).to_have_url(f"{phone.origin}/pipeline")
    expect(lifted).to_have_count(0)

    see_board(page)  # from its left end, and standing still
    card.scroll_into_view_if_needed()
    finger.touch(*middle_of(card))
    expect(lifted).to_be_visible()
    finger.lose()
    expect(lifted).to_have_count(0)

    finger.touch(*middle_of(card))
    expect(lifted).to_be_visible()
    finger.move(*middle_of(column(page, "needs_confirmed").locator("header")))
    expect(column(page, "needs_confirmed")).to_have_attribute("data-over", "")
    finger.move(TABLET["width"] - 40, finger.at[1])
    expect(column(page, "lost")).to_have_attribute("data-over", "")
    finger.leave()
    expect(page.get_by_role("heading", level=1)).to_have_text("Move to Lost")

    see_board(page)
    card.tap()
    expect(page).to_have_url(f"{phone.origin}/opportunities/{sale}")


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_the_board_is_filtered_by_a_choice_and_gone_through_by_its_tabs(phone: Phone) -> None:
    move_in(phone)
    page = phone.open("/pipeline")
    total = page.locator(".sale").count()
    page.set_viewport_size(TABLET)
    amounts = page.locator(".board .tag").evaluate_all("all => all.map((one) => one.offsetHeight)")
    assert len(set(amounts)) == 1, "an amount is broken in two"
    page.set_viewport_size(PHONE)
    sale = page.locator(".sale").first
    sale.locator(".tag").evaluate("one => { one.textContent = '€90,071,992,547,409.91' }")
    assert sale.locator(".text").evaluate("one => 3 * one.offsetWidth > one.parentElement.offsetWidth")
    page.locator(".sideways a").last.click()
    expect(page.locator(".stage").last).to_be_in_viewport()
    expect(page.locator(".stage h2").last).to_be_in_viewport()
    page.locator("details.further summary").click()
    page.locator("#closing").select_option("none")
    expect(page.locator(".sale")).to_have_count(0)
    page.locator("#closing").select_option("")
    expect(page.locator(".sale")).to_have_count(total)


MAKE_THE_FIRST_LONG = """() => {
  const [first, , third] = document.querySelectorAll(".board > .stage");
  const card = document.querySelector(".board .sale").closest("li");
  const list = document.createElement("ul");
  for (let n = 0; n < 40; n += 1) list.append(card.cloneNode(true));
  first.append(list);
  for (const one of third.querySelectorAll("ul")) one.remove();
}"""
NOTHING_BELOW = """(at) => {
  const stage = document.querySelectorAll(".board > .stage")[at];
  const [last] = [...stage.children].slice(-1);
  const below = document.documentElement.scrollHeight - scrollY - last.getBoundingClientRect().bottom;
  return document.documentElement.scrollHeight <= innerHeight || below < 160;
}"""
HEADINGS_ARE_WHOLE = """() => [...document.querySelectorAll(".board > .stage > header")].every((header) =>
  header.firstElementChild.getBoundingClientRect().top >= header.getBoundingClientRect().top - 1)"""


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_beside_a_long_stage_a_short_one_has_no_emptiness_below(phone: Phone) -> None:
    move_in(phone)
    page = see_board(phone.open("/pipeline"))
    page.evaluate(MAKE_THE_FIRST_LONG)
    tabs = page.locator(".sideways a")
    first, third = page.locator(".stage").nth(0), page.locator(".stage").nth(2)
    tabs.nth(2).click()
    expect(third.locator("h2")).to_be_in_viewport()
    wait_until(lambda: page.evaluate(NOTHING_BELOW, 2), page=page)
    assert page.evaluate(HEADINGS_ARE_WHOLE)
    tabs.nth(0).click()
    expect(first.locator("h2")).to_be_in_viewport()
    wait_until(lambda: page.evaluate(NOTHING_BELOW, 0), page=page)
    assert page.evaluate("document.documentElement.scrollHeight > 3 * innerHeight")
    page.set_viewport_size(TABLET)
    tabs_away = "[...document.querySelectorAll('.board > .stage')].every((one) => one.style.contain === '')"
    wait_until(lambda: page.evaluate(tabs_away), page=page)
