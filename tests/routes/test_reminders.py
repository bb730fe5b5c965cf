"""The page of reminders: this device, and what one wants to hear when."""

import re

import pytest
from litestar import Litestar
from sqlmodel import select

from server.database import Database
from server.models.push_subscription import PushSubscription
from server.models.reminder import Delivery, Notification, ReminderSettings
from server.models.user import Role, User
from server.reminders.due import KIND_NAMED
from tests.cast import Cast, person
from tests.routes.conftest import Browser, Screens
from tests.routes.test_permissions import SUBSCRIPTION

WISHES = {
    "hour": "09:15",
    "quiet_from": "21:00",
    "quiet_until": "06:30",
    "days": ["1", "6"],
    "way_due": "push",
    "way_planned": "email",
    **{
        f"way_{kind}": "none"
        for kind in ("late", "cold", "unheeded", "birthday", "parked", "asked", "colleague")
    },
}
SUBSCRIBE = "/more/reminders/subscription"


def subscriptions(database: Database) -> list[PushSubscription]:
    with database.reading() as session:
        return list(session.exec(select(PushSubscription)).all())


def test_wishes_are_kept_and_shown_again(screens: Browser, cast: Cast, database: Database) -> None:
    browser = screens(cast.alice)
    answer = browser.post("/more/reminders", {**WISHES, "discreet": "yes"})
    assert answer.headers["location"] == "/more/reminders?done=saved"
    with database.reading() as session:
        kept = session.get_one(ReminderSettings, cast.alice.id)
    assert (kept.hour, kept.quiet_from, kept.quiet_until) == ("09:15", "21:00", "06:30")
    assert (kept.working_days, kept.discreet) == ("16", True)
    assert sorted(kept.muted) == ["asked", "birthday", "cold", "colleague", "late", "parked", "unheeded"]
    assert kept.emailed == ["planned"]
    page = browser.get("/more/reminders").text
    assert 'value="09:15"' in page
    assert 'name="days" value="6" checked' in page
    assert 'name="days" value="2">' in page
    assert '<option value="none" selected>' in page.partition('id="way_cold"')[2].partition("</select>")[0]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("hour", "25:00", "Enter a time such as 08:30."),
        ("quiet_from", "", "Enter a time such as 08:30."),
        ("quiet_until", "٠٨:٣٠", "Enter a time such as 08:30."),
        ("hour", "22:00", "This lies in your quiet hours"),
        ("hour", "05:00", "This lies in your quiet hours"),
        ("days", [], "Choose at least one day"),
    ],
)
def test_what_cannot_be_is_said_beside_it_and_nothing_is_kept(
    screens: Browser, cast: Cast, database: Database, field: str, value: str | list[str], sentence: str
) -> None:
    answer = screens(cast.alice).post("/more/reminders", {**WISHES, field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    with database.reading() as session:
        assert session.get(ReminderSettings, cast.alice.id) is None


def test_nobody_is_asked_about_what_they_are_never_told(
    screens: Browser, cast: Cast, henrik: User, database: Database
) -> None:
    sue = person("Sue", Role.SUPPORT, cast.north)
    with database.writing() as session:
        session.add(sue)
    rep, manager, executive, support = (
        set(re.findall('name="way_([a-z_]+)"', screens(user).get("/more/reminders").text))
        for user in (cast.alice, cast.mei, henrik, sue)
    )
    assert set(KIND_NAMED) - rep == {"unheeded", "approval", "entry", "alert", "task", "report"}
    assert set(KIND_NAMED) - manager == {"handed_back", "task"}
    rather_theirs = {"handed_back", "unheeded", "approval", "entry", "access", "given", "task"}
    assert set(KIND_NAMED) - executive == rather_theirs
    assert support == {"task", "task_late"}
    for user, promises in ((cast.mei, True), (sue, False)):
        assert ("/more/reminders/calendar" in screens(user).get("/more/reminders").text) == promises


def test_a_browser_is_connected_and_told_the_key(screens: Browser, cast: Cast, database: Database) -> None:
    browser = screens(cast.alice)
    assert "data-push-known" not in browser.get("/more/reminders").text
    answer = browser.post(SUBSCRIBE, SUBSCRIPTION)
    # What arrives meanwhile the page says itself.
    assert "Nothing has been sent" not in browser.get("/more/reminders").text
    [row] = subscriptions(database)
    assert answer.json() == {"key": row.server_key, "taken": True}
    assert (row.user_id, row.endpoint) == (cast.alice.id, SUBSCRIPTION["endpoint"])
    page = browser.get("/more/reminders").text
    assert "data-push-known" in page
    assert f'data-push="{row.server_key}"' in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("endpoint", "https://evil.test/1"),
        ("endpoint", "http://fcm.googleapis.com/1"),
        ("endpoint", "https://127.0.0.1/1"),
        ("endpoint", ""),
        ("endpoint", "https://fcm.googleapis.com/" + "x" * 2000),
        ("p256dh", "none"),
        ("auth", ""),
    ],
)
def test_what_is_no_subscription_is_not_taken(
    screens: Browser, cast: Cast, database: Database, field: str, value: str
) -> None:
    answer = screens(cast.alice).post(SUBSCRIBE, {**SUBSCRIPTION, field: value})
    assert answer.json()["taken"] is False
    assert subscriptions(database) == []


def test_an_endpoint_goes_to_who_brings_it_last(screens: Browser, cast: Cast, database: Database) -> None:
    screens(cast.alice).post(SUBSCRIBE, SUBSCRIPTION)
    screens(cast.bob).post(SUBSCRIBE, SUBSCRIPTION)
    assert [row.user_id for row in subscriptions(database)] == [cast.bob.id]


def test_a_trial_is_noted_for_this_browser_only(screens: Browser, cast: Cast, database: Database) -> None:
    connected, other = screens(cast.alice), screens(cast.alice)
    connected.post(SUBSCRIBE, SUBSCRIPTION)
    other.post("/more/reminders/trial")
    connected.post("/more/reminders/trial")
    with database.reading() as session:
        [delivery] = session.exec(select(Delivery)).all()
        [notification] = session.exec(select(Notification)).all()
    assert delivery.subscription_id == subscriptions(database)[0].id
    assert (notification.kind, notification.user_id) == ("trial", cast.alice.id)


def test_stopping_forgets_the_browser(screens: Browser, cast: Cast, database: Database) -> None:
    browser: Screens = screens(cast.alice)
    browser.post(SUBSCRIBE, SUBSCRIPTION)
    assert browser.post("/more/reminders/unsubscribe").status_code == 303
    assert subscriptions(database) == []


def test_email_is_offered_where_it_can_be_sent(
    screens: Browser, cast: Cast, app: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = screens(cast.alice)
    assert 'value="email"' not in browser.get("/more/reminders").text
    settings = browser.client.app.state.settings
    monkeypatch.setattr(settings, "smtp_host", "smtp.example.test")
    page = browser.get("/more/reminders").text
    assert 'value="email"' in page
    assert "alice@example.test" in page


def test_who_goes_with_the_territory_again_forgets_what_they_chose(
    screens: Browser, cast: Cast, database: Database
) -> None:
    browser = screens(cast.alice)
    assert "/more/reminders/default" not in browser.get("/more/reminders").text
    browser.post("/more/reminders", WISHES)
    assert "/more/reminders/default" in browser.get("/more/reminders").text
    assert browser.post("/more/reminders/default").status_code == 303
    with database.reading() as session:
        assert session.get(ReminderSettings, cast.alice.id) is None
    assert browser.post("/more/reminders/default").status_code == 303
