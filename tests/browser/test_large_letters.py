"""Letters twice as large, as a phone's settings make them: nothing is cut off, nothing scrolls sideways. And thumbs."""

from collections.abc import Iterable

import pytest
from playwright.sync_api import Page

from tests.browser.company import Company
from tests.browser.hand import move_in
from tests.browser.phone import Phone
from tests.browser.test_accessible import OF_LEADERS, screens

# What stands beside the screen, and what is cut by a box that nobody can move: each by its words. What is in a box that
# moves by itself, as the columns of a board do, is in reach; so is what only screen readers get.
OUT_OF_REACH = """() => {
  const moves = (one) => ["auto", "scroll"].includes(getComputedStyle(one).overflowX);
  const boxes = (one) => (one ? [one, ...boxes(one.parentElement)] : []);
  const found = [];
  for (const one of document.querySelectorAll("body *:not(.unseen, .unseen *, .skip, svg *)")) {
    const { left, right, width, height } = one.getBoundingClientRect();
    if (!width || !height || !one.checkVisibility()) continue;
    const stands_out = left < -1 || right > innerWidth + 1;
    const is_cut = /hidden|clip/.test(getComputedStyle(one).overflowX) && one.matches("strong, .pill *")
      && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 4);
    if ((stands_out && !boxes(one).some(moves)) || is_cut) found.push(one.textContent.trim() || one.outerHTML);
  }
  const beside = document.documentElement.scrollWidth - innerWidth;
  return beside > 0 ? [`scrolls ${beside} px sideways`, ...found] : found;
}"""
ALL_UNFOLDED = "document.querySelectorAll('main details').forEach((one) => { one.open = true; })"
TWICE_AS_LARGE = "document.documentElement.style.fontSize = '200%'"


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
@pytest.mark.parametrize("who", ["alice", "wang"])
def test_every_screen_of_a_rep_holds_letters_twice_as_large(company: Company, phone: Phone, who: str) -> None:
    move_in(phone, who)
    assert out_of_reach(phone.open("/today"), phone.origin, screens(company, who)) == {}


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
@pytest.mark.parametrize("who", ["mei", "li"])
def test_every_screen_of_a_manager_holds_letters_twice_as_large(phone: Phone, who: str) -> None:
    move_in(phone, who)
    others = ("/report", "/team/buying", "/team/buying/orders", "/team/funnel", "/products", "/products/new")
    assert out_of_reach(phone.open("/team"), phone.origin, (*OF_LEADERS, *others)) == {}


def out_of_reach(page: Page, origin: str, paths: Iterable[str]) -> dict[str, list[str]]:
    """Of each screen that has any."""
    found: dict[str, list[str]] = {}
    for path in paths:
        page.goto(origin + path)
        page.evaluate(ALL_UNFOLDED)
        page.evaluate(TWICE_AS_LARGE)
        found[path] = page.evaluate(OUT_OF_REACH)
    return {path: wrong for path, wrong in found.items() if wrong}


WHOLE = """(text) => {
  const words = document.querySelector(".bar .pill span");
  words.textContent = text;
  return words.scrollWidth <= words.clientWidth;
}"""
PILLS = ("All sent", "12 waiting", "1 needs you", "2 files pending", "Somebody else is signed in")


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_pill_is_whole_on_the_narrowest_phone(phone: Phone) -> None:
    move_in(phone)
    page = phone.open("/customers")
    page.set_viewport_size({"width": 320, "height": 640})
    for path in ("/customers", "/more", "/today"):
        page.goto(phone.origin + path)
        assert [text for text in PILLS if not page.evaluate(WHOLE, text)] == [], path


# Apart from links in running text, and what a label or a wider box around it takes the tap for.
SMALL = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")]
  .filter((one) => one.checkVisibility() && !one.closest(".unseen, .skip"))
  .filter((one) => getComputedStyle(one).display !== "inline")
  .map((one) => [one, (one.closest("label, .search, .stepper") ?? one).getBoundingClientRect()])
  .filter(([one, { width, height }]) => width && (width < 44 || height < (one.matches(".pill") ? 36 : 44)))
  .map(([one]) => one.textContent.trim() || one.outerHTML)"""
# An iPhone zooms in on what is typed in smaller letters, and leaves the screen like that.
ZOOMED_IN_ON = """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
  .filter((one) => parseFloat(getComputedStyle(one).fontSize) < 16)
  .map((one) => one.outerHTML)"""


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
@pytest.mark.parametrize("who", ["alice", "wang", "mei", "li"])
def test_what_is_tapped_is_as_large_as_a_thumb_and_what_is_typed_as_an_iphone_wants(
    company: Company, phone: Phone, who: str
) -> None:
    move_in(phone, who)
    page = phone.open("/today")
    leads = who in ("mei", "li")
    paths = [*OF_LEADERS, "/team/funnel", "/library"] if leads else [*screens(company, who), "/library"]
    small = {}
    for path in paths:
        page.goto(phone.origin + path)
        page.evaluate(ALL_UNFOLDED)
        small[path] = page.evaluate(SMALL) + page.evaluate(ZOOMED_IN_ON)
    assert {path: found for path, found in small.items() if found} == {}
