"""What is typed in the moment in which the page is left is in the draft, to the last letter; and it stays with its
customer while another is looked for."""

import pytest
from playwright.sync_api import expect

from tests.browser.company import Company
from tests.browser.hand import move_in, save, wait_for_what_comes_later, write_note
from tests.browser.network import Network
from tests.browser.phone import Phone, wait_until
from tests.browser.test_quotes import put_on

# By a listener that comes before the page's own.
TYPE_WHILE_LEAVING = """(letters) => addEventListener("pagehide", () => {
  for (const letter of letters) {
    const note = document.querySelector("#note");
    note.value += letter;
    note.dispatchEvent(new Event("input", { bubbles: true }));
  }
}, { capture: true })"""

DRAFTS = """async () => {
  const done = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
  const database = await done(indexedDB.open(`legwork-${document.documentElement.dataset.user}`));
  const keys = await done(database.transaction("drafts").objectStore("drafts").getAllKeys());
  database.close();
  return keys;
}"""

NOTE_KEPT = """async (key) => {
  const done = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
  const database = await done(indexedDB.open(`legwork-${document.documentElement.dataset.user}`));
  const draft = await done(database.transaction("drafts").objectStore("drafts").get(key));
  database.close();
  return draft?.fields.note?.[0];
}"""

FIND_NO_ROOM = """() => {
  IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError"); };
}"""


def test_the_last_letters_before_a_page_is_left_are_kept(
    company: Company, network: Network, phone: Phone
) -> None:
    """Of two the second comes while the first is written. Chromium gives up what waits for another write of a page."""
    letters = "ce" if phone.browser == "firefox" else "e"
    form = f"{network.origin}/visits/new?customer={company.customer_of('alice').id}"
    move_in(phone)
    page = phone.open("/today")
    page.goto(form)
    page.locator("#note").fill("Half a sentence".removesuffix(letters))
    expect(page.locator("[data-draft-kept][data-all]")).to_be_visible()
    page.evaluate(TYPE_WHILE_LEAVING, letters)
    page.goto(f"{network.origin}/more")
    page.goto(form)
    expect(page.locator("#note")).to_have_value("Half a sentence")


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_back_from_the_search_for_another_customer_leaves_the_draft_where_it_was(
    company: Company, network: Network, phone: Phone
) -> None:
    customer = f"{network.origin}/customers/{company.customer_of('alice').id}"
    move_in(phone)
    page = phone.open("/today")
    page.goto(customer)
    page.locator(".doors a.main").click()
    write_note(page, "Half a sentence")
    expect(page.locator("[data-draft-kept][data-all]")).to_be_visible()
    page.locator("#who a").click()
    expect(page.locator("#picker-list")).to_be_visible()
    write_note(page, ", and more")
    expect(page.locator("[data-draft-kept][data-all]")).to_be_visible()
    page.go_back()
    page.locator(".doors a.main").click()
    expect(page.locator("#note")).to_have_value("Half a sentence, and more")
    page.locator("#who a").click()
    expect(page.locator("#picker-list")).to_be_visible()
    page.goto(f"{network.origin}/today")
    page.locator("nav.dock a.plus").click()
    expect(page.locator("#note")).to_have_value("Half a sentence, and more")
    expect(page.locator("#who strong")).to_have_text(company.customer_of("alice").name)


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_draft_that_finds_no_room_under_another_customer_stays_under_the_one_before(
    company: Company, network: Network, phone: Phone
) -> None:
    one, other = company.customers_of("alice", 2)
    form = f"{network.origin}/visits/new?customer={one.id}"
    move_in(phone)
    phone.close()
    page = phone.open("/today")
    page.goto(form)
    write_note(page, "Half a sentence")
    expect(page.locator("[data-draft-kept][data-all]")).to_be_visible()
    page.locator("#who a").click()
    expect(page.locator("#picker-list")).to_be_visible()
    page.evaluate(FIND_NO_ROOM)
    with page.expect_console_message(lambda message: "The draft could not be kept" in message.text):
        page.locator("#picker-list").get_by_text(other.name).click()
    expect(page.locator("#who strong")).to_have_text(other.name)
    expect(page.locator("#note")).to_have_value("Half a sentence")
    phone.kill()
    page = phone.open(form.removeprefix(network.origin))
    expect(page.locator("#note")).to_have_value("Half a sentence")


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_why_a_quote_was_declined_outlives_the_app_and_goes_with_the_answer(
    company: Company, network: Network, phone: Phone
) -> None:
    sale, quote = company.ask(
        "SELECT opportunity_id, quotes.id FROM quotes JOIN users ON users.id = author_id "
        "WHERE email = 'bob@demo.test' AND sent_at IS NOT NULL AND accepted_at IS NULL AND declined_at IS NULL "
        "AND withdrawn_at IS NULL ORDER BY quotes.id LIMIT 1"
    )[0]
    path = f"/opportunities/{sale}/quotes/{quote}"
    move_in(phone, "bob")
    phone.close()
    network.turn("down")
    page = phone.open(path)
    wait_for_what_comes_later(page)
    page.get_by_role("button", name="Declined").click()
    page.locator("#reason").press_sequentially("Two weeks too slow")
    wait_until(lambda: page.evaluate(DRAFTS) == [f"{path}/answer"], page=page)
    phone.kill()

    page = phone.open(path)
    expect(page.locator("#reason")).to_have_value("Two weeks too slow")
    page.get_by_role("button", name="Declined").click()
    page.locator("#decline .primary").click()
    expect(page.locator("[data-toast]")).to_contain_text("Quote declined")
    expect(page.locator("main")).to_contain_text("Two weeks too slow")
    assert page.evaluate(DRAFTS) == []


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_quote_that_was_only_looked_at_leaves_no_draft_and_one_that_lost_its_line_does(
    company: Company, network: Network, phone: Phone
) -> None:
    sale, _ = company.longest_at_quote_of("bob")
    move_in(phone, "bob")
    network.turn("down")
    page = phone.open(f"/opportunities/{sale}/quotes/new")
    put_on(page, "RS-326")
    expect(page.locator(".quote-line")).to_have_count(1)
    save(page)
    expect(page.locator("[data-toast]")).to_contain_text("Quote saved")
    page.get_by_role("link", name="Edit").click()
    expect(page.locator(".quote-line")).to_have_count(1)
    form = page.url
    page.goto(f"{network.origin}/more")
    assert page.evaluate(DRAFTS) == []

    page.goto(form)
    page.locator("[name=remove]").click()
    expect(page.locator("#lines .empty")).to_be_visible()
    expect(page.locator("[data-draft-kept][data-all]")).to_be_visible()
    page.goto(form)
    expect(page.locator("#lines .empty")).to_be_visible()


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_payment_that_is_being_typed_outlives_the_app_and_goes_when_it_is_saved(
    company: Company, network: Network, phone: Phone
) -> None:
    sale, order = company.ask(
        "SELECT orders.opportunity_id, orders.id FROM orders JOIN users ON users.id = author_id "
        "WHERE email = 'bob@demo.test' AND withdrawn_at IS NULL ORDER BY orders.id LIMIT 1"
    )[0]
    path = f"/opportunities/{sale}/orders/{order}"
    move_in(phone, "bob")
    phone.close()
    network.turn("down")
    page = phone.open(path)
    wait_for_what_comes_later(page)
    for kind in ("Received", "Expected"):  # whichever of them it began with
        page.locator("label.chip").filter(has_text=kind).click()
    page.locator("#amount_cents").fill("12.34")
    page.locator("#note").press_sequentially("By cheque")
    wait_until(lambda: page.evaluate(NOTE_KEPT, f"{path}/payments") == "By cheque", page=page)
    phone.kill()

    page = phone.open(path)
    expect(page.locator("#note")).to_have_value("By cheque")
    expect(page.locator("#amount_cents")).to_have_value("12.34")
    expect(page.locator("[name=kind]:checked")).to_have_value("expected")
    page.get_by_role("button", name="Save payment").click()
    expect(page.locator("[data-toast]")).to_contain_text("Payment saved")
    expect(page.locator("main")).to_contain_text("By cheque")
    assert page.evaluate(DRAFTS) == []
    expect(page.locator("#note")).to_have_value("")
