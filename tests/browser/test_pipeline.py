"""The pipeline with the server away, by keyboard: refused in the stairwell, lost with its reason, sent once."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import Company
from tests.browser.hand import move_in, pill
from tests.browser.network import Network
from tests.browser.phone import PHONE, TABLET, Phone, wait_until

# What a page does after its first second has been loaded.
COMES_LATER = "performance.getEntriesByType('resource').some(({ name }) => name.includes('/later.'))"


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
    expect(page.locator(".missing")).to_contain_text("a signed quote is missing")
    press(page, "a[href$='/move?to=contract'].button")
    press(page, ".save-bar button")
    expect(page.locator(".refusal")).to_have_text("Contract has to wait: a signed quote is missing.")

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


# The driver of Firefox moves its mouse without dragging.
@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_one_is_dragged_to_another_column_which_opens_the_sheet_of_moving_there(
    company: Company, phone: Phone
) -> None:
    sale, _ = company.longest_at_quote_of("bob")
    phone.size = TABLET
    move_in(phone, "bob")
    page = phone.open("/pipeline")
    wait_until(lambda: page.evaluate(COMES_LATER), page=page)
    card = page.locator(f"a.sale[href='/opportunities/{sale}']")
    card.drag_to(page.locator("#stage-quote header"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Pipeline")
    card.drag_to(page.locator("#stage-needs_confirmed header"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Move to Needs confirmed")


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
    page.locator(".stage-tabs a").last.click()
    expect(page.locator(".stage").last).to_be_in_viewport()
    expect(page.locator(".stage h2").last).to_be_in_viewport()
    page.locator("details.further summary").click()
    page.locator("#closing").select_option("none")
    expect(page.locator(".sale")).to_have_count(0)
    page.locator("#closing").select_option("")
    expect(page.locator(".sale")).to_have_count(total)
