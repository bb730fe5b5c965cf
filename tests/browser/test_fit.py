"""How screens hold what is on them: side by side where there is room, in sight where chosen, alike where alike."""

from typing import Final

import pytest

from tests.browser.company import Company
from tests.browser.hand import move_in, wait_for_what_comes_later
from tests.browser.phone import TABLET, Phone

# What leads on stands at the end of the row's first line, however much there is to read before it.
BELOW: Final = """() => [...document.querySelectorAll("main .list > li > a.row:has(> .icon:last-child)")]
  .filter((row) => row.lastElementChild.getBoundingClientRect().top
    > row.querySelector(".text").getBoundingClientRect().bottom)
  .map((row) => row.textContent.trim())"""
# Of rows with a fact at their edge: a button that takes a line of its own, or that lies over words.
NOT_BESIDE: Final = """() => [...document.querySelectorAll(".list > li > .row:has(> .tag) ~ .icon-button")]
  .filter((button) => {
    const [at, row] = [button.getBoundingClientRect(), button.parentElement.firstElementChild];
    const over = ({ left, right, top, bottom }) =>
      left < at.right && right > at.left && top < at.bottom && bottom > at.top;
    return at.bottom > row.getBoundingClientRect().bottom + 1
      || [...row.querySelectorAll(".text, .tag")].some((one) => over(one.getBoundingClientRect()));
  })
  .map((button) => button.ariaLabel)"""
OUT_OF_SIGHT: Final = """() => [...document.querySelectorAll(".chips .chip:is([aria-current], :has(:checked))")]
  .filter((chip) => chip.checkVisibility())
  .filter((chip) => chip.getBoundingClientRect().left < 0 || chip.getBoundingClientRect().right > innerWidth)
  .map((chip) => chip.textContent.trim())"""
SHAPE: Final = """(button) => {
  const { borderRadius, minHeight, fontSize } = getComputedStyle(button);
  return [borderRadius, minHeight, fontSize].join(" ");
}"""
# Of each text on several lines whose last holds next to nothing, its end.
ALONE: Final = """() => [...document.querySelectorAll("main :is(p, small, strong, li > span)")]
  .filter((one) => one.checkVisibility())
  .filter((one) => {
    const range = document.createRange();
    range.selectNodeContents(one);
    const lines = {};
    for (const { left, right, bottom } of range.getClientRects()) {
      const line = (lines[Math.round(bottom / 6)] ??= [left, right]);
      [line[0], line[1]] = [Math.min(line[0], left), Math.max(line[1], right)];
    }
    const widths = Object.values(lines).map(([left, right]) => right - left);
    return widths.length > 1 && widths.at(-1) < 0.15 * Math.max(...widths);
  })
  .map((one) => one.textContent.trim().slice(-30))"""
TALLER_BY: Final = "document.documentElement.scrollHeight - innerHeight"


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_what_leads_on_stands_beside_what_is_read(phone: Phone) -> None:
    move_in(phone, "dora")
    paths = ("/products", "/people", "/custom-fields", "/pipelines")
    assert {path: below for path in paths if (below := phone.open(path).evaluate(BELOW))} == {}


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_what_can_be_done_behind_a_number_takes_no_line_of_its_own(phone: Phone) -> None:
    move_in(phone, "mei")
    page = phone.open("/team")
    for path in ("/team/cold", "/team/late", "/team/open", "/team/won"):
        page.goto(phone.origin + path)
        assert page.locator("main .list .icon-button").count() > 1
        assert page.evaluate(NOT_BESIDE) == [], path
    page.set_viewport_size(TABLET)
    page.goto(f"{phone.origin}/team/buying")  # half as wide as the screen: there is room in the line itself
    middles = page.locator(".list > li > .icon-button, .list > li:has(> .icon-button) .tag").evaluate_all(
        "all => all.slice(0, 3).map((one) => one.getBoundingClientRect()).map(({ top, bottom }) => top + bottom)"
    )
    assert max(middles) - min(middles) < 2


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_what_was_chosen_is_in_sight_where_chips_move_sideways(phone: Phone) -> None:
    move_in(phone, "mei")
    page = phone.open("/team")
    asked = "/team/questions/new?measure=won_amount&by=month&period=twelve_months"
    for path in (asked, "/team/funnel?by=product"):
        page.goto(phone.origin + path)
        wait_for_what_comes_later(page)
        assert page.evaluate(OUT_OF_SIGHT) == [], path
    assert page.locator("main h2").first.bounding_box()["y"] < 0.6 * page.viewport_size["height"]  # type: ignore[index]


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_forms_end_with_the_same_button(phone: Phone) -> None:
    move_in(phone, "dora")
    page = phone.open("/people/new")
    expected = page.locator("main form button[type=submit]").last.evaluate(SHAPE)
    found = {}
    for path in ("/products/new", "/custom-fields", "/letterhead", "/library/new", "/team/filter"):
        page.goto(phone.origin + path)
        found[path] = page.locator("main form button[type=submit]").last.evaluate(SHAPE)
    assert {path: shape for path, shape in found.items() if shape != expected} == {}


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_short_form_fills_the_screen_and_no_more(company: Company, phone: Phone) -> None:
    move_in(phone)
    customer = company.customer_of("alice").id
    page = phone.open(f"/visits/plan?customer={customer}")
    assert page.evaluate(TALLER_BY) == 0
    page.goto(f"{phone.origin}/follow-ups/new?customer={customer}")
    assert page.evaluate(TALLER_BY) == 0


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
@pytest.mark.parametrize("who", ["alice", "wang"])
def test_no_text_ends_with_a_line_of_next_to_nothing(phone: Phone, who: str) -> None:
    move_in(phone, who)
    page = phone.open("/more")
    left_over: dict[tuple[str, int], list[str]] = {}
    for path in ("/more/help", "/customers/new", "/more/install"):
        page.goto(phone.origin + path)
        for width in range(340, 431, 15):
            page.set_viewport_size({"width": width, "height": 844})
            left_over[path, width] = page.evaluate(ALONE)
    assert {where: ends for where, ends in left_over.items() if ends} == {}


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_day_below_what_is_due_leaves_no_hole(phone: Phone) -> None:
    """On the narrowest phone the day stands on a line of its own, as far down as a tag needs to."""
    move_in(phone)
    page = phone.open("/today")
    page.set_viewport_size({"width": 320, "height": 640})
    gaps = page.locator(".due-row").evaluate_all(
        "rows => rows.map((row) => row.querySelector('.when .tag').getBoundingClientRect().top"
        " - row.querySelector('.text small').getBoundingClientRect().bottom)"
    )
    assert len(gaps) > 1
    assert max(gaps) < 24


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_name_that_is_read_from_the_right_stands_where_the_others_do(phone: Phone) -> None:
    move_in(phone)
    page = phone.open("/customers")
    away = page.locator("#customer-list strong").first.evaluate(
        "(name) => { name.textContent = 'חברת הצפון'; const words = document.createRange();"
        " words.selectNodeContents(name);"
        " return words.getBoundingClientRect().left - name.getBoundingClientRect().left; }"
    )
    assert abs(away) < 2


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_customer_is_seen_at_a_glance(company: Company, phone: Phone) -> None:
    """The filters of the timeline take one line, what takes a planned visit back is at the edge of its row, and on the
    narrowest phone no door stands alone."""
    planned = company.ask(
        "SELECT customer_id FROM visits JOIN users ON users.id = author_id WHERE email = 'alice@demo.test'"
        " AND planned_on IS NOT NULL AND started_at IS NULL AND withdrawn_at IS NULL ORDER BY planned_on DESC"
    )
    move_in(phone)
    page = phone.open(f"/customers/{planned[0]}")
    assert page.locator(".timeline-group .chips").evaluate("(chips) => chips.clientHeight") < 64
    row = page.locator(".group .row:has(form[action$='/cancel'])").first
    tag, button = row.locator(".tag").bounding_box(), row.locator(".icon-button").bounding_box()
    assert tag is not None
    assert button is not None
    assert tag["x"] + tag["width"] <= button["x"]
    page.set_viewport_size({"width": 320, "height": 640})
    tops = page.locator(".door").evaluate_all(
        "doors => doors.map((door) => door.getBoundingClientRect().top)"
    )
    assert [tops.count(top) for top in sorted(set(tops))] in ([1], [2], [3], [2, 2])


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_whoever_finds_nobody_to_visit_adds_them(phone: Phone) -> None:
    move_in(phone)
    page = phone.open("/visits/plan?q=qqqq")
    for found in ("#plan-list", "#picker-list"):
        assert page.locator(f"{found} a").get_attribute("href") == "/customers/new"
        row, said = (page.locator(f"{found} {part}").bounding_box() for part in ("li", ".text"))
        assert row is not None
        assert said is not None
        assert said["x"] - row["x"] < 24, found
        page.goto(f"{phone.origin}/visits/new/customers?q=qqqq")
