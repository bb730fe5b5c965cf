"""Several processes send letters at once, and nobody gets two. Over real SMTP, as in test_mail.py."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from server.config import Settings
from server.database import Database, open_database
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.reminder import Delivery, Notification
from server.models.user import User
from server.reminders.desk import ToMail
from server.reminders.outbox import claim
from server.reminders.worker import Worker
from tests.cast import Cast
from tests.mail_server import MailServer
from tests.reminders import test_mail
from tests.reminders.conftest import Watch
from tests.reminders.test_mail import MINUTE, MORNING, plain, work

mail, settings, worker, promise = test_mail.mail, test_mail.settings, test_mail.worker, test_mail.promise
PEOPLE, LETTERS_EACH, WORKERS = 60, 3, 3


@pytest.fixture
def others(database_url: str) -> Iterator[list[Database]]:
    """As other processes have it: with connections, and a queue of writers, of their own."""
    databases = [open_database(database_url) for _ in range(WORKERS)]
    yield databases
    for database in databases:
        database.close()


def test_a_person_is_claimed_by_one(database: Database, cast: Cast, others: list[Database]) -> None:
    with database.writing() as session:
        for number in range(PEOPLE):
            told = {
                "name": str(number),
                "email": f"{number}@example.test",
                "role": "rep",
                "password_hash": "",
            }
            user = User(id=new_id(), territory_id=cast.alice.territory_id, created_at=MORNING, **told)
            session.add(user)
            session.flush()
            for kind in ("follow_up", "planned_visit", "birthday")[:LETTERS_EACH]:
                about = Notification(id=new_id(), user_id=user.id, kind=kind, due_at=MORNING)
                session.add(about)
                session.flush()
                session.add(Delivery(id=new_id(), notification_id=about.id, next_try_at=MORNING))
    at_once = Barrier(WORKERS)

    def claim_all(own: Database) -> list[list[str]]:
        at_once.wait()
        claims: list[list[str]] = []
        while not claims or claims[-1]:
            with own.writing() as session:
                claims.append(claim(session, MORNING, 1, by_mail=True))
        return claims

    with ThreadPoolExecutor(WORKERS) as pool:
        found = [one for claims in pool.map(claim_all, others) for one in claims if one]
    with database.reading() as session:
        whose = [
            {
                session.get_one(Notification, session.get_one(Delivery, id_).notification_id).user_id
                for id_ in one
            }
            for one in found
        ]
    assert Counter(map(len, found)) == {LETTERS_EACH: PEOPLE}
    assert Counter(user_id for (user_id,) in whose) == dict.fromkeys(Counter(u for (u,) in whose), 1)


def test_what_comes_due_while_a_letter_is_on_its_way_is_in_the_next_one(
    cast: Cast,
    promise: Any,
    do: Any,
    harbour_cafe: Customer,
    worker: Worker,
    mail: MailServer,
    settings: Settings,
    others: list[Database],
) -> None:
    promise()
    asyncio.run(worker.turn(None, MORNING))  # type: ignore[arg-type]  (no browser listens)
    taken = worker._take(MORNING, 20, by_mail=True)
    assert taken is not None
    do(
        cast.alice,
        "visit.plan",
        {"visit_id": new_id(), "customer_id": harbour_cafe.id, "planned_on": "2026-11-23"},
    )
    other = Worker(others[0], settings, worker.origin)
    work(other, MORNING + timedelta(seconds=10))
    assert mail.letters == []
    letters = [one for one in taken if isinstance(one, ToMail)]
    outcomes = asyncio.run(worker.mail_server.deliver([one.letter for one in letters]))
    asyncio.run(worker._settle(list(zip(letters, outcomes, strict=True)), MORNING))
    work(other, MORNING + 3 * MINUTE)
    assert len(mail.letters) == 1
    work(other, MORNING + 61 * MINUTE)
    [_, second] = mail.letters
    assert "Visit planned for today" in plain(second)


def test_workers_at_once_write_to_everybody_once(
    cast: Cast,
    do: Any,
    database: Database,
    mail: MailServer,
    settings: Settings,
    worker: Worker,
    others: list[Database],
) -> None:
    for user in (cast.alice, cast.bob, cast.charlie, cast.mei):
        customer = {"customer_id": new_id(), "name": f"{user.name}'s Café"}
        do(user, "customer.create", customer)
        of = {"customer_id": customer["customer_id"]}
        do(user, "follow_up.create", {**of, "follow_up_id": new_id(), "due_on": "2026-11-23"})
        do(user, "visit.plan", {**of, "visit_id": new_id(), "planned_on": "2026-11-23"})
    workers = [Worker(own, settings, worker.origin) for own in others]
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda one: work(one, MORNING), workers))
    for one in workers:
        work(one, MORNING + 3 * MINUTE)
    assert Counter(str(letter["To"]).split()[0] for letter in mail.letters) == dict.fromkeys(
        ("Alice", "Bob", "Charlie", "Mei"), 1
    )


def test_a_worker_that_writes_for_minutes_claims_each_letter_anew(
    cast: Cast,
    do: Any,
    mail: MailServer,
    settings: Settings,
    worker: Worker,
    others: list[Database],
    watch: Watch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its mail server takes 45 seconds for each, and another worker looks for more while the last is on its way."""
    for user in (cast.alice, cast.bob, cast.charlie, cast.mei):
        customer = {"customer_id": new_id(), "name": f"{user.name}'s Café"}
        do(user, "customer.create", customer)
        made = {"follow_up_id": new_id(), "customer_id": customer["customer_id"], "due_on": "2026-11-23"}
        do(user, "follow_up.create", made)
    other = Worker(others[0], settings, worker.origin)
    deliver, found = worker.mail_server.deliver, list[Any]()

    async def slowly(letters: Any) -> Any:
        watch.seconds += 45
        if len(mail.letters) == 3:
            found.append(other._take(MORNING + timedelta(seconds=watch.seconds), 20, by_mail=True))
        return await deliver(letters)

    monkeypatch.setattr("server.reminders.worker.LETTERS_AT_ONCE", 1)
    monkeypatch.setattr(worker.mail_server, "deliver", slowly)
    work(worker, MORNING)
    assert found == [None]
