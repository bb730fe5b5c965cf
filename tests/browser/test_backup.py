"""The server is lost on Tuesday and Monday's backup is restored: the phones bring Tuesday back, once."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal, Protocol

import pytest
from playwright.sync_api import Page, Playwright, expect
from sqlmodel import select

from server.models.user import User
from sync.sums import sums
from tests.browser.company import Company, running_company
from tests.browser.hand import log_visit, pill, sign_in, wait_until_ready_for_offline
from tests.browser.held import held
from tests.browser.network import Network
from tests.browser.phone import BrowserName, Phone, wait_until


class Phones(Protocol):
    def __call__(self, who: str, browser: BrowserName = "chromium") -> tuple[Phone, Network]: ...


@pytest.fixture
def company(template: Path, tmp_path: Path) -> Iterator[Company]:
    """One to lose."""
    with running_company(template, tmp_path / "data") as company:
        yield company


@contextmanager
def in_hand(playwright: Playwright, browser: BrowserName, profile: Path, network: Network) -> Iterator[Phone]:
    phone = Phone(playwright, browser, profile, network.origin)
    yield phone
    phone.close()
    assert phone.complaints == []


@pytest.fixture
def phones(playwright: Playwright, company: Company, tmp_path: Path) -> Iterator[Phones]:
    """`phones("alice")`: hers, with a line of its own."""
    with ExitStack() as stack:

        def ring(who: str, browser: BrowserName = "chromium") -> tuple[Phone, Network]:
            network = Network(company.port)
            stack.callback(network.close)
            return stack.enter_context(in_hand(playwright, browser, tmp_path / who, network)), network

        yield ring


def visit(company: Company, page: Page, who: str, note: str) -> None:
    page.goto(f"{origin(page)}/customers/{company.customer_of(who).id}")
    log_visit(page, "Interested", note)


def origin(page: Page) -> str:
    return "/".join(page.url.split("/")[:3])


def moved_in(phone: Phone, who: str) -> Page:
    page = phone.open()
    sign_in(page, who)
    wait_until_ready_for_offline(page)
    return page


def back_up(company: Company, file: Path) -> None:
    done = company.legwork("backup", file)
    assert done.returncode == 0, done.stderr


def restore_on_a_new_machine(company: Company, file: Path) -> None:
    done = company.legwork("restore", file)
    assert done.returncode == 0, done.stderr
    company.start()


def counts(company: Company, *notes: str) -> list[int]:
    return [company.visits_noting(note) for note in notes]


def expect_equal(company: Company, page: Page, who: str) -> None:
    """Nothing left to send, and the rows on the phone are those of the server."""
    expect(pill(page)).to_have_text("All sent")
    wait_until(lambda: held(page).complete and held(page).sums == sums_of(company, who), page=page)
    there = held(page)
    assert there.outbox == []
    customers = "SELECT id FROM customers WHERE owner_id = (SELECT id FROM users WHERE email = :email)"
    visits = f"SELECT id, note FROM visits WHERE withdrawn_at IS NULL AND customer_id IN ({customers})"
    owned = sorted(company.ask(visits, email=f"{who}@demo.test"))
    assert owned
    assert [row for row in owned if row not in there.visits] == []


def sums_of(company: Company, who: str) -> dict[str, str]:
    with company.database.reading() as session:
        user = session.exec(select(User).where(User.email == f"{who}@demo.test")).one()
        return {name: told for name, told in sums(session, user).items() if told != "0-00000000"}


def test_tuesday_is_back_once(company: Company, phones: Phones, tmp_path: Path) -> None:
    file = tmp_path / "monday.zip"
    (alices, her_line), (bobs, _) = phones("alice", "chromium"), phones("bob", "firefox")
    alice, bob = moved_in(alices, "alice"), moved_in(bobs, "bob")

    monday = ("Monday with Alice", "Monday with Bob")
    visit(company, alice, "alice", monday[0])
    visit(company, bob, "bob", monday[1])
    wait_until(lambda: counts(company, *monday) == [1, 1], page=alice)
    back_up(company, file)

    sent = ("Tuesday morning with Alice", "Tuesday noon with Alice", "Tuesday with Bob")
    visit(company, alice, "alice", sent[0])
    visit(company, alice, "alice", sent[1])
    visit(company, bob, "bob", sent[2])
    wait_until(lambda: counts(company, *sent) == [1, 1, 1], page=alice)
    expect(pill(bob)).to_have_text("All sent")
    bobs.close()  # put away; Alice keeps hers open all the time
    her_line.turn("down")
    waiting = "Tuesday evening with Alice, in a cellar"
    visit(company, alice, "alice", waiting)
    expect(pill(alice)).to_have_text("1 waiting")

    refused = company.legwork("restore", file, "--replace")
    assert (refused.returncode, "in use" in refused.stderr) == (1, True), "the server still runs"
    company.lose()
    restore_on_a_new_machine(company, file)
    assert counts(company, *monday, *sent, waiting) == [1, 1, 0, 0, 0, 0]

    her_line.turn("up")
    bob = bobs.open("/today")
    alice.goto(f"{origin(alice)}/today")
    wait_until(lambda: counts(company, *sent, waiting) == [1, 1, 1, 1], page=alice)
    expect_equal(company, alice, "alice")
    expect_equal(company, bob, "bob")
    assert counts(company, *monday, *sent, waiting) == [1] * 6
    verified = company.legwork("verify")
    assert verified.returncode == 0, verified.stdout

    back_up(company, tmp_path / "wednesday.zip")
    for page, who in ((alice, "alice"), (bob, "bob")):
        visit(company, page, who, f"Wednesday with {who}")
        wait_until(lambda page=page: held(page).journal == 1, page=page)  # the new backup holds all before it


@pytest.mark.parametrize("caught", ["before it was applied", "after it was applied"])
def test_a_backup_taken_while_a_phone_was_sending(
    company: Company,
    phones: Phones,
    tmp_path: Path,
    caught: Literal["before it was applied", "after it was applied"],
) -> None:
    file, note = tmp_path / "monday.zip", "On its way during the backup"
    phone, line = phones("alice")
    page = moved_in(phone, "alice")
    page.goto(f"{origin(page)}/customers/{company.customer_of('alice').id}")
    if caught == "before it was applied":
        company.signal_all(signal.SIGSTOP)
        log_visit(page, "Interested", note)
        back_up(company, file)
        company.signal_all(signal.SIGCONT)
        wait_until(lambda: counts(company, note) == [1], page=page)
        expect(pill(page)).to_have_text("All sent")
    else:
        line.turn("mute")
        log_visit(page, "Interested", note)
        wait_until(lambda: counts(company, note) == [1], page=page)
        expect(pill(page)).to_have_text("1 waiting")
        back_up(company, file)
    line.turn("down")
    company.lose()
    restore_on_a_new_machine(company, file)
    assert counts(company, note) == [int(caught == "after it was applied")]
    line.turn("up")
    page.goto(f"{origin(page)}/today")
    wait_until(lambda: counts(company, note) == [1], page=page)
    expect_equal(company, page, "alice")
    assert counts(company, note) == [1]


def test_a_phone_that_came_after_the_backup_is_asked_to_sign_in_and_then_sends(
    company: Company, phones: Phones, tmp_path: Path
) -> None:
    file = tmp_path / "monday.zip"
    back_up(company, file)
    sent, waiting = "Sent to a server that is no more", "Written before signing in again"
    phone, line = phones("alice")
    page = moved_in(phone, "alice")
    visit(company, page, "alice", sent)
    wait_until(lambda: counts(company, sent) == [1], page=page)
    expect(pill(page)).to_have_text("All sent")
    line.turn("down")
    company.lose()
    restore_on_a_new_machine(company, file)
    line.turn("up")

    page.goto(f"{origin(page)}/today")
    visit(company, page, "alice", waiting)
    expect(pill(page)).to_have_text("Sign in to send")
    assert counts(company, sent, waiting) == [0, 0]
    there = held(page)
    assert (there.journal, there.outbox) == (1, ["visit.log waiting"])

    page.goto(f"{origin(page)}/sign-in")
    sign_in(page)
    wait_until(lambda: counts(company, sent, waiting) == [1, 1], page=page)
    expect_equal(company, page, "alice")
    assert counts(company, sent, waiting) == [1, 1]
