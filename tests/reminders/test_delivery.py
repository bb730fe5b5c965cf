"""From what is due to the push service and back: real rows, a real service, real messages."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from server.config import Settings
from server.database import Database
from server.models import push_subscription
from server.models import session as sessions
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.push_subscription import PushSubscription
from server.models.reminder import Delivery
from server.models.revision import RowRevision
from server.models.user import SignInSession, User
from server.reminders.delivery import MOST_ATTEMPTS
from server.reminders.outbox import claim, note_trial, sweep
from server.reminders.sending import MOST_SECONDS, open_client
from server.reminders.worker import Worker
from tests.cast import NOW, Cast, reads_chinese
from tests.models.test_opportunity import deal
from tests.push_service import PushService
from tests.reminders.conftest import Watch
from tests.reminders.test_encryption import Browser
from tests.reminders.test_given import given
from tests.reminders.test_sending import answering

MORNING = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def service() -> Iterator[PushService]:
    service = PushService(has_a_clock=False).start()
    yield service
    service.stop()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, push_loopback=True)


@pytest.fixture
def worker(database: Database, settings: Settings) -> Worker:
    return Worker(database, settings, "https://legwork.example.test")


class Phone:
    """Somebody's, with a subscription at the service."""

    def __init__(self, database: Database, worker: Worker, service: PushService, user: User) -> None:
        self.browser, self.service = Browser(), service
        self.endpoint = service.endpoint(new_id())
        made = self.browser.subscription()
        keys = {"p256dh": made.p256dh, "auth": made.auth, "server_key": worker.sealer.public_key}
        with database.writing() as session:
            secret = sessions.start(session, user, NOW)
            session.flush()
            sign_in = session.get(SignInSession, sessions.hash_of(secret))
            assert sign_in is not None
            self.sign_in = sign_in
            self.row = push_subscription.subscribe(
                session, user, sign_in, NOW, endpoint=self.endpoint, **keys
            )

    def got(self) -> list[dict[str, Any]]:
        mine = [received for received in self.service.received if self.endpoint.endswith(received.path)]
        return [json.loads(self.browser.read(received.body)) for received in mine]


@pytest.fixture
def phone_of(database: Database, worker: Worker, service: PushService) -> Any:
    return lambda user: Phone(database, worker, service, user)


@pytest.fixture
def promise(do: Any, cast: Cast, harbour_cafe: Customer) -> str:
    args = {"follow_up_id": new_id(), "customer_id": harbour_cafe.id, "due_on": "2026-11-23"}
    do(cast.alice, "follow_up.create", {**args, "note": "Bring the 40 mm\nand a smile"})
    return str(args["follow_up_id"])


@pytest.fixture
def cold(database: Database, harbour_cafe: Customer) -> None:
    with database.writing() as session:
        session.get_one(Customer, harbour_cafe.id).created_at = NOW - 31 * DAY


def work(worker: Worker, now: datetime) -> None:
    async def go() -> None:
        async with open_client(worker.destinations) as client:
            await worker.turn(client, now)

    asyncio.run(go())


def deliveries(database: Database) -> list[Delivery]:
    with database.reading() as session:
        return list(session.exec(select(Delivery).order_by(Delivery.id)).all())


def test_a_promise_reaches_the_phone_and_only_once(
    cast: Cast,
    phone_of: Any,
    promise: str,
    worker: Worker,
    harbour_cafe: Customer,
    service: PushService,
    database: Database,
) -> None:
    phone = phone_of(cast.alice)
    work(worker, MORNING)
    work(worker, MORNING + MINUTE)
    [message] = phone.got()
    assert message["web_push"] == 8030
    assert message["app_badge"] == 1
    notification = message["notification"]
    assert (notification["title"], notification["body"]) == ("Harbour Café", "Bring the 40 mm")
    assert notification["renotify"] is True  # rings also where it takes the place of yesterday's
    assert notification["navigate"] == f"https://legwork.example.test/customers/{harbour_cafe.id}"
    assert notification["data"]["follow_up_id"] == promise
    assert notification["data"]["of"] == [promise]
    with database.reading() as session:
        assert notification["data"]["rev"] == session.get_one(RowRevision, ("follow_ups", promise)).rev
    assert [action["action"] for action in notification["actions"]] == ["done", "tomorrow", "log"]
    headers = service.received[0].headers
    assert (headers["Topic"], headers["Urgency"]) == ("due", "high")
    assert headers["TTL"] == str((15 * 60 + 30) * 60)  # until midnight


def test_what_only_the_server_shows_to_a_manager_stays_on_the_lock_screen(
    cast: Cast, do: Any, phone_of: Any, worker: Worker, harbour_cafe: Customer
) -> None:
    """Her phone has not got it, whatever it has pulled: without a revision it does not take it for done."""
    phone = phone_of(cast.mei)
    own = {"customer_id": new_id(), "name": "Mill Inn", "owner_id": cast.mei.id}
    do(cast.mei, "customer.create", own)
    made = {"follow_up_id": new_id(), "customer_id": own["customer_id"], "due_on": "2026-11-23"}
    do(cast.mei, "follow_up.create", made)
    work(worker, MORNING)
    do(cast.mei, "follow_up.create", {**made, "follow_up_id": new_id(), "customer_id": harbour_cafe.id})
    work(worker, MORNING + 10 * MINUTE)
    first, both = (message["notification"]["data"] for message in phone.got())
    assert (len(first["of"]), "rev" in first) == (1, True)
    assert (len(both["of"]), "rev" in both) == (2, False)


def test_the_badge_counts_no_promise_to_a_customer_deleted_or_out_of_sight(
    cast: Cast, phone_of: Any, promise: str, do: Any, worker: Worker
) -> None:
    phone = phone_of(cast.alice)
    deleted, pooled = new_id(), new_id()
    for customer_id in (deleted, pooled):
        do(cast.alice, "customer.create", {"customer_id": customer_id, "name": "Quay Bar"})
        due = {"follow_up_id": new_id(), "customer_id": customer_id, "due_on": "2026-11-23"}
        do(cast.alice, "follow_up.create", due)
    do(cast.mei, "customer.delete", {"customer_id": deleted})
    do(cast.mei, "customer.assign", {"customer_id": pooled, "from": cast.alice.id, "to": None})
    work(worker, MORNING)
    assert [message["app_badge"] for message in phone.got()] == [1]


def test_it_is_said_in_the_language_of_its_reader(
    cast: Cast, phone_of: Any, do: Any, worker: Worker, harbour_cafe: Customer, database: Database
) -> None:
    phone = phone_of(cast.alice)
    with database.writing() as session:
        reads_chinese(session, cast.alice)
    args = {"follow_up_id": new_id(), "customer_id": harbour_cafe.id, "due_on": "2026-11-23"}
    do(cast.alice, "follow_up.create", args)
    work(worker, MORNING)
    [message] = phone.got()
    assert message["notification"]["lang"] == "zh-Hans"
    assert message["notification"]["actions"][0]["title"] == "完成"
    for note in ("打电话", "送样品"):
        do(cast.alice, "follow_up.create", {**args, "follow_up_id": new_id(), "note": note})
    work(worker, MORNING + MINUTE)
    assert phone.got()[1]["notification"]["body"] == "Harbour Café、Harbour Café、Harbour Café"


def test_who_wants_a_discreet_lock_screen_names_nobody_on_it(
    cast: Cast, phone_of: Any, promise: str, worker: Worker, listens: Any
) -> None:
    phone = phone_of(cast.alice)
    listens(cast.alice, discreet=True, endpoint="https://elsewhere.example.test/")
    work(worker, MORNING)
    [message] = phone.got()
    assert message["notification"]["title"] == "Legwork"
    assert message["notification"]["body"] == "1 reminder"
    assert "Harbour" not in json.dumps(message)
    assert message["notification"]["data"]["of"] == [promise]  # the phone takes it down once that is done


def test_each_of_her_phones_gets_it_and_nobody_elses(
    cast: Cast, phone_of: Any, promise: str, worker: Worker
) -> None:
    phones = [phone_of(cast.alice), phone_of(cast.alice), phone_of(cast.bob)]
    work(worker, MORNING)
    assert [len(phone.got()) for phone in phones] == [1, 1, 0]


def test_what_is_done_before_it_is_sent_is_withdrawn(
    cast: Cast, phone_of: Any, promise: str, worker: Worker, do: Any, database: Database, settings: Settings
) -> None:
    phone = phone_of(cast.alice)
    sweep(database, settings, MORNING)
    do(cast.alice, "follow_up.complete", {"follow_up_id": promise})
    work(worker, MORNING + MINUTE)
    assert phone.got() == []
    [delivery] = deliveries(database)
    assert delivery.withdrawn_at == MORNING + MINUTE


def test_what_is_left_of_several_is_sent(
    cast: Cast,
    phone_of: Any,
    promise: str,
    worker: Worker,
    do: Any,
    database: Database,
    settings: Settings,
    harbour_cafe: Customer,
) -> None:
    phone = phone_of(cast.alice)
    other = {"follow_up_id": new_id(), "customer_id": harbour_cafe.id, "due_on": "2026-11-23", "note": "Call"}
    do(cast.alice, "follow_up.create", other)
    sweep(database, settings, MORNING)
    do(cast.alice, "follow_up.snooze", {"follow_up_id": promise, "due_on": "2026-11-24"})
    work(worker, MORNING + MINUTE)
    assert [message["notification"]["body"] for message in phone.got()] == ["Call"]


def test_what_comes_later_on_the_day_takes_the_place_of_the_morning_and_says_it_too(
    cast: Cast,
    phone_of: Any,
    promise: str,
    worker: Worker,
    do: Any,
    harbour_cafe: Customer,
    service: PushService,
) -> None:
    phone = phone_of(cast.alice)
    work(worker, MORNING)
    other = {"follow_up_id": new_id(), "customer_id": harbour_cafe.id, "due_on": "2026-11-23", "note": "Call"}
    do(cast.alice, "follow_up.create", other)
    work(worker, MORNING + 60 * MINUTE)
    assert [message["notification"]["title"] for message in phone.got()] == [
        "Harbour Café",
        "2 follow-ups are due today",
    ]
    assert phone.got()[1]["notification"]["data"]["of"] == [other["follow_up_id"], promise]
    assert [received.headers["Topic"] for received in service.received] == ["due", "due"]
    do(cast.alice, "follow_up.complete", {"follow_up_id": promise})
    third = {**other, "follow_up_id": new_id(), "note": "Ask for Otto"}
    do(cast.alice, "follow_up.create", third)
    work(worker, MORNING + 120 * MINUTE)
    assert phone.got()[2]["notification"]["data"]["of"] == [third["follow_up_id"], other["follow_up_id"]]


def test_what_may_still_be_read_tomorrow_is_not_replaced_tomorrow(
    cast: Cast, phone_of: Any, worker: Worker, database: Database, harbour_cafe: Customer, do: Any
) -> None:
    phone, other = phone_of(cast.alice), {"customer_id": new_id(), "name": "Tea House"}
    do(cast.alice, "customer.create", other)
    for age, id_ in ((31, harbour_cafe.id), (30, other["customer_id"])):
        with database.writing() as session:
            session.get_one(Customer, id_).created_at = NOW - age * DAY
    work(worker, MORNING)
    work(worker, MORNING + DAY)
    told = [message["notification"] for message in phone.got()]
    assert [(one["title"], one["tag"]) for one in told] == [
        ("Harbour Café", "cold-20261123"),
        ("Tea House", "cold-20261124"),
    ]


def test_what_one_colleague_did_does_not_take_the_place_of_what_another_did(
    cast: Cast, phone_of: Any, worker: Worker, do: Any, harbour_cafe: Customer, service: PushService
) -> None:
    phone = phone_of(cast.alice)
    for minutes, note in ((0, "Wants the 40 mm"), (10, "Otto is back")):
        visit = {"visit_id": new_id(), "customer_id": harbour_cafe.id, "outcome": "interested", "note": note}
        do(cast.mei, "visit.log", {**visit, "started_at": "2026-11-23T08:00:00.000Z"})
        work(worker, MORNING + minutes * MINUTE)
    told = [message["notification"] for message in phone.got()]
    assert ["Wants the 40 mm" in told[0]["body"], "Otto is back" in told[1]["body"]] == [True, True]
    topics = [received.headers["Topic"] for received in service.received]
    assert [len(topics[0]), len(topics[1]), topics[0] != topics[1]] == [32, 32, True]
    assert [one["tag"] for one in told] == topics


def test_what_cannot_be_put_into_words_holds_up_nothing_else(
    cast: Cast,
    phone_of: Any,
    promise: str,
    worker: Worker,
    do: Any,
    database: Database,
    harbour_cafe: Customer,
) -> None:
    phone, sale = phone_of(cast.alice), deal(do, cast.alice, harbour_cafe, amount_cents=5000)
    asked = {"opportunity_id": sale, "stage": "contract", "amount_cents": 5000, "currency": "EUR"}
    do(cast.alice, "opportunity.ask", asked)
    do(cast.mei, "opportunity.decline", {**asked, "note": "Less discount"})
    with database.writing() as session:
        session.get_one(Opportunity, sale).approval_requests = []  # as no code of ours leaves it
    work(worker, MORNING)
    assert [message["notification"]["tag"] for message in phone.got()] == ["due"]
    assert sorted(delivery.delivered_at is None for delivery in deliveries(database)) == [False, True]
    for count in range(1, MOST_ATTEMPTS + 1):
        work(worker, MORNING + count * 2 * MINUTE)
    [failed] = [delivery for delivery in deliveries(database) if delivery.failed_at is not None]
    assert (failed.answer, failed.withdrawn_at) == ("given up after 12 attempts", None)


def test_what_is_too_long_for_a_message_comes_shortened(
    cast: Cast, phone_of: Any, worker: Worker, database: Database, harbour_cafe: Customer
) -> None:
    phone = phone_of(cast.alice)
    for count in range(6):
        given(database, cast, harbour_cafe, FollowUp, due_on="2026-11-26", note=f"{count} {'带上样品' * 100}")
    work(worker, MORNING)
    [message] = phone.got()
    assert message["notification"]["body"].startswith("Mei gives you something to do · Thu 26 Nov · ")
    assert message["notification"]["body"].endswith("…")
    assert deliveries(database)[0].failed_at is None


def test_what_breaks_beside_sending_does_not_hold_it_up(
    cast: Cast, phone_of: Any, promise: str, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, swept = phone_of(cast.alice), list[datetime]()

    def broken(*_: Any) -> None:
        raise LookupError

    def sweep_and_break(database: Database, settings: Settings, now: datetime) -> None:
        swept.append(now)
        sweep(database, settings, now)
        raise LookupError

    monkeypatch.setattr("server.reminders.worker.sweep", sweep_and_break)
    monkeypatch.setattr("server.reminders.worker.hand_back", broken)
    work(worker, MORNING)
    assert len(phone.got()) == 1
    work(worker, MORNING + MINUTE)
    assert swept == [MORNING, MORNING + MINUTE]


def test_what_was_held_up_into_quiet_hours_waits_for_their_end(
    cast: Cast,
    phone_of: Any,
    do: Any,
    worker: Worker,
    database: Database,
    harbour_cafe: Customer,
    service: Any,
) -> None:
    phone = phone_of(cast.alice)
    with database.writing() as session:
        session.get_one(Customer, harbour_cafe.id).created_at = NOW - 31 * DAY
    service.answers += [answering(503, Retry_After=str(12 * 3600))]
    work(worker, MORNING)  # Monday 08:30: asked again at 20:30 at the earliest, when it is quiet
    for hours in range(1, 23):
        work(worker, MORNING + timedelta(hours=hours))
    assert len(phone.got()) == 1
    work(worker, MORNING + DAY)
    assert len(phone.got()) == 2
    assert deliveries(database)[0].delivered_at == MORNING + DAY


def test_who_signed_out_gets_nothing(
    cast: Cast, phone_of: Any, promise: str, worker: Worker, database: Database, settings: Settings
) -> None:
    phone = phone_of(cast.alice)
    sweep(database, settings, MORNING)
    with database.writing() as session:
        sessions.sign_out(session, cast.alice, phone.sign_in.public_id, MORNING)
    work(worker, MORNING + MINUTE)
    assert phone.got() == []


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(
    cast: Cast, phone_of: Any, promise: str, worker: Worker, database: Database, service: Any, status: int
) -> None:
    phone_of(cast.alice)
    service.answers.append(answering(status))
    work(worker, MORNING)
    with database.reading() as session:
        assert session.exec(select(PushSubscription)).all() == []


@pytest.mark.parametrize("status", [400, 403, 413, 307])
def test_what_we_do_wrong_is_kept_and_told_to_the_admin(
    cast: Cast, phone_of: Any, promise: str, worker: Worker, database: Database, service: Any, status: int
) -> None:
    phone = phone_of(cast.alice)
    service.answers.append(answering(status))
    work(worker, MORNING)
    with database.reading() as session:
        kept = session.get_one(PushSubscription, phone.row.id)
    assert kept.refused_at == MORNING
    assert str(status) in (kept.refusal or "")
    work(worker, MORNING + DAY)
    assert len(phone.got()) == 2  # as late, the next day: this one is not given up
    with database.reading() as session:
        assert session.get_one(PushSubscription, phone.row.id).refused_at is None


def test_a_push_service_that_is_down_is_asked_again_for_this_phone_only(
    cast: Cast, phone_of: Any, promise: str, worker: Worker, service: Any
) -> None:
    phones = [phone_of(cast.alice), phone_of(cast.alice)]
    service.answers.append(answering(503))
    work(worker, MORNING)
    assert [len(phone.got()) for phone in phones] == [1, 1]
    for minutes in range(1, 6):
        work(worker, MORNING + minutes * MINUTE)
    assert sorted(len(phone.got()) for phone in phones) == [1, 2]


def test_what_is_worth_reading_for_days_outlives_a_day_without_a_line(
    cast: Cast, phone_of: Any, worker: Worker, database: Database, service: Any, cold: None
) -> None:
    phone = phone_of(cast.alice)
    for count in range(23):
        service.answers.append(answering(500))
        work(worker, MORNING + count * 30 * MINUTE)
    in_vain = len(phone.got())
    assert in_vain >= MOST_ATTEMPTS
    service.answers.clear()
    work(worker, MORNING + DAY)
    assert len(phone.got()) == in_vain + 1
    assert deliveries(database)[0].delivered_at == MORNING + DAY


def test_a_push_service_that_stays_down_is_given_up(
    cast: Cast, phone_of: Any, worker: Worker, database: Database, service: Any, cold: None
) -> None:
    phone_of(cast.alice)
    for hours in range(0, 24 * 5, 3):
        service.answers.append(answering(500))
        work(worker, MORNING + timedelta(hours=hours))
    [delivery] = deliveries(database)
    assert delivery.failed_at is not None
    assert MORNING + 4 * DAY <= delivery.failed_at < MORNING + 5 * DAY
    assert delivery.attempts > MOST_ATTEMPTS


def test_a_claim_is_one_workers_alone_until_it_ends(
    cast: Cast, phone_of: Any, promise: str, worker: Worker, database: Database, settings: Settings
) -> None:
    phone_of(cast.alice)
    sweep(database, settings, MORNING)

    def claims(now: datetime) -> int:
        with database.writing() as session:
            return len(claim(session, now, 10))

    assert [claims(MORNING), claims(MORNING), claims(MORNING + 2 * MINUTE)] == [1, 0, 1]


def test_a_crash_between_sending_and_marking_sends_once_more_under_the_same_topic(
    cast: Cast,
    phone_of: Any,
    promise: str,
    worker: Worker,
    service: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    phone = phone_of(cast.alice)

    class Crash(Exception):  # noqa: N818
        pass

    def crash(*_: Any) -> None:
        raise Crash

    with monkeypatch.context() as broken:
        broken.setattr(worker, "_settled", crash)
        with pytest.raises(Crash):
            work(worker, MORNING)
    for minutes in range(1, 8):
        work(worker, MORNING + minutes * MINUTE)
    assert len(phone.got()) == 2
    assert {received.headers["Topic"] for received in service.received} == {"due"}
    assert {message["notification"]["tag"] for message in phone.got()} == {"due"}


def test_two_workers_at_once_send_each_message_once(
    cast: Cast, phone_of: Any, promise: str, worker: Worker, database: Database, settings: Settings
) -> None:
    phones = [phone_of(cast.alice) for _ in range(30)]
    other = Worker(database, settings, worker.origin)

    async def both() -> None:
        async with open_client(worker.destinations) as client:
            await asyncio.gather(worker.turn(client, MORNING), other.turn(client, MORNING))

    asyncio.run(both())
    assert [len(phone.got()) for phone in phones] == [1] * 30


def test_what_could_be_claimed_by_another_before_its_answer_comes_is_left_to_that_one(
    cast: Cast,
    phone_of: Any,
    promise: str,
    worker: Worker,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As the last of a batch, when push services hang and each message takes as long as it may."""
    phone = phone_of(cast.alice)
    with monkeypatch.context() as late:
        late.setattr("server.reminders.worker.CLAIMED_FOR", timedelta(seconds=MOST_SECONDS))
        work(worker, MORNING)
    assert phone.got() == []
    assert deliveries(database)[0].attempts == 0
    work(worker, MORNING + MINUTE)
    assert phone.got() == []
    work(worker, MORNING + 2 * MINUTE)
    assert len(phone.got()) == 1


def test_what_waits_while_push_services_are_slow_does_not_hold_up_the_next_sweep(
    cast: Cast,
    phone_of: Any,
    promise: str,
    worker: Worker,
    watch: Watch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    phones = [phone_of(cast.alice) for _ in range(5)]
    push = worker._push

    async def slowly(*given: Any) -> Any:
        watch.seconds += 20
        return await push(*given)

    monkeypatch.setattr("server.reminders.worker.PUSHES_CLAIMED", 1)
    monkeypatch.setattr(worker, "_push", slowly)
    work(worker, MORNING)
    assert 0 < sum(len(phone.got()) for phone in phones) < 5
    work(worker, MORNING + MINUTE)
    work(worker, MORNING + 2 * MINUTE)
    assert [len(phone.got()) for phone in phones] == [1] * 5


def test_an_endpoint_belongs_to_who_brought_it_last(
    cast: Cast, phone_of: Any, promise: str, worker: Worker, database: Database
) -> None:
    phone, bobs = phone_of(cast.alice), phone_of(cast.bob)
    with database.writing() as session:
        keys = {"p256dh": phone.row.p256dh, "auth": phone.row.auth, "server_key": phone.row.server_key}
        again = {"endpoint": phone.endpoint, **keys}
        mine = push_subscription.subscribe(session, cast.alice, phone.sign_in, NOW, **again)
        assert mine.id == phone.row.id
        taken = push_subscription.subscribe(session, cast.bob, bobs.sign_in, NOW, **again)
        assert taken.id != phone.row.id
    with database.reading() as session:
        assert [row.user_id for row in session.exec(select(PushSubscription))] == [cast.bob.id]
    work(worker, MORNING)
    assert phone.got() == []


def test_a_trial_goes_to_this_phone_at_any_hour(
    cast: Cast, phone_of: Any, worker: Worker, database: Database
) -> None:
    phone, other = phone_of(cast.alice), phone_of(cast.alice)
    with database.writing() as session:
        note_trial(session, session.get_one(PushSubscription, phone.row.id), NOW)
    work(worker, datetime(2026, 11, 22, 23, 0, tzinfo=UTC) + DAY)
    assert [message["notification"]["tag"] for message in phone.got()] == ["trial"]
    assert other.got() == []


def test_what_was_subscribed_for_another_key_is_left_alone(
    cast: Cast, phone_of: Any, promise: str, database: Database, tmp_path: Path
) -> None:
    phone = phone_of(cast.alice)
    elsewhere = Settings(data_dir=tmp_path / "new", push_loopback=True)
    work(Worker(database, elsewhere, "https://legwork.example.test"), MORNING)
    assert phone.got() == []
    assert deliveries(database)[0].withdrawn_at == MORNING
