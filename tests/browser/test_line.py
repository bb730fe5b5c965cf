"""A line that lies, and a server that does not know the phone any more: nothing is acknowledged, nothing is lost."""

import signal

import pytest
from playwright.sync_api import expect

from tests.browser.company import Company
from tests.browser.hand import log_visit, move_in, pill, sign_in
from tests.browser.network import Network
from tests.browser.phone import Phone, wait_until

TRIED_IN_VAIN = 12
COLOUR = "(one) => getComputedStyle(one).backgroundColor"
FRAMES = "requestAnimationFrame(() => requestAnimationFrame(drawn))"
NEXT_FRAMES = f"() => new Promise((drawn) => setTimeout(() => {FRAMES}))"

# Observers hear of what is there once a task is done: what is painted, and not what a script has put right at once.
KEEP_EACH_PILL = """() => {
  [window.pillsSeen, window.pillsTold] = [[], 0];
  const look = () => {
    const said = document.querySelector(".pill span")?.textContent;
    if (said && said !== pillsSeen.at(-1)) pillsSeen.push(said);
  };
  look();
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
  new BroadcastChannel("legwork").onmessage = ({ data }) => void (pillsTold += data.type === "pill");
}"""


def test_a_captive_portal_acknowledges_nothing(company: Company, network: Network, phone: Phone) -> None:
    note = f"Written in the train, {phone.browser}"
    move_in(phone)
    network.turn("captive_portal")
    page = phone.open(f"/customers/{company.customer_of('alice').id}")
    log_visit(page, "Not now", note)
    wait_until(lambda: "POST /sync/push" in network.portal_asked, page=page)
    page.goto(f"{network.origin}/outbox")
    expect(page.locator(".outbox-row")).to_have_count(1)
    expect(pill(page)).to_have_text("1 waiting")
    assert company.visits_noting(note) == 0
    page.locator("nav.dock a[href='/more']").click()
    page.locator("main a[href='/more/devices']").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No signal")
    page.get_by_role("link", name="Today").click()
    expect(page.locator("nav.dock")).to_be_visible()

    network.turn("up")
    page.goto(f"{network.origin}/outbox")
    expect(pill(page)).to_have_text("All sent")
    expect(page.locator(".outbox-row")).to_have_count(0)
    assert company.visits_noting(note) == 1


# Firefox takes what has come before a line was closed for the whole.
@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_page_that_is_cut_off_midway_is_told_as_none(network: Network, phone: Phone) -> None:
    move_in(phone)
    page = phone.open("/more")
    heading = page.get_by_role("heading", level=1)
    network.cuts_pages = True
    page.locator("main a[href='/more/devices']").click()
    expect(heading).to_have_text("No signal")
    page.goto(f"{network.origin}/more/devices")
    expect(heading).to_have_text("No signal")
    network.cuts_pages = False
    page.get_by_role("link", name="Try again").click()
    expect(heading).to_have_text("Devices")


def test_a_list_that_cannot_be_exported_now_says_so(network: Network, phone: Phone) -> None:
    move_in(phone)
    phone.close()  # so that the way back has one page only
    network.turn("down")
    page = phone.open("/customers")
    page.get_by_role("link", name="Export").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No signal")
    network.turn("up")
    # The driver's own way back waits for ever where Firefox does not tell it of the page.
    page.evaluate("history.back()")
    expect(page.get_by_role("heading", level=1)).to_have_text("Customers")
    with page.expect_download() as told:
        page.get_by_role("link", name="Export").click()
    assert told.value.suggested_filename.endswith(".xlsx")
    assert told.value.failure() is None
    expect(page.get_by_role("heading", level=1)).to_have_text("Customers")


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_it_goes_out_as_soon_as_the_server_is_heard_again(
    company: Company, network: Network, phone: Phone
) -> None:
    note = f"The mast was down all morning, {phone.browser}"
    move_in(phone)
    network.turn("down")
    page = phone.open(f"/customers/{company.customer_of('alice').id}")
    log_visit(page, "Ordered", note)
    for _ in range(TRIED_IN_VAIN):  # by now it would wait for minutes
        page.evaluate("dispatchEvent(new Event('online'))")
        page.wait_for_timeout(100)
    assert pill(page).inner_text() == "1 waiting"
    network.turn("up")
    expect(pill(page)).to_have_text("All sent")
    assert company.visits_noting(note) == 1


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_from_the_save_on_the_pill_says_that_it_waits(
    company: Company, network: Network, phone: Phone
) -> None:
    move_in(phone)
    page = phone.open(f"/customers/{company.customer_of('alice').id}")
    expect(pill(page)).to_have_text("All sent")
    network.turn("down")
    page.evaluate(KEEP_EACH_PILL)
    log_visit(page, "Ordered", "In the basement")
    expect(pill(page)).to_have_text("1 waiting")
    page.wait_for_function("() => pillsTold > 0")
    assert page.evaluate("pillsSeen") == ["All sent", "1 waiting"]
    page.locator("nav.dock a[href='/customers']").click()
    network.turn("up")
    expect(pill(page)).to_have_text("All sent")
    assert page.evaluate("pillsSeen") == ["All sent", "1 waiting", "All sent"]


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_an_answer_that_comes_late_takes_nobody_from_where_they_went_meanwhile(
    company: Company, network: Network, phone: Phone
) -> None:
    move_in(phone)
    page = phone.open("/more")
    company.signal_all(signal.SIGSTOP)
    try:
        row = page.locator("main a[href='/more/devices']")
        untouched = row.evaluate(COLOUR)
        row.click()
        page.mouse.move(0, 0)
        assert row.evaluate(COLOUR) != untouched  # it was heard
        page.locator("nav.dock a[href='/customers']").click()
        expect(page.locator("#q")).to_be_visible()
        with page.expect_event("requestfinished", lambda request: request.url.endswith("/more/devices")):
            company.signal_all(signal.SIGCONT)
        page.evaluate(NEXT_FRAMES)
        assert page.url == f"{network.origin}/customers"
        expect(page.locator("#q")).to_be_visible()
    finally:
        company.signal_all(signal.SIGCONT)


def test_a_session_that_ended_keeps_everything_asks_and_sends_once(
    company: Company, network: Network, phone: Phone
) -> None:
    note = f"The session was over by then, {phone.browser}"
    move_in(phone)
    company.end_newest_session()
    page = phone.open(f"/customers/{company.customer_of('alice').id}")
    log_visit(page, "Needs quote", note)
    expect(page.locator("main")).to_contain_text(note)
    expect(pill(page)).to_have_text("Sign in to send")
    assert company.visits_noting(note) == 0

    page.goto(f"{network.origin}/outbox")
    expect(page.locator("main")).to_contain_text("What you saved is kept, and goes out when you sign in.")
    expect(page.locator(".outbox-row .tag")).to_have_text("waiting")
    text, row = (page.locator(f".outbox-row{part}").bounding_box() for part in (" strong", ""))
    assert text
    assert row
    assert text["width"] > row["width"] / 3  # its buttons stand below, and do not squeeze it
    page.locator("main").get_by_role("link", name="Sign in", exact=True).click()
    sign_in(page)
    wait_until(lambda: company.visits_noting(note), page=page)
    expect(pill(page)).to_have_text("All sent")
    assert company.visits_noting(note) == 1
