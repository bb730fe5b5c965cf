"""The place of a visit: taken along where it is allowed, and never waited for; who is near is whom + is for."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import Company, Customer
from tests.browser.hand import choose_outcome, log_visit, move_in, save, write_note
from tests.browser.phone import Phone, wait_until

pytestmark = pytest.mark.parametrize("browser", ["chromium"], indirect=True)


def place_of(company: Company, note: str, page: Page) -> tuple[float | None, float | None]:
    wait_until(lambda: company.visits_noting(note) == 1, page=page)
    place: tuple[float | None, float | None] = company.ask(
        "SELECT latitude, longitude FROM visits WHERE note = :note", note=note
    )[0]
    return place


def placed_customer(company: Company, who: str) -> tuple[Customer, float, float]:
    found = company.ask(
        "SELECT customers.id, customers.name, latitude, longitude FROM customers "
        "JOIN users ON users.id = customers.owner_id "
        "WHERE users.email = :email AND latitude IS NOT NULL ORDER BY sort_key DESC LIMIT 1",
        email=f"{who}@demo.test",
    )[0]
    return Customer(found[0], found[1]), found[2], found[3]


def allow(phone: Phone, latitude: float, longitude: float) -> None:
    assert phone.context is not None
    phone.context.grant_permissions(["geolocation"], origin=phone.origin)
    phone.context.set_geolocation({"latitude": latitude, "longitude": longitude, "accuracy": 12})


def test_where_it_is_allowed_the_place_goes_with_the_visit(company: Company, phone: Phone) -> None:
    note = "At their door"
    move_in(phone)
    page = phone.open("/more/help")
    allow(phone, 48.137154, 11.576124)
    page.goto(f"{phone.origin}/visits/new?customer={company.customer_of('alice').id}")
    expect(page.locator("input[name=latitude]")).to_have_value("48.137154")
    choose_outcome(page, "Interested")
    write_note(page, note)
    save(page)
    assert place_of(company, note, page) == (48.137154, 11.576124)


def test_the_place_of_a_customer_is_typed_and_kept_with_what_else_is_typed(
    company: Company, phone: Phone
) -> None:
    customer, latitude, _ = placed_customer(company, "alice")
    move_in(phone)
    page = phone.open(f"/customers/{customer.id}/edit")
    for name, typed, north in (("region", "Ham", f"{latitude:.6f}"), ("latitude", "1.5", "1.5")):
        page.locator("details.further").evaluate("more => { more.open = true; }")
        page.locator(f"input[name={name}]").fill(typed)
        expect(page.locator("[data-draft-kept][data-all]")).to_be_visible()
        page.reload()
        expect(page.locator(f"input[name={name}]")).to_have_value(typed)
        expect(page.locator("input[name=latitude]")).to_have_value(north)


def test_plus_is_for_who_is_near_where_nothing_is_planned(company: Company, phone: Phone) -> None:
    near, latitude, longitude = placed_customer(company, "charlie")
    company.tell(
        "DELETE FROM visits WHERE started_at IS NULL AND author_id = "
        "(SELECT id FROM users WHERE email = 'charlie@demo.test')"
    )
    move_in(phone, "charlie")
    page = phone.open("/more/help")
    allow(phone, latitude, longitude)
    page.locator("nav.dock a[href='/today']").click()
    expect(page.locator(".plus[href*='latitude=']")).to_be_visible()
    page.locator(".plus").click()
    expect(page.locator("#who strong")).to_have_text(near.name)


def test_a_place_that_is_refused_holds_up_nothing(company: Company, phone: Phone) -> None:
    note = "Nobody's business where"
    move_in(phone)
    page = phone.open(f"/customers/{company.customer_of('alice').id}")
    log_visit(page, "Interested", note)
    assert place_of(company, note, page) == (None, None)


# In the place of a receiver that finds no satellite: the real one of a test machine answers at once.
NEVER = (
    "navigator.geolocation.getCurrentPosition = () => { document.documentElement.dataset.asked = 'yes'; };"
)


def test_a_place_that_never_comes_is_not_waited_for(company: Company, phone: Phone) -> None:
    note = "Deep in the cellar"
    move_in(phone)
    page = phone.open("/more/help")
    allow(phone, 48.1, 11.5)
    page.add_init_script(NEVER)
    page.goto(f"{phone.origin}/customers/{company.customer_of('alice').id}")
    log_visit(page, "Interested", note)
    assert page.evaluate("document.documentElement.dataset.asked") == "yes"
    assert place_of(company, note, page) == (None, None)
