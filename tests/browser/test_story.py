"""The main job, with the server away and the app killed: a visit is kept, shown, sent, and counted once."""

from playwright.sync_api import expect

from tests.browser.company import Company
from tests.browser.hand import find_customer, log_visit, move_in, pill, write_note
from tests.browser.network import Network
from tests.browser.phone import Phone, wait_until


def test_a_visit_logged_without_a_signal_survives_the_kill_and_arrives_once(
    company: Company, network: Network, phone: Phone
) -> None:
    note = f"Wants a quote for shaft seals, {phone.browser} offline"
    typing = "Half a sentence that nobody has sav"
    name, other = (customer.name for customer in company.customers_of("alice", 2))
    move_in(phone)
    phone.close()
    network.turn("down")

    page = phone.open("/today")
    find_customer(page, name)
    log_visit(page, "Interested", note)
    expect(page.locator("main")).to_contain_text(note)
    expect(pill(page)).to_have_text("1 waiting")
    customer_path = page.url.removeprefix(network.origin)
    find_customer(page, other)
    page.locator(".doors a.main").click()
    write_note(page, typing)
    draft_path = page.url.removeprefix(network.origin)
    wait_until(lambda: page.locator("[data-draft-kept][data-all]").is_visible(), page=page)
    phone.kill()

    page = phone.open(customer_path)
    expect(page.locator("main")).to_contain_text(note)
    page.goto(network.origin + draft_path)
    expect(page.locator("#note")).to_have_value(typing)
    for path, heading in SCREENS.items():
        page.goto(network.origin + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        if heading:
            expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    page.goto(network.origin + "/outbox")
    expect(page.locator(".outbox-row")).to_have_count(1)
    assert company.visits_noting(note) == 0

    network.turn("up")
    page.goto(network.origin + "/outbox")
    expect(pill(page)).to_have_text("All sent")
    expect(page.locator(".outbox-row")).to_have_count(0)
    assert company.visits_noting(note) == 1


SCREENS = {
    "/today": None,  # the day of the week
    "/customers": "Customers",
    "/visits/new": "Log a visit",
    "/outbox": "Outbox",
    "/more": "More",
}
