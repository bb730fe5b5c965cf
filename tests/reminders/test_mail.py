"""Reminders by e-mail: who gets one, what it says, and that it comes once. Over real SMTP, to a server on loopback."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col, select
from structlog.testing import capture_logs

from server.config import Settings
from server.database import Database
from server.models import session as sessions
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.reminder import Delivery, ReminderSettings
from server.models.user import User
from server.reminders.outbox import sweep
from server.reminders.sending import open_client
from server.reminders.worker import Worker
from tests.cast import NOW, Cast, reads_chinese
from tests.mail_server import HANGS_UP, MailServer, make_certificate
from tests.push_service import PushService
from tests.reminders.test_delivery import Phone
from tests.reminders.test_sending import answering

MORNING = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    server = MailServer().start()
    yield server
    server.stop()


@pytest.fixture
def service() -> Iterator[PushService]:
    service = PushService(has_a_clock=False).start()
    yield service
    service.stop()


@pytest.fixture
def settings(tmp_path: Path, mail: MailServer) -> Settings:
    return settings_for(mail, tmp_path)


def settings_for(server: MailServer, folder: Path, **more: Any) -> Settings:
    sent = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_security": "none", **more}
    return Settings(data_dir=folder, push_loopback=True, smtp_from="legwork@example.test", **sent)


@pytest.fixture
def worker(database: Database, settings: Settings) -> Worker:
    return Worker(database, settings, "https://legwork.example.test")


@pytest.fixture
def phone_of(database: Database, worker: Worker, service: PushService) -> Any:
    return lambda user: Phone(database, worker, service, user)


@pytest.fixture
def promise(do: Any, cast: Cast, harbour_cafe: Customer) -> Any:
    def promise(note: str = "Bring the 40 mm\nand a smile", **more: str) -> str:
        args = {
            "follow_up_id": new_id(),
            "customer_id": harbour_cafe.id,
            "due_on": "2026-11-23",
            "note": note,
        }
        do(cast.alice, "follow_up.create", {**args, **more})
        return args["follow_up_id"]

    return promise


def work(worker: Worker, now: datetime) -> None:
    async def go() -> None:
        async with open_client(worker.destinations) as client:
            await worker.turn(client, now)
            await worker.post(now)

    asyncio.run(go())


def wish(database: Database, user: User, **wishes: Any) -> None:
    with database.writing() as session:
        session.merge(ReminderSettings(user_id=user.id, **wishes))


def deliveries(database: Database) -> list[Delivery]:
    with database.reading() as session:
        return list(session.exec(select(Delivery).order_by(Delivery.id)).all())


def plain(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def rich(letter: EmailMessage) -> str:
    part = letter.get_body(("html",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_who_has_no_device_gets_an_email_once(
    cast: Cast, promise: Any, worker: Worker, mail: MailServer, harbour_cafe: Customer, database: Database
) -> None:
    promise()
    work(worker, MORNING)
    work(worker, MORNING + MINUTE)
    [letter] = mail.letters
    assert mail.received[0].rcpt_tos == ["alice@example.test"]
    assert (letter["To"], letter["From"]) == ("Alice <alice@example.test>", "Legwork <legwork@example.test>")
    assert letter["Subject"] == "Harbour Café"
    assert letter["Date"].datetime == MORNING
    address = f"https://legwork.example.test/customers/{harbour_cafe.id}"
    assert f"Bring the 40 mm\n\nOpen in Legwork\n{address}\n" in plain(letter)
    assert f'href="{address}"' in rich(letter)
    assert letter["List-Unsubscribe"] == "<https://legwork.example.test/more/reminders>"
    assert "https://legwork.example.test/more/reminders" in plain(letter)
    [delivery] = deliveries(database)
    assert (delivery.delivered_at, delivery.answer) == (MORNING, "250 taken")


def test_it_is_in_the_language_of_its_reader(
    cast: Cast, promise: Any, worker: Worker, mail: MailServer, database: Database
) -> None:
    with database.writing() as session:
        reads_chinese(session, cast.alice)
    promise(note="带两个样品")
    promise(note="打电话")
    work(worker, MORNING)
    [letter] = mail.letters
    assert letter["Subject"] == "今天有 2 项跟进到期"
    assert "带两个样品" in plain(letter)
    assert 'lang="zh-Hans"' in rich(letter)
    assert "Open" not in plain(letter) + rich(letter)


def test_all_that_is_gathered_is_listed(
    cast: Cast, promise: Any, worker: Worker, mail: MailServer, harbour_cafe: Customer
) -> None:
    for number in range(53):
        promise(note=f"Number {number:02}")
    work(worker, MORNING)
    [letter] = mail.letters
    assert letter["Subject"] == "53 follow-ups are due today"
    assert plain(letter).count(f"/customers/{harbour_cafe.id}") == 50
    assert "and 3 more" in plain(letter)
    assert "and 3 more" in rich(letter)


def test_visits_stand_as_the_day_goes(
    cast: Cast, do: Any, worker: Worker, mail: MailServer, harbour_cafe: Customer
) -> None:
    for time in ("14:00", None, "09:30", "11:00"):
        plan = {"visit_id": new_id(), "customer_id": harbour_cafe.id, "planned_on": "2026-11-23"}
        do(cast.alice, "visit.plan", {**plan, "planned_time": time} if time else plan)
    work(worker, MORNING)
    [letter] = mail.letters
    told = re.findall(r"^- (.*)$", plain(letter), re.MULTILINE)
    assert told == ["09:30 · Harbour Café", "11:00 · Harbour Café", "14:00 · Harbour Café", "Harbour Café"]


def test_who_wants_to_be_discreet_reads_no_names(
    cast: Cast, promise: Any, worker: Worker, mail: MailServer, database: Database
) -> None:
    wish(database, cast.alice, discreet=True)
    promise()
    promise()
    work(worker, MORNING)
    [letter] = mail.letters
    assert letter["Subject"] == "Legwork"
    assert "2 reminders" in plain(letter)
    assert "Harbour" not in plain(letter) + rich(letter)


def test_an_address_of_any_letters_stands_in_the_letter_as_it_is(
    cast: Cast, promise: Any, worker: Worker, mail: MailServer, database: Database
) -> None:
    """Packed up, as names may be, it is no address: those who get it cannot answer, and some servers refuse it."""
    address = "jürgen@käse.example"
    with database.writing() as session:
        session.execute(update(User).where(col(User.id) == cast.alice.id).values(email=address))
    promise()
    work(worker, MORNING)
    [received] = mail.received
    assert received.rcpt_tos == [address]
    assert isinstance(received.content, bytes)
    assert f"\r\nTo: Alice <{address}>\r\n".encode() in received.content


EVIL = "Eve\r\nBcc: all@example.test\r\n\r\n<b>\u202e\u0000x"


def test_names_cannot_add_headers_or_markup(
    cast: Cast, promise: Any, worker: Worker, mail: MailServer, database: Database, harbour_cafe: Customer
) -> None:
    """However such a name may have come into the database."""
    evil = EVIL.replace("\u0000", "")  # which PostgreSQL does not hold
    with database.writing() as session:
        session.execute(update(Customer).where(col(Customer.id) == harbour_cafe.id).values(name=evil))
        session.execute(update(User).where(col(User.id) == cast.alice.id).values(name=evil))
    promise(note="<script>alert(1)</script>")
    work(worker, MORNING)
    [letter] = mail.letters
    assert mail.received[0].rcpt_tos == ["alice@example.test"]
    assert letter["Bcc"] is None
    assert letter["Subject"] == "Eve Bcc: all@example.test <b> x"
    assert letter["To"].addresses[0].addr_spec == "alice@example.test"
    assert len(letter["To"].addresses) == 1
    assert "<b>" not in rich(letter)
    assert "<script>" not in rich(letter)


PACKED = (
    "=?utf-8?q?Eve=0D=0ABcc:_all=40example.test=0D=0A=0D=0AYour_password?=",
    "=?utf-8?b?RXZlDQpCY2M6IGFsbEBleGFtcGxlLnRlc3QNCg0K?=",
    "=?utf-8?q?=C3=A9?= =?utf-8?q?=0ABcc:_a?=",
    "==?utf-8?q?=0ABcc:_a?=",
    "=?utf-8?q?",
)


@pytest.mark.parametrize("evil", PACKED)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_names_that_look_packed_stay_as_they_are(
    cast: Cast, promise: Any, worker: Worker, mail: MailServer, database: Database, harbour_cafe: Customer,
    evil: str,
) -> None:  # fmt: skip
    """What a mail program packs letters into (RFC 2047) anybody can type, and within are line ends."""
    with database.writing() as session:
        session.execute(update(Customer).where(col(Customer.id) == harbour_cafe.id).values(name=evil))
        session.execute(update(User).where(col(User.id) == cast.alice.id).values(name=evil))
    promise()
    work(worker, MORNING)
    [received] = mail.received
    assert isinstance(received.content, bytes)
    [head, body] = received.content.split(b"\r\n\r\n", 1)
    assert b"Bcc:" not in [line[:4] for line in received.content.split(b"\r\n")]
    assert body.startswith(b"--")  # the first of the two parts: no line got out of the head
    assert b"=?" not in head.replace(b"=?us-ascii?q?", b"").replace(b"=?utf-8?q?", b"")
    [letter] = mail.letters
    assert letter["Subject"].strip().replace("= ?", "=?").startswith(evil[:30])
    assert [address.addr_spec for address in letter["To"].addresses] == ["alice@example.test"]


def test_who_has_a_device_is_reminded_there_and_by_email_where_that_was_chosen(
    cast: Cast, phone_of: Any, do: Any, promise: Any, worker: Worker, mail: MailServer, database: Database,
    harbour_cafe: Customer,
) -> None:  # fmt: skip
    phone = phone_of(cast.alice)
    wish(database, cast.alice, emailed=["planned"], muted=["cold"])
    promise()
    plan = {"visit_id": new_id(), "customer_id": harbour_cafe.id, "planned_on": "2026-11-23"}
    do(cast.alice, "visit.plan", plan)
    work(worker, MORNING)
    assert [message["notification"]["tag"] for message in phone.got()] == ["due"]
    assert ["planned" in plain(letter) for letter in mail.letters] == [True]


def test_nobody_gets_by_email_what_they_do_not_want(
    cast: Cast, promise: Any, worker: Worker, mail: MailServer, database: Database
) -> None:
    wish(database, cast.alice, muted=["due"])
    promise()
    work(worker, MORNING)
    assert mail.letters == []


@pytest.mark.parametrize("status", [404, 403])
def test_when_the_only_device_is_gone_it_comes_by_email(
    cast: Cast,
    phone_of: Any,
    promise: Any,
    worker: Worker,
    mail: MailServer,
    service: PushService,
    status: int,
) -> None:
    phone_of(cast.alice)
    service.answers.append(answering(status))
    promise()
    work(worker, MORNING)
    assert [letter["Subject"] for letter in mail.letters] == ["Harbour Café"]


def test_while_another_device_has_it_no_email_comes(
    cast: Cast, phone_of: Any, promise: Any, worker: Worker, mail: MailServer, service: PushService
) -> None:
    for _ in range(2):
        phone_of(cast.alice)
    service.answers.append(answering(410))
    promise()
    work(worker, MORNING)
    assert mail.letters == []


def test_while_the_push_service_stays_down_it_comes_by_email_the_same_day(
    cast: Cast, promise: Any, worker: Worker, mail: MailServer, phone_of: Any, service: PushService
) -> None:
    phone_of(cast.alice)
    promise()
    for minutes in range(0, 11 * 60, 30):
        service.answers.append(answering(503))
        work(worker, MORNING + minutes * MINUTE)
    assert len(mail.letters) == 1


def test_who_signed_out_before_it_was_sent_gets_it_by_email(
    cast: Cast, phone_of: Any, promise: Any, worker: Worker, mail: MailServer, database: Database
) -> None:
    phone = phone_of(cast.alice)
    promise()
    sweep(database, worker.settings, MORNING)
    with database.writing() as session:
        sessions.sign_out(session, cast.alice, phone.sign_in.public_id, MORNING)
    work(worker, MORNING + MINUTE)
    assert len(mail.letters) == 1


def test_who_left_gets_nothing(
    cast: Cast, promise: Any, worker: Worker, mail: MailServer, database: Database
) -> None:
    promise()
    with database.writing() as session:
        session.get_one(User, cast.alice.id).deactivated_at = NOW
    work(worker, MORNING)
    assert mail.letters == []


def test_what_is_done_before_it_is_sent_is_withdrawn(
    cast: Cast, promise: Any, do: Any, worker: Worker, mail: MailServer, database: Database
) -> None:
    follow_up = promise()
    mail.to_recipient.append("451 try again")
    work(worker, MORNING)
    do(cast.alice, "follow_up.complete", {"follow_up_id": follow_up})
    for minutes in range(1, 5):
        work(worker, MORNING + minutes * MINUTE)
    assert mail.letters == []
    assert deliveries(database)[0].withdrawn_at is not None


def test_what_is_refused_for_now_is_sent_again_and_what_is_refused_is_not(
    cast: Cast, promise: Any, worker: Worker, mail: MailServer, database: Database, do: Any
) -> None:
    mail.to_recipient += ["451 greylisted", "250 OK"]
    promise()
    work(worker, MORNING)
    assert mail.letters == []
    for minutes in range(1, 4):
        work(worker, MORNING + minutes * MINUTE)
    assert len(mail.letters) == 1
    mail.to_recipient.append("550 <alice@north.example>: no such mailbox")
    with capture_logs() as logged:
        for minutes in range(24 * 60, 24 * 60 + 5):
            work(worker, MORNING + minutes * MINUTE)  # as late
    assert len(mail.letters) == 1
    [_, failed] = deliveries(database)
    assert failed.failed_at == MORNING + DAY
    assert "550 <alice@north.example>: no such mailbox" in (failed.answer or "")
    assert [one.get("code") for one in logged] == ["550"]
    assert "alice" not in str(logged)


def test_one_that_is_refused_holds_up_no_other(
    cast: Cast, promise: Any, worker: Worker, mail: MailServer, do: Any
) -> None:
    promise()
    customer = {"customer_id": new_id(), "name": "Quay Bar"}
    do(cast.bob, "customer.create", customer)
    again = {"follow_up_id": new_id(), "customer_id": customer["customer_id"], "due_on": "2026-11-23"}
    do(cast.bob, "follow_up.create", again)
    mail.to_content.append("554 looks like spam")
    work(worker, MORNING)
    assert len(mail.letters) == 1


def test_when_nobody_knows_whether_it_arrived_it_is_sent_once_more_and_no_third_time(
    cast: Cast, promise: Any, worker: Worker, mail: MailServer, database: Database
) -> None:
    mail.to_content += [HANGS_UP] * 5
    promise()
    for minutes in range(0, 60, 5):
        work(worker, MORNING + minutes * MINUTE)
    assert len(mail.letters) == 2
    assert len({letter["Message-ID"] for letter in mail.letters}) == 1
    [delivery] = deliveries(database)
    assert delivery.failed_at is not None


def test_a_crash_between_sending_and_marking_sends_once_more_under_the_same_id(
    cast: Cast, promise: Any, worker: Worker, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crash(Exception):  # noqa: N818
        pass

    def crash(*_: Any) -> None:
        raise Crash

    promise()
    with monkeypatch.context() as broken:
        broken.setattr(worker, "_settled", crash)
        with pytest.raises(Crash):
            work(worker, MORNING)
    for minutes in range(1, 8):
        work(worker, MORNING + minutes * MINUTE)
    assert len(mail.letters) == 2
    assert len({letter["Message-ID"] for letter in mail.letters}) == 1


def test_a_mail_server_that_is_away_is_asked_again(
    cast: Cast, promise: Any, mail: MailServer, database: Database, tmp_path: Path
) -> None:
    promise()
    away = Worker(database, settings_for(mail, tmp_path, smtp_port=1), "https://legwork.example.test")
    work(away, MORNING)
    [delivery] = deliveries(database)
    assert delivery.failed_at is None
    assert "SMTPConnectError" in (delivery.answer or "")
    work(Worker(database, settings_for(mail, tmp_path), "https://legwork.example.test"), MORNING + MINUTE)
    assert len(mail.letters) == 1


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Which everything on this machine trusts."""
    path = make_certificate(tmp_path / "mail.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


def sent_with(database: Database, folder: Path, server: MailServer, **settings: Any) -> Delivery:
    worker = Worker(database, settings_for(server, folder, **settings), "https://legwork.example.test")
    work(worker, MORNING)
    server.stop()
    [delivery] = deliveries(database)
    return delivery


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_it_goes_privately_and_signed_in(
    cast: Cast, promise: Any, database: Database, tmp_path: Path, certificate: Path, security: str
) -> None:
    promise()
    server = MailServer(certificate, implicit_tls=security == "tls", account=("legwork", "geheim ü")).start()
    with_account = {"smtp_user": "legwork", "smtp_password": "geheim ü"}
    delivery = sent_with(database, tmp_path, server, smtp_security=security, **with_account)
    assert delivery.delivered_at == MORNING
    assert server.was_private == [True]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_wrong_password_is_told(
    cast: Cast, promise: Any, database: Database, tmp_path: Path, certificate: Path
) -> None:
    promise()
    server = MailServer(certificate, account=("legwork", "right")).start()
    account = {"smtp_user": "legwork", "smtp_password": "wrong"}
    delivery = sent_with(database, tmp_path, server, smtp_security="starttls", **account)
    assert "535" in (delivery.answer or "")
    assert server.received == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_is_said_in_the_clear_to_a_server_that_cannot_be_private(
    cast: Cast, promise: Any, database: Database, tmp_path: Path
) -> None:
    promise()
    server = MailServer().start()
    delivery = sent_with(database, tmp_path, server, smtp_security="starttls")
    assert delivery.delivered_at is None
    assert "STARTTLS" in (delivery.answer or "")
    assert server.received == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_is_said_to_a_server_whose_certificate_nobody_vouches_for(
    cast: Cast, promise: Any, database: Database, tmp_path: Path
) -> None:
    promise()
    server = MailServer(make_certificate(tmp_path / "unknown.pem")).start()
    delivery = sent_with(database, tmp_path, server, smtp_security="starttls")
    assert delivery.delivered_at is None
    assert "certificate" in (delivery.answer or "")
    assert server.received == []
