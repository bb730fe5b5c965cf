"""Two tabs of one phone save in the same moment: one outbox, one sender, each visit once."""

from playwright.sync_api import Page, expect

from tests.browser.company import Company
from tests.browser.hand import choose_outcome, move_in, pill, write_note
from tests.browser.phone import Phone, wait_until

SAVE_AT = (
    "moment => void setTimeout(() => document.querySelector('.save-bar button').click(), moment - Date.now())"
)
SOON_MS = 500


def test_two_tabs_saving_at_once_each_reach_the_server_once(company: Company, phone: Phone) -> None:
    move_in(phone)
    notes = [f"Tab {number} of {phone.browser} speaks" for number in (1, 2)]
    path = f"/visits/new?customer={company.customer_of('alice').id}"
    first = phone.open(path)
    tabs = [first, phone.another_tab(path)]
    for tab, note in zip(tabs, notes, strict=True):
        choose_outcome(tab, "Ordered")
        write_note(tab, note)
    save_together(tabs)
    for tab in tabs:
        expect(tab.locator("[data-toast]")).to_contain_text("Undo")
    wait_until(lambda: [company.visits_noting(note) for note in notes] == [1, 1], page=first)
    expect(pill(first)).to_have_text("All sent")


def save_together(tabs: list[Page]) -> None:
    moment = tabs[0].evaluate("Date.now()") + SOON_MS
    for tab in tabs:
        tab.evaluate(SAVE_AT, moment)
