"""What stands side by side stands in one line, and what has room is whole."""

import pytest
from playwright.sync_api import expect

from tests.browser.company import Company
from tests.browser.hand import move_in
from tests.browser.phone import PHONE, TABLET, Phone
from tests.browser.test_team import log_a_visit

UPRIGHT = {"width": TABLET["height"], "height": TABLET["width"]}
TOPS = "(them) => [...new Set(them.map((one) => Math.round(one.getBoundingClientRect().top)))]"


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_column_with_something_stuck_begins_where_the_others_do(phone: Phone) -> None:
    phone.size = TABLET
    move_in(phone, "mei")
    page = phone.open("/pipeline")
    expect(page.locator(".stage > header .tag").first).to_be_visible()
    assert len(page.locator(".stage > header p:first-of-type").evaluate_all(TOPS)) == 1


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_numbers_of_a_rep_stand_in_one_line_on_a_phone(company: Company, phone: Phone) -> None:
    """Also where a bar stands below one of them."""
    log_a_visit(company)
    phone.size = PHONE
    move_in(phone, "mei")
    page = phone.open("/team")
    cells = page.locator(".reps > li", has=page.locator("svg")).first.locator(":is(.of-visits, .of-touch) b")
    expect(cells).to_have_count(2)
    assert len(cells.evaluate_all(TOPS)) == 1


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_the_sheet_of_quotas_is_whole_on_a_tablet_held_upright(phone: Phone) -> None:
    phone.size = UPRIGHT
    move_in(phone, "mei")
    page = phone.open("/quotas?year=2031")
    sheet = page.locator(".quota-sheet")
    assert sheet.evaluate("(sheet) => sheet.scrollWidth <= sheet.clientWidth")
    lines = sheet.locator("tbody tr:last-child > *").evaluate_all(
        "(them) => them.map((one) => one.querySelector('select, input') ?? one.firstChild).map((one) => {"
        "  const range = document.createRange(); range.selectNode(one);"
        "  const box = range.getBoundingClientRect(); return Math.round((box.top + box.bottom) / 2); })"
    )
    assert max(lines) - min(lines) <= 2, lines  # a name, and what is typed beside it
