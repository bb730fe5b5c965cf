"""Deleted by its manager, a customer leaves its reps' phones; restored, it is back with what was logged meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect
from sqlmodel import select

from server.models.user import User
from sync.apply import apply
from tests.browser.company import Company, Customer
from tests.browser.hand import log_visit, move_in, pill
from tests.browser.network import Network
from tests.browser.phone import Phone, wait_until

pytestmark = pytest.mark.parametrize("browser", ["chromium"], indirect=True)


@contextmanager
def another(playwright: Playwright, company: Company, profile: Path) -> Iterator[Phone]:
    """Past the line that is cut."""
    phone = Phone(playwright, "chromium", profile, f"http://127.0.0.1:{company.port}")
    yield phone
    phone.close()
    assert phone.complaints == []


def shared_with_bob(company: Company) -> Customer:
    one = company.customers_of("alice", 5)[-1]
    with company.database.writing() as session:
        people = {user.email: user for user in session.exec(select(User))}
        args = {"customer_id": one.id, "user_id": people["bob@demo.test"].id}
        apply(session, people["alice@demo.test"], "customer.share", args, datetime.now(UTC))
    return one


def has_it(page: Page, one: Customer) -> bool:
    """Among the customers that this phone holds, searched by the phone itself."""
    page.goto(f"{page.url.partition('/customers')[0]}/customers?show=all&q={one.name}")
    return page.locator(f"#customer-list a[href='/customers/{one.id}']").count() == 1


def delete(page: Page) -> None:
    page.get_by_role("link", name="Delete…").click()
    page.get_by_role("button", name="Delete the customer").click()
    expect(page.locator("[data-toast]")).to_contain_text("Customer deleted")


def test_it_leaves_the_phones_of_two_reps_and_comes_back_with_a_visit_of_the_stairwell(
    company: Company, network: Network, phone: Phone, playwright: Playwright, tmp_path: Path
) -> None:
    one, note = shared_with_bob(company), "Said so in the stairwell"
    with (
        another(playwright, company, tmp_path / "bob") as bob,
        another(playwright, company, tmp_path / "mei") as mei,
    ):
        for who, hers in (("alice", phone), ("bob", bob), ("mei", mei)):
            move_in(hers, who)
        alices, bobs = phone.open("/customers"), bob.open("/customers")
        assert has_it(alices, one)
        assert has_it(bobs, one)

        network.turn("down")
        alices.goto(f"{network.origin}/customers/{one.id}")
        log_visit(alices, "Ordered", note)
        meis = mei.open(f"/customers/{one.id}")
        delete(meis)
        meis.get_by_role("button", name="Undo").click()
        expect(meis.locator("[data-toast]")).to_contain_text("Customer restored")
        meis.goto(f"{mei.origin}/customers/{one.id}")
        delete(meis)

        bobs.goto(f"{bob.origin}/customers")
        wait_until(lambda: not has_it(bobs, one), page=bobs)
        network.turn("up")
        alices.goto(f"{network.origin}/customers")
        expect(pill(alices)).to_have_text("All sent")
        wait_until(lambda: not has_it(alices, one), page=alices)
        assert company.visits_noting(note) == 1

        alices.goto(f"{network.origin}/customers/{one.id}")
        expect(alices.get_by_role("heading", level=1)).to_have_text("This customer was deleted")
        meis.goto(f"{mei.origin}/deleted-customers")
        meis.get_by_role("button", name=f"Restore {one.name}").click()
        expect(meis.locator("[data-toast]")).to_contain_text("Customer restored")
        for page in (alices, bobs):
            page.goto(f"{page.url.partition('/customers')[0]}/customers")
            wait_until(lambda page=page: has_it(page, one), page=page)
        alices.goto(f"{network.origin}/customers/{one.id}")
        expect(alices.locator("main")).to_contain_text(note)


def test_without_a_signal_it_says_that_nothing_was_deleted(
    company: Company, network: Network, phone: Phone
) -> None:
    one = company.customer_of("alice")
    move_in(phone, "mei")
    page = phone.open(f"/customers/{one.id}")
    page.get_by_role("link", name="Delete…").click()
    button = page.get_by_role("button", name="Delete the customer")
    expect(button).to_be_visible()
    network.turn("down")
    button.click()
    expect(page.locator("[data-toast]")).to_contain_text("No signal: this was not sent.")
    page.goto(f"{network.origin}/customers/{one.id}")  # as last seen
    page.get_by_role("link", name="Delete…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No signal")
    assert company.ask("SELECT deleted_at FROM customers WHERE id = :id", id=one.id) == [None]
