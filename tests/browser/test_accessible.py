"""axe looks at every screen, small and light, large and dark, and finds nothing serious."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.company import Company
from tests.browser.hand import move_in
from tests.browser.phone import PHONE, TABLET, Phone

AXE = (Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js").read_text()
RUN = """async () => (await axe.run({resultTypes: ["violations"]})).violations
  .filter((one) => ["serious", "critical"].includes(one.impact))
  .map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).slice(0, 3).join(", ")}`)"""


# Colours know nothing of sizes: two pairs see what all four would.
@pytest.fixture(params=[(PHONE, "light"), (TABLET, "dark")], ids=["phone-light", "tablet-dark"])
def look(request: pytest.FixtureRequest, phone: Phone) -> Any:
    """The colour scheme; the phone has the size."""
    phone.size, scheme = request.param
    return scheme


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_axe_finds_nothing_serious_on_any_screen(company: Company, phone: Phone, look: Any) -> None:
    move_in(phone)
    assert all_violations(phone, look, screens(company)) == {}


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_axe_finds_nothing_serious_on_the_screens_of_leaders(
    company: Company, phone: Phone, look: Any
) -> None:
    move_in(phone, "mei")
    to_give = f"/customers/{company.customer_of('alice').id}/give"
    assert all_violations(phone, look, (*OF_LEADERS, "/team/late", to_give)) == {}


ASK = "/team/questions/new"
OF_LEADERS = (
    "/team",
    "/team/filter",
    "/team/cold",
    "/team/questions",
    f"{ASK}?measure=visits&by=rep&then=week",
    f"{ASK}?measure=won_amount&by=month&period=twelve_months",
    f"{ASK}?measure=open_amount&by=customer_type&only.lifecycle=active",
    f"{ASK}?measure=visits&by=stage",
    "/team/questions/list?measure=open_amount",
    "/team/alerts",
    "/team/alerts/new?kind=competitor",
    "/team/alerts/new?kind=quiet",
    "/team/approvals",
    "/tasks",
    "/team/quota",
    "/team/won",
    "/team/forecast",
    "/quotas",
)


OUTSIDE = """links => links.filter((link) => link.getBoundingClientRect().right > innerWidth)
  .map((link) => link.textContent)"""


READ_OUT = ("link", "button", "textbox", "searchbox", "radio", "checkbox", "combobox", "Date")


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_whatever_is_tapped_has_a_name_for_who_hears_the_screen(company: Company, phone: Phone) -> None:
    """Asked of the browser itself: axe counts words that it leaves out, such as those of a status in a link."""
    move_in(phone)
    page = phone.open("/today")
    tree = page.context.new_cdp_session(page)
    nameless = {}
    for path in screens(company):
        page.goto(phone.origin + path)
        nodes = tree.send("Accessibility.getFullAXTree")["nodes"]
        heard = [(node["role"]["value"], node["name"]["value"]) for node in nodes if not node["ignored"]]
        assert ("link", "All sent") in heard
        nameless[path] = [role for role, name in heard if role in READ_OUT and not name.strip()]
    assert {path: found for path, found in nameless.items() if found} == {}


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_every_place_is_in_reach_where_letters_are_twice_as_large(phone: Phone) -> None:
    move_in(phone)
    page = phone.open("/today")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.locator("nav.dock a").evaluate_all(OUTSIDE) == []


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_a_customer_beside_the_list_is_what_the_page_is_about(company: Company, phone: Phone) -> None:
    phone.size, customer = TABLET, company.customer_of("alice")
    move_in(phone)
    page = phone.open(f"/customers/{customer.id}")
    beside = page.locator(".side").get_by_role("heading")
    expect(beside).to_have_text("Customers")
    expect(page.get_by_role("heading", level=1)).to_have_text(customer.name)
    page.locator(".side a.row:not([aria-current])").first.click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text(customer.name)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(beside).to_have_text("Customers")


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_axe_would_find_something(phone: Phone) -> None:
    page = phone.open("/sign-in")
    page.evaluate("document.querySelector('input[name=email]').removeAttribute('id')")
    page.evaluate("document.querySelectorAll('label').forEach((label) => label.replaceWith('E-mail'))")
    assert violations(page) != []


def all_violations(phone: Phone, scheme: Any, paths: Iterable[str]) -> dict[str, list[str]]:
    """Of each screen that has any."""
    page = phone.open("/today")
    page.emulate_media(color_scheme=scheme)
    found = {path: violations(page, phone.origin + path) for path in paths}
    return {path: wrong for path, wrong in found.items() if wrong}


def violations(page: Page, url: str | None = None) -> list[str]:
    if url:
        page.goto(url)
    page.evaluate(AXE)  # through the debugger: the page's own policy lets no other script in
    found: list[str] = page.evaluate(RUN)
    return found


def screens(company: Company, who: str = "alice") -> list[str]:
    customer_id = company.customer_of(who).id
    return [
        "/today",
        "/customers",
        "/customers?q=zzzz",
        f"/customers/{customer_id}",
        f"/customers/{customer_id}/edit",
        f"/customers/{customer_id}/contacts/new",
        "/customers/new",
        f"/visits/new?customer={customer_id}",
        "/visits/new/customers",
        f"/activities/new?customer={customer_id}&kind=call",
        f"/visits/plan?customer={customer_id}",
        f"/follow-ups/new?customer={customer_id}",
        f"/tasks/new?customer={customer_id}",
        "/pipeline",
        *sales(company, who),
        f"/opportunities/new?customer={customer_id}",
        "/outbox",
        "/more",
        "/more/install",
        "/more/help",
        "/more/devices",
        "/more/reminders",
    ]


def sales(company: Company, who: str) -> list[str]:
    sale = f"/opportunities/{company.longest_at_quote_of(who)[0]}"
    of_them = f"JOIN users ON users.id = author_id WHERE users.email = '{who}@demo.test'"
    placed, order, quote = company.ask(
        f"SELECT opportunity_id, orders.id, quote_id FROM orders {of_them} ORDER BY orders.created_at DESC LIMIT 1"
    )[0]
    return [
        sale,
        f"{sale}/edit",
        f"{sale}/move?to=contract",
        f"{sale}/move?to=lost",
        f"{sale}/quotes/new",
        f"/opportunities/{placed}",
        f"/opportunities/{placed}/quotes/{quote}",
        f"/opportunities/{placed}/quotes/new?from={quote}",
        f"/opportunities/{placed}/orders/{order}",
        *(
            f"/opportunities/{of_sale}/contracts/{contract}"
            for is_signed in ("signed_at IS NOT NULL", "signed_at IS NULL AND cancelled_at IS NULL")
            for of_sale, contract in company.ask(
                f"SELECT opportunity_id, contracts.id FROM contracts {of_them} AND {is_signed} LIMIT 1"
            )
        ),
        f"{sale}/contracts/new",
    ]
