"""Team on a manager's tablet, while reps are out."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from sqlmodel import select

from server.models.column import wire
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.identity import new_id
from server.models.user import Role, User
from server.models.visit import Visit
from server.models.workspace import Territory
from sync.apply import apply
from tests.browser.company import Company
from tests.browser.hand import sign_in, wait_for_what_comes_later
from tests.browser.phone import PHONE, TABLET, Phone

# The page also asks by itself, once a minute.
SOON_MS = 30_000


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
    wait_for_what_comes_later(page)
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


@pytest.mark.parametrize("browser", ["chromium"], indirect=True)
def test_on_a_phone_names_stay_where_they_are_while_the_lines_of_many_reps_move(
    company: Company, phone: Phone
) -> None:
    lead_many(company)
    phone.size = PHONE
    page = phone.open("/sign-in")
    sign_in(page, "lotte")
    page.locator("#more-reps > summary").click()
    name, late = (
        page.get_by_role("link", name="Rep 3 on track"),
        page.get_by_role("link", name="Rep 3: Late 1"),
    )
    page.locator("#more-reps > .sheet-view").evaluate("(view) => view.scrollTo(view.scrollWidth, 0)")
    for link in (name, late):
        link.scroll_into_view_if_needed()
        assert link.evaluate(IS_SEEN)
    assert page.evaluate("document.documentElement.scrollWidth === innerWidth")
    late.click()
    expect(page.locator("main .list > li")).to_have_count(1)


# Whatever of it a finger touches is it.
IS_SEEN = """(link) => { const box = link.getBoundingClientRect();
  const places = Array.from({ length: Math.floor(box.width / 8) }, (_, n) => box.left + 4 + 8 * n);
  return places.every((x) => document.elementFromPoint(x, box.top + box.height / 2)?.closest("a") === link); }"""


def lead_many(company: Company) -> None:
    """In a territory of their own: eight reps, each of whom was out today and is late with a promise."""
    now = datetime.now(UTC)
    with company.database.writing() as session:
        known = session.exec(select(User).where(User.email == "mei@demo.test")).one()
        west = Territory(id=new_id(), name="West")
        session.add(west)
        session.flush()
        like = {"password_hash": known.password_hash, "territory_id": west.id, "created_at": now}
        session.add(User(id=new_id(), email="lotte@demo.test", name="Lotte", role=Role.MANAGER, **like))
        for number in range(8):
            rep = User(
                id=new_id(),
                email=f"{number}@demo.test",
                name=f"Rep {number}",
                role=Role.REP,
                weekly_visits=0,
                **like,
            )
            session.add(rep)
            session.flush()
            whose = {"owner_id": rep.id, "created_at": now}
            mill = Customer(id=new_id(), name="Mill", sort_key="mill", territory_id=west.id, **whose)
            session.add(mill)
            session.flush()
            of = {"customer_id": mill.id, "created_at": now}
            session.add(Visit(id=new_id(), author_id=rep.id, started_at=now, **of))
            session.add(FollowUp(id=new_id(), owner_id=rep.id, due_on=now.date() - timedelta(days=2), **of))


def log_a_visit(company: Company) -> None:
    """By Alice, a second ago."""
    now = datetime.now(UTC)
    with company.database.writing() as session:
        alice = session.exec(select(User).where(User.email == "alice@demo.test")).one()
        args = {"visit_id": new_id(), "customer_id": company.customer_of("alice").id, "outcome": "ordered"}
        apply(session, alice, "visit.log", {**args, "started_at": wire(now - timedelta(seconds=1))}, now)
