"""What stands side by side stands in one line, and what has room is whole."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.company import Company
from tests.browser.hand import move_in
from tests.browser.phone import PHONE, TABLET, Phone
from tests.browser.test_team import log_a_visit

UPRIGHT = {"width": TABLET["height"], "height": TABLET["width"]}
# Of what is written in each, or of what can be written into.
BOXES = """(them) => them.map((one) => { const range = document.createRange();
  one.localName === "th" ? range.selectNodeContents(one) : range.selectNode(one);
  const box = range.getBoundingClientRect(); return [Math.round(box.top), Math.round(box.bottom)]; })"""
# From the middle of a title's first line to that of its mark.
OFF_THE_MARK = """(them) => them.map((one) => {
  const [mark, title] = [".mark", ".inline, strong"].map((which) => one.querySelector(which));
  const line = document.createRange();
  line.selectNodeContents(title);
  const [{ top, bottom }, box] = [line.getClientRects()[0], mark.getBoundingClientRect()];
  return (top + bottom - box.top - box.bottom) / 2; })"""
# Whether a line begins with what should stand at the end of the one before.
BEGINS_WITH_A_DOT = """(text) => { const [words, dot] = [document.createRange(), document.createRange()];
  words.setStart(text.firstChild, 0);
  words.setEnd(text.firstChild, 1);
  dot.setStart(text.firstChild, text.textContent.indexOf("·"));
  dot.setEnd(text.firstChild, text.textContent.indexOf("·") + 1);
  return dot.getBoundingClientRect().left <= words.getBoundingClientRect().left; }"""
TOPS = "(them) => [...new Set(them.map((one) => Math.round(one.getBoundingClientRect().top)))]"


@pytest.fixture
def language(company: Company, request: pytest.FixtureRequest) -> Iterator[str]:
    """That Mei has chosen, until the test is over: the company is everybody's."""
    [before] = company.ask("SELECT locale FROM users WHERE email = 'mei@demo.test'")
    chosen: str = request.param
    choose = "UPDATE users SET locale = :locale WHERE email = 'mei@demo.test'"
    company.tell(choose, locale=chosen)
    yield chosen
    company.tell(choose, locale=before)


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_column_with_something_stuck_begins_where_the_others_do(phone: Phone) -> None:
    phone.size = TABLET
    move_in(phone, "mei")
    page = phone.open("/pipeline")
    expect(page.locator(".stage > header .tag").first).to_be_visible()
    assert len(page.locator(".stage > header p:first-of-type").evaluate_all(TOPS)) == 1


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_what_happened_is_called_beside_its_mark_whether_it_leads_on_or_not(
    company: Company, phone: Phone
) -> None:
    customer_id, email = company.ask(
        "SELECT orders.customer_id, email FROM orders JOIN users ON users.id = orders.author_id "
        "JOIN visits ON visits.customer_id = orders.customer_id AND visits.started_at IS NOT NULL "
        "WHERE role = 'rep' ORDER BY visits.started_at DESC LIMIT 1"
    )[0]
    move_in(phone, email.partition("@")[0])
    page = phone.open(f"/customers/{customer_id}")
    expect(page.locator(".timeline strong").first).to_be_visible()
    expect(page.locator(".timeline .inline").first).to_be_visible()
    assert all(-4 <= off <= 4 for off in page.locator(".timeline > li").evaluate_all(OFF_THE_MARK))


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_no_line_of_a_narrow_row_begins_with_what_only_separates(company: Company, phone: Phone) -> None:
    [customer_id] = company.ask(
        "SELECT customers.id FROM customers JOIN users ON users.id = owner_id "
        "WHERE email = 'alice@demo.test' AND deleted_at IS NULL LIMIT 1"
    )
    phone.size = PHONE
    move_in(phone, "alice")
    detail = phone.open(f"/visits/new?customer={customer_id}").locator(".initial + .text small").first
    detail.evaluate("(text) => { text.textContent = 'In touch 14 days ago · Augsburg'; }")
    assert not detail.evaluate(BEGINS_WITH_A_DOT)


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
    boxes = sheet.locator("tbody tr").last.locator("th, select, input:not([type=hidden])").evaluate_all(BOXES)
    middles = [(top + bottom) / 2 for top, bottom in boxes]
    assert max(middles) - min(middles) <= 2, middles


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
@pytest.mark.parametrize("language", ["en", "zh-Hans"], indirect=True)
def test_a_pinned_table_shows_all_the_weeks_that_it_says(phone: Phone, language: str) -> None:
    """The running one is the last of them."""
    phone.size = TABLET
    move_in(phone, "mei")
    page = phone.open("/team")
    expect(page.locator("html")).to_have_attribute("lang", language)
    table = page.locator(".panels .heat-table").first
    expect(table).to_be_visible()
    assert table.evaluate("(table) => table.scrollWidth <= table.clientWidth")


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_what_is_wrong_on_the_sheet_of_quotas_stands_beside_its_name(phone: Phone) -> None:
    phone.size = TABLET
    move_in(phone, "mei")
    page = phone.open("/quotas?year=2031")
    row = page.locator(".quota-sheet tbody tr").last
    row.locator("input:not([type=hidden])").first.fill("-5")
    page.locator("button.primary").first.click()
    expect(row.locator(".error")).to_be_visible()
    name, *fields = row.locator("th, select, input:not([type=hidden])").evaluate_all(BOXES)
    assert len({top for top, _ in fields}) == 1
    assert fields[0][0] <= name[0] <= fields[0][1]


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_pill_of_many_words_stands_above_the_search(phone: Phone) -> None:
    """In the narrow half of a tablet it has a line of its own, over a list that is longer than the screen."""
    phone.size = TABLET
    move_in(phone, "mei")
    page = phone.open("/customers")
    page.locator(".list-pane .row").nth(20).wait_for()
    page.locator(".list-pane .pill > :first-child").evaluate(
        "(pill) => { pill.textContent += ' · '.repeat(20) }"
    )
    pill, search = (page.locator(f".list-pane {one}").bounding_box() for one in (".pill", ".search"))
    heading = page.locator(".list-pane h1").bounding_box()
    assert pill
    assert search
    assert heading
    assert heading["y"] + heading["height"] <= pill["y"]  # it has come to be on a line of its own
    assert pill["y"] + pill["height"] <= search["y"]


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_the_list_shows_whose_page_is_open_and_that_page_begins_with_its_heading(
    company: Company, phone: Phone
) -> None:
    phone.size = TABLET
    move_in(phone, "alice")
    page = phone.open(f"/customers/{company.customers_of('alice', 40)[-1].id}")
    expect(page.locator(".side a.row[aria-current]")).to_be_in_viewport()
    assert page.evaluate("scrollY") == 0
