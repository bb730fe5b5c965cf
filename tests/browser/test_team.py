"""Team on a manager's tablet, while reps are out."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect
from sqlmodel import select

from server.models.column import wire
from server.models.identity import new_id
from server.models.user import User
from sync.apply import apply
from tests.browser.company import Company
from tests.browser.hand import sign_in
from tests.browser.phone import TABLET, Phone

# The page also asks by itself, once a minute.
SOON_MS = 30_000
KEEPS_FOLDS = "performance.getEntriesByType('resource').some(({ name }) => name.includes('/later.'))"


def test_a_visit_counts_while_one_looks(company: Company, phone: Phone) -> None:
    phone.size = TABLET
    page = phone.open("/sign-in")
    sign_in(page, "mei")
    expect(page.locator("main.team")).to_be_visible()
    visits = page.locator(".figure", has_text="Visits").locator("b")
    counted = int(visits.inner_text())
    log_a_visit(company)
    expect(visits).to_have_text(re.compile(f"^{counted + 1}$"), timeout=SOON_MS)


def test_what_one_unfolded_stays_so_while_numbers_change(company: Company, phone: Phone) -> None:
    phone.size = TABLET
    page = phone.open("/sign-in")
    sign_in(page, "mei")
    page.wait_for_function(KEEPS_FOLDS)
    table = page.locator("#heat-table table")
    expect(table).to_be_hidden()
    page.get_by_text("As a table").click()
    expect(table).to_be_visible()
    visits = page.locator(".figure", has_text="Visits").locator("b")
    counted = int(visits.inner_text())
    log_a_visit(company)
    expect(visits).to_have_text(re.compile(f"^{counted + 1}$"), timeout=SOON_MS)
    expect(table).to_be_visible()
    page.goto(f"{phone.origin}/team/forecast")
    page.get_by_text("As a table").click()
    expect(page.locator("main table")).to_be_visible()


def log_a_visit(company: Company) -> None:
    """By Alice, a second ago."""
    now = datetime.now(UTC)
    with company.database.writing() as session:
        alice = session.exec(select(User).where(User.email == "alice@demo.test")).one()
        args = {"visit_id": new_id(), "customer_id": company.customer_of("alice").id, "outcome": "ordered"}
        apply(session, alice, "visit.log", {**args, "started_at": wire(now - timedelta(seconds=1))}, now)
