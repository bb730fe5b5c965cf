"""A manager asks with one tap a choice, and nothing that was typed is lost by it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hand import sign_in
from tests.browser.phone import TABLET, Phone


def tap(page: Page, name: str, value: str) -> None:
    page.locator(f"[name='{name}'][value='{value}']").check(force=True)


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_each_tap_is_answered_and_what_was_typed_stays(phone: Phone) -> None:
    phone.size = TABLET
    page = phone.open("/sign-in")
    sign_in(page, "mei")
    page.locator("a[href='/team/questions']").first.click()
    page.locator("a[href='/team/questions/new']").first.click()
    answer = page.locator(".answer h2")
    expect(answer).to_have_text("Visits by rep")
    page.locator("#name").fill("As I call it")
    tap(page, "measure", "open_amount")
    expect(answer).to_have_text("Open amount by rep")
    tap(page, "by", "stage")
    expect(answer).to_have_text("Open amount by stage")
    page.emulate_media(media="print")
    expect(answer).to_be_visible()
    page.emulate_media(media="screen")
    expect(page.locator("#name")).to_have_value("As I call it")
    tap(page, "measure", "visits")
    expect(page.locator("#by-error")).to_have_text("Visits cannot be told by Stage. Choose another one.")
    tap(page, "by", "customer_type")
    expect(answer).to_have_text("Visits by customer type")
    page.go_back()
    page.go_back()
    expect(answer).to_have_text("Open amount by stage")
    expect(page.locator("#name")).to_have_value("As I call it")
    page.locator("#name").fill("What stands where")
    page.get_by_role("button", name="Keep this question").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What stands where")
    page.get_by_role("button", name="Pin it to Team").click()
    expect(page.locator(".toasts")).to_contain_text("It is on Team now")
    page.goto(f"{phone.origin}/team")
    expect(page.locator(".pinned")).to_contain_text(["What stands where"])
    page.locator(".bars a").filter(has_text=re.compile("^Sales: Quote$")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Open amount")
    expect(page.locator(".list .row").first).to_be_visible()


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_on_paper_no_table_begins_beyond_the_margin(phone: Phone) -> None:
    phone.size = TABLET
    page = phone.open("/sign-in")
    sign_in(page, "mei")
    page.emulate_media(media="print")
    table = page.locator(".card:has(> .heat) .heat-table table")
    expect(table).to_be_visible()
    heading, box = page.locator("#heat-title").bounding_box(), table.bounding_box()
    assert heading
    assert box
    assert box["x"] >= heading["x"]


REPORT_ON_PAPER = """() => {
  const group = document.querySelector(".report .group");
  group.insertAdjacentHTML("beforeend", '<details class="fold"><summary>7 more</summary><ul></ul></details>');
  const [fold, summary] = [group.lastChild, group.lastChild.firstChild].map((part) => getComputedStyle(part));
  return [getComputedStyle(group).breakInside, fold.borderTopWidth, summary.display];
}"""


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_on_paper_a_long_part_of_the_report_goes_on_overleaf_as_one_list(phone: Phone) -> None:
    phone.size = TABLET
    page = phone.open("/sign-in")
    sign_in(page, "mei")
    page.goto(f"{phone.origin}/report")
    page.emulate_media(media="print")
    assert page.evaluate(REPORT_ON_PAPER) == ["auto", "0px", "none"]
