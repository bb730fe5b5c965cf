"""Reminders in a stock Firefox, which decrypts them itself, from a push service that runs here."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, Playwright, expect
from sqlmodel import select

from server.config import Settings
from server.models.identity import new_id
from server.models.reminder import ReminderSettings
from server.models.user import User
from server.reminders.due import KIND_NAMED
from server.reminders.outbox import sweep
from sync.apply import apply
from tests.browser.company import Company, running_company
from tests.browser.hand import sign_in, wait_until_ready_for_offline
from tests.browser.phone import FIREFOX_PREFERENCES, Phone, wait_until
from tests.push_service import DECRYPTED, NOT_DECRYPTED, PushService

SHOWN = """async () => {
  const registration = await navigator.serviceWorker.ready;
  const shown = await registration.getNotifications();
  return shown.map(({ title, body, tag, data }) => ({ title, body, tag, data }));
}"""

IS_KEPT = """async (path) => {
  for (const name of await caches.keys()) {
    if (await (await caches.open(name)).match(path, { ignoreSearch: true })) return true;
  }
  return false;
}"""


@pytest.fixture
def service() -> Iterator[PushService]:
    service = PushService().start()
    yield service
    service.stop()


@pytest.fixture(scope="module")
def one_for_all(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    folder = tmp_path_factory.mktemp("reminding") / "data"
    with running_company(template, folder, PUSH_LOOPBACK="true") as company:
        yield company


@pytest.fixture
def reminding(one_for_all: Company) -> Iterator[Company]:
    """Alice wants to hear of nothing yet, but at any hour; no browser is told anything."""
    one_for_all.tell("DELETE FROM push_subscriptions")
    wish(one_for_all, muted=list(KIND_NAMED))
    yield one_for_all
    if one_for_all.process.poll() is not None:
        one_for_all.start()


@pytest.fixture
def firefox(
    playwright: Playwright, reminding: Company, service: PushService, tmp_path: Path
) -> Iterator[Phone]:
    phone = Phone(playwright, "firefox", tmp_path / "profile", reminding.origin)
    phone.preferences = FIREFOX_PREFERENCES | {
        "dom.push.serverURL": f"ws://127.0.0.1:{service.port}/",
        "dom.push.connection.enabled": True,
        "dom.push.testing.allowInsecureServerURL": True,
        "alerts.useSystemBackend": False,
    }
    phone.may_notify = True
    yield phone
    phone.close()
    assert phone.complaints == []


def wish(company: Company, muted: list[str]) -> None:
    with company.database.writing() as session:
        alice = session.exec(select(User).where(User.email == "alice@demo.test")).one()
        always = {"hour": "00:00", "quiet_from": "00:00", "quiet_until": "00:00", "working_days": "1234567"}
        session.merge(ReminderSettings(user_id=alice.id, muted=muted, **always))


def promise_for_today(company: Company, customer_id: str, note: str, alone: bool = True) -> str:
    """`alone`: the only one that is due."""
    if alone:
        company.tell("UPDATE follow_ups SET completed_at = created_at WHERE completed_at IS NULL")
    now, follow_up_id = datetime.now(UTC), new_id()
    with company.database.writing() as session:
        alice = session.exec(select(User).where(User.email == "alice@demo.test")).one()
        today = now.astimezone(ZoneInfo(alice.time_zone or "UTC")).date().isoformat()
        args = {"follow_up_id": follow_up_id, "customer_id": customer_id, "due_on": today, "note": note}
        apply(session, alice, "follow_up.create", args, now)
    return follow_up_id


def look_for_what_is_due(company: Company) -> None:
    """As a worker does that has just started: the server's own looks again within half a minute, and sends at once."""
    sweep(company.database, Settings(data_dir=company.folder), datetime.now(UTC))


def connected(phone: Phone) -> Page:
    """In Alice's hand, who has let it remind her."""
    page = phone.open()
    sign_in(page)
    wait_until_ready_for_offline(page)
    page.goto(f"{phone.origin}/more")
    page.locator("a[href='/more/reminders']").click()
    page.get_by_role("button", name="Let this device remind me").click()
    expect(page.get_by_text("This device reminds you.")).to_be_visible()
    return page


def shown(page: Page) -> list[str]:
    return [notification["title"] for notification in page.evaluate(SHOWN)]


HEALTHY = {
    "allowed": "Notifications are allowed.",
    "alive": "Connected to the browser’s push service.",
    "current": "Known to this server, with its present key.",
}


def health(page: Page) -> dict[str, str]:
    """What the page says of this device, line by line."""
    lines = page.locator("[data-health]")
    expect(lines.first).to_be_visible()
    named = [line.get_attribute("data-health") or "" for line in lines.all()]
    return dict(zip(named, lines.all_inner_texts(), strict=True))


def codes(service: PushService) -> list[int]:
    return [update["code"] for update in service.acknowledged]


def test_a_killed_firefox_gets_the_reminder_when_it_comes_back(
    reminding: Company, service: PushService, firefox: Phone
) -> None:
    page = connected(firefox)
    assert health(page) == HEALTHY | {"arrived": "Nothing has arrived here yet."}
    page.get_by_role("button", name="Send me a test").click()
    wait_until(lambda: shown(page) == ["Reminders arrive here"], page=page)
    assert codes(service) == [DECRYPTED]
    wait_until(
        lambda: str(datetime.now(UTC).year) in health(page)["arrived"], page=page
    )  # with the page open
    firefox.kill()

    customer = reminding.customer_of("alice")
    follow_up = promise_for_today(reminding, customer.id, "Bring the 40 mm")
    wish(reminding, muted=[kind for kind in KIND_NAMED if kind != "due"])
    look_for_what_is_due(reminding)
    wait_until(lambda: len(service.received) == 2)
    assert codes(service) == [DECRYPTED]

    page = firefox.open("/today")
    wait_until(lambda: customer.name in shown(page), page=page)
    [told] = [one for one in page.evaluate(SHOWN) if one["title"] == customer.name]
    assert (told["body"], told["tag"]) == ("Bring the 40 mm", "due")
    assert told["data"]["follow_up_id"] == follow_up
    assert codes(service) == [DECRYPTED, DECRYPTED]


def test_what_is_done_is_taken_off_the_lock_screen(
    reminding: Company, service: PushService, firefox: Phone
) -> None:
    page = connected(firefox)
    customer = reminding.customer_of("alice")
    promise = promise_for_today(reminding, customer.id, "Bring the 40 mm")
    wish(reminding, muted=[kind for kind in KIND_NAMED if kind != "due"])
    look_for_what_is_due(reminding)
    wait_until(lambda: shown(page) == [customer.name], page=page)
    page.goto(f"{reminding.origin}/today")
    page.locator(f"form[action='/follow-ups/{promise}/complete'] button").click()
    wait_until(lambda: shown(page) == [], page=page)

    notes = ("Bring the 50 mm", "Bring the 60 mm")
    first, second = (promise_for_today(reminding, customer.id, note, alone=False) for note in notes)
    look_for_what_is_due(reminding)
    wait_until(lambda: shown(page) == ["2 follow-ups are due today"], page=page)
    page.reload()
    for follow_up, left in ((first, ["2 follow-ups are due today"]), (second, [])):
        done = page.locator(f"form[action='/follow-ups/{follow_up}/complete'] button")
        done.click()
        expect(done).to_have_count(0)
        wait_until(lambda left=left: shown(page) == left, page=page)


def test_where_there_is_no_signal_the_list_of_two_birthdays_opens_and_what_needs_one_says_so(
    reminding: Company, service: PushService, firefox: Phone
) -> None:
    page = connected(firefox)
    customers = reminding.customers_of("alice", 2)
    reminding.tell("UPDATE contacts SET birthday = NULL")
    for customer in customers:
        born = f"--{datetime.now(ZoneInfo('Europe/Berlin')):%m-%d}"
        args = {
            "contact_id": new_id(),
            "customer_id": customer.id,
            "name": f"Of {customer.name}",
            "birthday": born,
        }
        with reminding.database.writing() as session:
            alice = session.exec(select(User).where(User.email == "alice@demo.test")).one()
            apply(session, alice, "contact.create", args, datetime.now(UTC))
    wish(reminding, muted=[kind for kind in KIND_NAMED if kind != "birthday"])
    look_for_what_is_due(reminding)
    wait_until(lambda: shown(page) == ["2 birthdays"], page=page)
    [told] = page.evaluate(SHOWN)
    wait_until(lambda: page.evaluate(IS_KEPT, told["data"]["path"]), page=page)
    page.goto(f"{reminding.origin}/more/reminders")
    reminding.stop()
    page.reload()
    page.get_by_role("button", name="Send me a test").click()
    expect(page.get_by_text("No signal: this was not sent.")).to_be_visible()
    page.goto(reminding.origin + told["data"]["path"])
    listed = page.locator(".row strong").all_inner_texts()
    assert sorted(listed) == sorted(f"Of {customer.name}" for customer in customers)
    page.locator(".row").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(listed[0].removeprefix("Of "))


def test_a_message_that_was_tampered_with_shows_nothing(
    reminding: Company, service: PushService, firefox: Phone
) -> None:
    page = connected(firefox)
    service.tamper = True
    page.get_by_role("button", name="Send me a test").click()
    wait_until(lambda: codes(service) == [NOT_DECRYPTED], page=page)
    assert shown(page) == []
    service.tamper = False
    page.get_by_role("button", name="Send me a test").click()
    wait_until(lambda: shown(page) == ["Reminders arrive here"], page=page)


def test_who_signs_out_is_not_reminded_and_the_next_user_only_when_they_ask(
    reminding: Company, service: PushService, firefox: Phone
) -> None:
    page = connected(firefox)
    page.goto(f"{reminding.origin}/more")
    page.get_by_role("button", name="Sign out").first.click()
    page.locator("#sign-out form[action='/sign-out'] button").click()
    sign_in(page, "bob")
    wait_until_ready_for_offline(page)
    wait_until(lambda: service.channels == {}, page=page)
    page.goto(f"{reminding.origin}/more/reminders")
    expect(page.get_by_role("button", name="Let this device remind me")).to_be_visible()


def test_with_a_new_key_the_phone_connects_anew_by_itself(
    reminding: Company, service: PushService, firefox: Phone
) -> None:
    page = connected(firefox)
    [before] = reminding.ask("SELECT endpoint FROM push_subscriptions")
    reminding.stop()
    (reminding.folder / "push_key").unlink()
    reminding.start()
    page.goto(f"{reminding.origin}/today")
    wait_until(
        lambda: reminding.ask("SELECT endpoint FROM push_subscriptions") not in ([before], []), page=page
    )
    page.goto(f"{reminding.origin}/more/reminders")
    page.get_by_role("button", name="Send me a test").click()
    wait_until(lambda: shown(page) == ["Reminders arrive here"], page=page)
