"""What became of reminders: the admin's page and the figures for whoever watches the server."""

from datetime import timedelta
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlmodel import select

from server.database import Database
from server.models import session as sessions
from server.models.identity import new_id
from server.models.push_subscription import PushSubscription
from server.models.reminder import Delivery, Notification
from server.models.user import User
from tests.cast import NOW, Cast
from tests.routes.conftest import Browser
from tests.routes.test_permissions import SUBSCRIPTION

DAY = timedelta(days=1)
TOKEN = "m" * 16


@pytest.fixture
def delivered(database: Database) -> Any:
    """`delivered(alice, "due", subscription_id=None, failed_at=NOW, answer="550 no")`"""

    def delivered(user: User, kind: str, age: timedelta = DAY, **fate: Any) -> None:
        notification = Notification(id=new_id(), user_id=user.id, kind=kind, due_at=NOW - age)
        with database.writing() as session:
            session.add(notification)
            session.flush()
            common = {"notification_id": notification.id, "next_try_at": NOW - age, "attempts": 1}
            session.add(Delivery(id=new_id(), **{**common, **fate}))

    return delivered


def test_the_admin_sees_what_was_sent_waits_and_failed_and_why(
    screens: Browser, cast: Cast, delivered: Any, database: Database
) -> None:
    screens(cast.alice).post("/more/reminders/subscription", SUBSCRIPTION)
    with database.writing() as session:
        browser = session.exec(select(PushSubscription)).one()
        browser.delivered_at, browser.refused_at, browser.refusal = NOW - DAY, NOW, "403 BadJwtToken"
    delivered(cast.alice, "due", subscription_id=browser.id, delivered_at=NOW)
    delivered(cast.alice, "late", subscription_id=browser.id, failed_at=NOW, answer="403 BadJwtToken")
    delivered(cast.bob, "cold", failed_at=NOW, answer="550 <no> mailbox", attempts=3)
    delivered(cast.bob, "cold", delivered_at=NOW, age=30 * DAY)
    page = screens(cast.dora).get("/deliveries").text
    assert '<th scope="col">Devices</th><th scope="col">Email</th>' in page  # two fit on a phone
    rows = {"Sent": (1, 0), "Waiting": (0, 0), "Failed": (1, 1), "No longer due": (0, 0)}
    for state, (pushed, mailed) in rows.items():
        assert f'<th scope="row">{state}</th><td>{pushed}</td><td>{mailed}</td>' in page
    assert "550 &lt;no&gt; mailbox" in page
    assert "3 attempts" in page
    assert page.count("403 BadJwtToken") == 3  # as a reason, of the device, of what came last
    assert "Sent: 1 · Failed: 1" in page


def test_a_device_that_a_new_key_made_silent_says_so_and_one_that_signed_out_is_gone(
    screens: Browser, cast: Cast, database: Database
) -> None:
    alice = screens(cast.alice)
    alice.post("/more/reminders/subscription", SUBSCRIPTION)
    with database.writing() as session:
        session.exec(select(PushSubscription)).one().server_key = "an earlier one"
    page = screens(cast.dora).get("/deliveries").text
    assert "Connected with an earlier key: silent until Legwork is opened on it." in page
    with database.writing() as session:
        browser = session.exec(select(PushSubscription)).one()
        sessions.sign_out(session, cast.alice, browser.session_id, NOW)
    assert "No device lets itself be reminded yet" in screens(cast.dora).get("/deliveries").text


def test_nothing_yet(screens: Browser, cast: Cast) -> None:
    page = screens(cast.dora).get("/deliveries").text
    assert "No device lets itself be reminded yet" in page
    assert "Why some failed" not in page


def test_it_asks_the_database_as_often_for_many_as_for_one(
    screens: Browser, cast: Cast, delivered: Any, count_queries: Any
) -> None:
    browser, counts = screens(cast.dora), []
    for many in (1, 30):
        for _ in range(many):
            delivered(cast.alice, "due", delivered_at=NOW)
        with count_queries() as asked:
            browser.get("/deliveries")
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.fixture
def watched(screens: Browser, cast: Cast) -> TestClient[Any]:
    client = screens(cast.dora).client
    client.app.state.settings.metrics_token = TOKEN
    return TestClient(client.app)


def test_figures_are_as_prometheus_reads_them(
    watched: TestClient[Any], screens: Browser, cast: Cast, delivered: Any
) -> None:
    screens(cast.alice).post("/more/reminders/subscription", SUBSCRIPTION)
    delivered(cast.alice, "due", subscription_id=new_id(), delivered_at=NOW)
    delivered(cast.alice, "due", age=timedelta(minutes=5))
    answer = watched.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.text.splitlines()
    figures = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    assert figures['legwork_reminder_deliveries{way="push",state="delivered"}'] == "1"
    assert figures['legwork_reminder_deliveries{way="email",state="waiting"}'] == "1"
    assert figures["legwork_reminders_overdue_seconds"] == "300"
    assert figures["legwork_push_subscriptions"] == "1"
    assert figures["legwork_push_subscriptions_refused"] == "0"
    assert figures["legwork_push_subscriptions_outdated"] == "0"
    named = {line.partition("{")[0].split()[0] for line in figures}
    assert named == {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert "Alice" not in answer.text


@pytest.mark.parametrize("header", ["", TOKEN, f"Bearer {TOKEN}x", "Bearer ", f"Basic {TOKEN}", "Bearer ü"])
def test_without_the_token_there_is_nothing(watched: TestClient[Any], header: str) -> None:
    answer = watched.get("/metrics", headers={"Authorization": header.encode()})
    assert (answer.status_code, answer.text) == (404, "")


def test_where_no_token_is_set_nobody_is_let_in(screens: Browser, cast: Cast) -> None:
    for header in ("Bearer None", "Bearer "):
        answer = screens(cast.dora).get("/metrics", Authorization=header)
        assert answer.status_code == 404
