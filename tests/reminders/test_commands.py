"""`legwork reminders due`, `legwork worker`, and what the doctor says of push."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import delete
from sqlmodel import select

from server.cli import main
from server.cli.reminders import WHY
from server.config import Settings
from server.database import Database, open_database
from server.migrate import upgrade
from server.models import push_subscription
from server.models import session as sessions
from server.models.alert import set_alert
from server.models.identity import new_id
from server.models.push_subscription import PushSubscription
from server.models.reminder import Delivery, NotificationItem, ReminderSettings
from server.models.user import SignInSession
from server.models.workspace import finish_setup
from server.reminders.due import KIND_NAMED, find_due
from server.reminders.outbox import note, note_trial
from server.reminders.person import people_named
from server.reminders.worker import sealer_of
from sync.apply import apply
from tests.cast import NOW, Cast, hire
from tests.mail_server import MailServer
from tests.push_service import PushService
from tests.reminders.test_encryption import Browser
from tests.served import LEGWORK


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Database, Cast]]:
    for name in [name for name in os.environ if name.startswith("LEGWORK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("LEGWORK_DATA_DIR", str(tmp_path))
    database = open_database(f"sqlite:///{tmp_path / 'legwork.db'}")
    upgrade(database)
    with database.writing() as session:
        cast = hire(session)
        finish_setup(session, "Legwork Trading", NOW)
    yield database, cast
    database.close()


def legwork(*args: str) -> str:
    result = CliRunner().invoke(main, args)
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def promise(database: Database, cast: Cast) -> None:
    customer = {"customer_id": new_id(), "name": "Harbour [Café]"}
    follow_up = {"follow_up_id": new_id(), "customer_id": customer["customer_id"], "due_on": "2026-12-01"}
    with database.writing() as session:
        apply(session, cast.alice, "customer.create", customer, NOW)
        apply(session, cast.alice, "follow_up.create", {**follow_up, "note": "Bring the 40 mm"}, NOW)


def connect(database: Database, cast: Cast, service: PushService) -> Browser:
    browser, settings = Browser(), Settings()
    made = browser.subscription()
    key = sealer_of(settings, settings.address).public_key
    now = datetime.now(UTC)
    with database.writing() as session:
        secret = sessions.start(session, cast.alice, now)
        session.flush()
        sign_in = session.get_one(SignInSession, sessions.hash_of(secret))
        keys = {"p256dh": made.p256dh, "auth": made.auth, "server_key": key}
        push_subscription.subscribe(session, cast.alice, sign_in, now, endpoint=service.endpoint(), **keys)
    return browser


def test_it_shows_what_would_be_sent_and_why(company: tuple[Database, Cast]) -> None:
    promise(*company)
    said = legwork("reminders", "due", "--user", "alice@example.test", "--at", "2026-12-01T08:30")
    assert "Harbour [Café] Bring the 40 mm → /customers/" in said
    assert "due: Harbour [Café] · promised for 2026-12-01" in said
    assert "None of their devices" in said


@pytest.mark.parametrize(
    ("at", "why"),
    [
        ("2026-12-01T08:29", "Harbour [Café] · promised for 2026-12-01 · their hour has not come"),
        ("2026-12-01T21:00", "promised for 2026-12-01 · these are their quiet hours"),
        ("2026-12-06T10:00", "promised for 2026-12-01 · a day off"),
        ("2026-11-28T10:00", "Nothing is due on a day off."),
        ("2026-11-27T10:00", "Nothing is due."),
    ],
)
def test_it_says_why_there_is_nothing(company: tuple[Database, Cast], at: str, why: str) -> None:
    promise(*company)
    assert why in legwork("reminders", "due", "--user", "alice@example.test", "--at", at)


def test_it_says_why_something_is_not_told(company: tuple[Database, Cast]) -> None:
    database, cast = company
    promise(database, cast)
    arguments = ("reminders", "due", "--user", "alice@example.test", "--at", "2026-12-01T08:40")
    with database.writing() as session:
        [alice] = people_named(session, [cast.alice.id], "UTC")
        at = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
        note(session, find_due(session, [alice], at), Settings(), at)
    assert "Not told: due: Harbour [Café] · promised for 2026-12-01 · told on 2026-12-01 at 08:30" in legwork(
        *arguments
    )
    with database.writing() as session:
        session.execute(delete(NotificationItem))
        session.add(ReminderSettings(user_id=cast.alice.id, muted=["due"], working_days="12"))
    said = legwork(*arguments)
    assert "Hears from 08:30 on Mon, Tue, not from" in said
    assert "Not told: due: Harbour [Café] · promised for 2026-12-01 · off in their settings" in said


def test_it_says_which_way_it_goes(company: tuple[Database, Cast], monkeypatch: pytest.MonkeyPatch) -> None:
    database, cast = company
    promise(database, cast)
    arguments = ("reminders", "due", "--user", "alice@example.test", "--at", "2026-12-01T08:40")
    monkeypatch.setenv("LEGWORK_SMTP_HOST", "mail.example.test")
    assert ", by email due: Harbour" in legwork(*arguments)
    service = PushService().start()
    connect(database, cast, service)
    service.stop()
    assert ", by push (devices: 1) due: Harbour" in legwork(*arguments)
    with database.writing() as session:
        session.add(ReminderSettings(user_id=cast.alice.id, emailed=["due"]))
    assert ", by email due: Harbour" in legwork(*arguments)


def test_there_is_a_reason_for_whatever_can_be_due(company: tuple[Database, Cast]) -> None:
    assert set(WHY) == set(KIND_NAMED)
    database, cast = company
    with database.writing() as session:
        alert = set_alert(session, cast.mei, NOW, "cold", territory_id=None, terms={"limit": 1})
        alert.risen_on, alert.risen_number = NOW.date(), 3
    said = legwork("reminders", "due", "--user", "mei@example.test", "--at", f"{NOW:%Y-%m-%d}T10:00")
    assert f"alert: cold · risen on {NOW:%Y-%m-%d}" in said


def test_the_moment_is_on_their_clock(company: tuple[Database, Cast]) -> None:
    database, cast = company
    promise(database, cast)
    with database.writing() as session:
        apply(session, cast.alice, "user.edit", {"fields": {"time_zone": "Asia/Shanghai"}}, NOW)
    said = legwork("reminders", "due", "--user", "alice@example.test", "--at", "2026-12-01T08:30")
    assert "Tuesday 2026-12-01 08:30 (Asia/Shanghai)" in said
    assert "promised for 2026-12-01" in said


def test_nothing_is_noted_by_looking(company: tuple[Database, Cast]) -> None:
    promise(*company)
    arguments = ("reminders", "due", "--user", "alice@example.test", "--at", "2026-12-01T08:30")
    assert legwork(*arguments) == legwork(*arguments)


@pytest.mark.parametrize("at", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_a_moment_at_the_end_of_the_calendar_is_refused(company: tuple[Database, Cast], at: str) -> None:
    result = CliRunner().invoke(main, ["reminders", "due", "--user", "alice@example.test", "--at", at])
    assert (result.exit_code, "from 2000 to 2100" in result.output) == (2, True)


def test_nobody_of_that_name(company: tuple[Database, Cast]) -> None:
    result = CliRunner().invoke(main, ["reminders", "due", "--user", "eve@example.test"])
    assert result.exit_code == 1
    assert "legwork user list" in result.output


def test_a_worker_of_its_own_sends_and_stops_when_told(
    company: tuple[Database, Cast], monkeypatch: pytest.MonkeyPatch
) -> None:
    database, cast = company
    service = PushService().start()
    monkeypatch.setenv("LEGWORK_PUSH_LOOPBACK", "true")
    browser = connect(database, cast, service)
    with database.writing() as session:
        note_trial(session, session.exec(select(PushSubscription)).one(), datetime.now(UTC))
    [trial] = deliveries(database)
    worker = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", LEGWORK, "worker"], env=dict(os.environ))
    until = datetime.now(UTC) + timedelta(seconds=60)
    while not any(one.id == trial.id and one.delivered_at for one in deliveries(database)):
        assert datetime.now(UTC) < until
        assert worker.poll() is None
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    service.stop()
    # The worker goes by the real time: on the morning of a week's first working day it tells of the weekly report, too.
    told = [json.loads(browser.read(received.body))["notification"]["title"] for received in service.received]
    assert told.count("Reminders arrive here") == 1


def deliveries(database: Database) -> list[Delivery]:
    with database.reading() as session:
        return list(session.exec(select(Delivery)).all())


def test_the_doctor_tells_what_push_services_refuse(company: tuple[Database, Cast]) -> None:
    database, cast = company
    service = PushService().start()
    connect(database, cast, service)
    service.stop()
    assert "refused reminders" not in doctor()
    with database.writing() as session:
        row = session.exec(select(PushSubscription)).one()
        row.refused_at, row.refusal = NOW, "403 BadJwtToken"
    assert "a push service refused reminders (devices: 1): 403 BadJwtToken" in doctor()


def test_the_doctor_counts_devices_that_another_key_made_silent(
    company: tuple[Database, Cast], monkeypatch: pytest.MonkeyPatch
) -> None:
    database, cast = company
    service = PushService().start()
    connect(database, cast, service)
    service.stop()
    assert "another push key" not in doctor()
    asked = CliRunner().invoke(main, ["secrets", "generate"])
    assert "has a push key already" in asked.stderr
    lines = dict(line.split("=", 1) for line in asked.stdout.split())
    monkeypatch.setenv("LEGWORK_PUSH_KEY", lines["LEGWORK_PUSH_KEY"])
    assert "devices that were connected with another push key get no reminders (devices: 1)" in doctor()
    with database.writing() as session:
        [browser] = session.exec(select(PushSubscription)).all()
        sessions.sign_out(session, cast.alice, browser.session_id, NOW)
    assert "another push key" not in doctor()


def test_the_doctor_asks_the_mail_server(
    company: tuple[Database, Cast], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = MailServer().start()
    assert "mail server" not in doctor()
    monkeypatch.setenv("LEGWORK_SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv("LEGWORK_SMTP_PORT", str(server.port))
    assert f"the mail server 127.0.0.1:{server.port}: SMTP" in doctor()  # it knows no STARTTLS
    monkeypatch.setenv("LEGWORK_SMTP_SECURITY", "none")
    assert f"the mail server 127.0.0.1:{server.port} answers" in doctor()
    monkeypatch.setenv("LEGWORK_SMTP_USER", "legwork")
    monkeypatch.setenv("LEGWORK_SMTP_PASSWORD", "geheim-geheim")
    assert "is sent unencrypted" in doctor()
    assert "geheim" not in doctor()
    server.stop()
    assert f"the mail server 127.0.0.1:{server.port}: SMTPConnectError" in doctor()


def doctor() -> str:
    return " ".join(CliRunner().invoke(main, ["doctor"]).output.split())


def test_a_long_line_is_not_broken(company: tuple[Database, Cast]) -> None:
    """Another program that reads it looks for words, and people copy addresses."""
    said = CliRunner().invoke(main, ["doctor"]).output
    assert "fcm.googleapis.com,.push.services.mozilla.com,.push.apple.com,.notify.windows.com\n" in said
    said = CliRunner().invoke(main, ["reminders", "due", "--user", "alice@example.test"]).output
    assert "Hears from 08:30 on Mon, Tue, Wed, Thu, Fri, not from 20:00 to 07:00.\n" in said


def test_the_doctor_knows_a_key_that_is_none(
    company: tuple[Database, Cast], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEGWORK_PUSH_KEY", "x" * 43 + "!")
    said = doctor()
    assert "the push key is not valid" in said
    assert "xxxxx" not in said


def test_generated_keys_can_be_used(company: tuple[Database, Cast], monkeypatch: pytest.MonkeyPatch) -> None:
    asked = CliRunner().invoke(main, ["secrets", "generate"])
    assert asked.stderr == ""
    lines = dict(line.split("=", 1) for line in asked.stdout.split())
    monkeypatch.setenv("LEGWORK_PUSH_KEY", lines["LEGWORK_PUSH_KEY"])
    settings: Any = Settings()
    assert len(sealer_of(settings, settings.address).public_key) == 87
    assert not (settings.data_dir / "push_key").exists()


def test_the_key_made_at_the_first_start_is_ours_alone_and_stays(company: tuple[Database, Cast]) -> None:
    settings: Any = Settings()
    first = sealer_of(settings, settings.address).public_key
    assert (settings.data_dir / "push_key").stat().st_mode & 0o077 == 0
    assert sealer_of(settings, settings.address).public_key == first


def test_wishes_show_in_what_is_said(company: tuple[Database, Cast]) -> None:
    database, cast = company
    promise(database, cast)
    with database.writing() as session:
        session.add(ReminderSettings(user_id=cast.alice.id, discreet=True))
    said = legwork("reminders", "due", "--user", "alice@example.test", "--at", "2026-12-01T08:30")
    assert "Legwork 1 reminder" in said
