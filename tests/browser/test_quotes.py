"""A quote with the server away: found, put on, counted, killed in between, saved, handed on, ordered, sent once."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import Company
from tests.browser.hand import move_in, pill, save, wait_for_what_comes_later
from tests.browser.network import Network
from tests.browser.phone import Phone, wait_until
from tests.browser.test_place import allow

SHARED = """() => {
  window.shared = [];
  navigator.share = async (told) => { window.shared.push(told.text); };
}"""
# Such as a browser that has a share sheet, but not here, nor a clipboard.
REFUSED = """() => {
  navigator.share = () => Promise.reject(new DOMException("", "NotAllowedError"));
  navigator.clipboard.writeText = navigator.share;
}"""
KEPT = "document.querySelector('[data-draft-kept]')?.hasAttribute('data-all') === true"


def put_on(page: Page, typed: str) -> None:
    """By its code, as one types."""
    page.locator("input[name=q]").fill("")
    page.locator("input[name=q]").press_sequentially(typed)
    expect(page.locator("#found [name=add]")).to_have_count(1)
    page.locator("#found [name=add]").click()


def sign_contract(phone: Phone, page: Page, sale: str) -> None:
    """Written, signed with a finger, left before it is saved, and signed with what was drawn, where it is."""
    page.goto(f"{sale}/contracts/new")
    page.locator("[name=terms]").fill("As agreed.")
    page.locator("[name=amount_cents]").fill("1575")
    page.get_by_role("button", name="Save contract").click()
    expect(page.locator("[data-toast]")).to_contain_text("Contract saved")
    wait_until(lambda: page.evaluate("!document.querySelector('[data-pad]').hidden"), page=page)
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator("#strokes-error")).to_contain_text("Please sign in the field")
    expect(page.locator("#strokes-error")).to_be_in_viewport()
    page.locator("[name=signer]").fill("Ilse")
    draw(page)
    page.locator("[data-clear]").click()
    expect(page.locator("[name=strokes]")).to_have_value("")
    draw(page)
    wait_until(lambda: page.evaluate(KEPT), page=page)
    drawn = page.locator("[name=strokes]").input_value()
    page.reload()
    expect(page.locator("[name=strokes]")).to_have_value(drawn)
    expect(page.locator(".pad .ink path")).to_have_attribute("d", drawn)
    asks = page.locator("[data-ask-place]")
    expect(asks).to_be_visible()
    allow(phone, 48.1, 11.5)
    asks.click()
    expect(page.locator("[data-placed]")).to_be_visible()
    expect(asks).to_be_hidden()
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator(".paper .ink path")).to_have_attribute("d", drawn)
    expect(page.locator(".signed")).to_contain_text("48.100000, 11.500000, to within 12 m")
    expect(page.locator(".signed")).to_contain_text("The seal holds")


def draw(page: Page) -> None:
    pad = page.locator(".pad .ink")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    for start in (20, 120):
        page.mouse.move(box["x"] + start, box["y"] + 30)
        page.mouse.down()
        for step in range(1, 8):
            page.mouse.move(box["x"] + start + 9 * step, box["y"] + 30 + 40 * (step % 2))
        page.mouse.up()


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_quote_is_built_and_ordered_in_a_stairwell(
    company: Company, network: Network, phone: Phone
) -> None:
    sale, _ = company.longest_at_quote_of("bob")  # those of Alice are lost in test_pipeline.py
    move_in(phone, "bob")
    phone.close()
    network.turn("down")
    page = phone.open(f"/opportunities/{sale}/quotes/new")
    put_on(page, "RS-326")
    expect(page.locator(".quote-line")).to_have_count(1)
    page.locator("[name=more]").click()
    expect(page.locator("[name=line_quantity]")).to_have_value("2")
    page.locator("[name=line_discount]").press_sequentially("10")
    page.locator("[name=line_discount]").press("Tab")
    expect(page.locator(".quote-total")).to_contain_text("10% below list")
    put_on(page, "RW-032")
    expect(page.locator(".quote-line")).to_have_count(2)
    expect(page.locator("[name=line_discount]").first).to_have_value("10")
    total = page.locator(".quote-total strong").text_content()
    wait_until(lambda: page.evaluate(KEPT), page=page)
    phone.kill()

    page = phone.open(f"/opportunities/{sale}/quotes/new")
    expect(page.locator(".quote-line")).to_have_count(2)
    expect(page.locator("[name=line_quantity]").first).to_have_value("2")
    page.locator("[name=remove]").last.click()
    expect(page.locator(".quote-line")).to_have_count(1)
    put_on(page, "RW-032")
    expect(page.locator(".quote-total strong")).to_have_text(str(total))
    save(page)
    expect(page.locator("[data-toast]")).to_contain_text("Quote saved")
    wait_for_what_comes_later(page)
    page.evaluate(SHARED)
    page.evaluate("document.querySelector('[data-share]').hidden = false")
    page.locator("[data-share]").click()
    expect(page.locator(".paper-lines tfoot")).to_contain_text(str(total))
    assert f"Total: {total}" in page.evaluate("window.shared[0]")
    page.evaluate(REFUSED)
    page.locator("[data-share]").click()
    expect(page.locator("[data-share-text]")).to_contain_text(f"Total: {total}")
    expect(page.locator("[data-share-text]")).to_be_in_viewport()

    page.locator("button[value=accepted]").click()
    expect(page.locator("[data-toast]")).to_contain_text("Quote accepted")
    page.get_by_role("button", name="Place the order").click()
    expect(page.locator("[data-toast]")).to_contain_text("Order placed")
    page.get_by_role("button", name="Save payment").click()
    expect(page.locator("[data-toast]")).to_contain_text("Payment saved")
    placed = "SELECT count(*) FROM orders WHERE opportunity_id = :id"
    before = company.ask(placed, id=sale)

    sign_contract(phone, page, f"{network.origin}/opportunities/{sale}")
    network.turn("up")
    page.goto(f"{network.origin}/today")
    expect(pill(page)).to_have_text("All sent")
    signed = (
        "SELECT count(*) FROM contracts WHERE opportunity_id = :id AND signer = 'Ilse' AND seal IS NOT NULL"
    )
    assert company.ask(signed, id=sale) == [1]
    assert company.ask(placed, id=sale)[0] == before[0] + 1
