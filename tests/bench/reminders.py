"""How many messages a second one process sends, against only encrypting and posting them; and what a sweep costs."""

import asyncio
import base64
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import event, insert
from sqlmodel import SQLModel, col, func, select

from server.config import Settings
from server.database import Database, open_database
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.identity import new_id
from server.models.push_subscription import PushSubscription
from server.models.reminder import Delivery, NotificationItem
from server.models.user import Role, SignInSession, User
from server.reminders.outbox import sweep
from server.reminders.sending import MOST_AT_ONCE, open_client
from server.reminders.worker import Worker
from tests.bench.result import Result, at_most, ratio_at_least

MORNING: Final = datetime(2027, 3, 22, 9, 0, tzinfo=UTC)  # a Monday
SUBSCRIPTIONS: Final = 2_000
PEOPLE, CUSTOMERS_EACH = 1_000, 100
ROUNDS: Final = 3


def measure(database_file: Path) -> list[Result]:
    """Sweeping and sending, each in a copy of the database."""
    results: list[Result] = []
    for number, measured in enumerate((sweeping, sending)):
        copy = database_file.with_name(f"reminders-{number}.db")
        shutil.copy(database_file, copy)
        database = open_database(f"sqlite:///{copy}")
        results += measured(database, copy.parent)
        database.close()
    return results


def sweeping(database: Database, folder: Path) -> list[Result]:
    """Each of PEOPLE has a hundred customers, of which one has just gone cold, and one promise that is due."""
    settings = Settings(data_dir=folder, session_days=3_650)
    hire(database, PEOPLE, CUSTOMERS_EACH, "https://push.example.test")
    with counted(database) as statements:
        started = time.perf_counter()
        sweep(database, settings, MORNING)
        took = time.perf_counter() - started
    with database.reading() as session:
        due = session.exec(select(func.count()).select_from(NotificationItem)).one()
    about = f"Sweep over {PEOPLE * CUSTOMERS_EACH:,} customers of {PEOPLE:,} people"
    return [
        at_most(f"{about}: statements", len(statements), 10, "statements"),
        at_most(f"{about}: for each of {due:,} things due", took / due * 1000, 0.5, "ms", 3),
    ]


def sending(database: Database, folder: Path) -> list[Result]:
    """The worker and its floor take turns, so that a slow moment of the machine affects both."""
    settings = Settings(data_dir=folder, push_loopback=True, session_days=3_650)
    worker = Worker(database, settings, "https://legwork.example.test")
    ours, floors = [], []
    with push_sink() as origin:
        for number in range(ROUNDS):
            now = MORNING + timedelta(days=7 * (number + 1))
            hire(database, SUBSCRIPTIONS, 1, origin, worker.sealer.public_key, now)
            sweep(database, settings, now)
            ours.append(asyncio.run(sent_per_s(worker, now)))
            floors.append(asyncio.run(posted_per_s(worker, origin, now)))
    title = f"Push messages from one process, {SUBSCRIPTIONS:,} browsers, answers after 20 ms"
    floor_is = f"encrypted and posted with the same client, {MOST_AT_ONCE} at once, nothing noted"
    return [ratio_at_least(title, max(ours), max(floors), 0.7, "messages/s", floor_is)]


async def sent_per_s(worker: Worker, now: datetime) -> float:
    before, started = delivered(worker.database), time.perf_counter()
    async with open_client(worker.destinations) as client:
        await worker.deliver(client, now)
    took, count = time.perf_counter() - started, delivered(worker.database) - before
    assert count >= SUBSCRIPTIONS
    return count / took


def delivered(database: Database) -> int:
    with database.reading() as session:
        query = select(func.count()).where(col(Delivery.delivered_at).is_not(None))
        return session.exec(query).one()


async def posted_per_s(worker: Worker, origin: str, now: datetime) -> float:
    sealer, payload = worker.sealer, b"x" * 600
    headers = {
        "TTL": "60",
        "Content-Encoding": "aes128gcm",
        "Authorization": sealer.authorization(origin, now),
    }
    addresses = iter([f"{origin}/{number}" for number in range(SUBSCRIPTIONS)])

    async def post_all(client: aiohttp.ClientSession) -> None:
        for address in addresses:
            body = sealer.encrypt(payload, PUBLIC, SECRET)
            async with client.post(address, data=body, headers=headers, allow_redirects=False) as answer:
                await answer.read()

    started = time.perf_counter()
    async with open_client(worker.destinations) as client:
        await asyncio.gather(*(post_all(client) for _ in range(MOST_AT_ONCE)))
    return SUBSCRIPTIONS / (time.perf_counter() - started)


@contextmanager
def push_sink() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bench.push_sink"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.stdin.close()


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*arguments: Any) -> None:
        statements.append(arguments[2])

    event.listen(database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine, "before_cursor_execute", note)


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


KEY: Final = ec.generate_private_key(ec.SECP256R1()).public_key()
PUBLIC: Final = encoded(KEY.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
SECRET: Final = encoded(bytes(range(16)))


def hire(
    database: Database,
    people: int,
    customers: int,
    origin: str,
    server_key: str = "",
    now: datetime = MORNING,
) -> None:
    """Reps with one browser and so many customers each. At `now` one promise of each rep is due, and one customer has
    gone cold, if they have at least two."""
    rows: dict[type[SQLModel], list[dict[str, Any]]] = {
        model: [] for model in (User, SignInSession, PushSubscription, Customer, FollowUp)
    }
    for _ in range(people):
        user_id, owned = new_id(), [new_id() for _ in range(customers)]
        made = {"created_at": now - timedelta(days=400)}
        rows[User].append(
            {"id": user_id, "email": f"{user_id}@example.test", "name": "Erin", "role": Role.REP,
             "password_hash": "", "time_zone": "UTC", "weekly_visits": 20, **made}
        )  # fmt: skip
        rows[SignInSession].append(
            {"id_hash": user_id, "public_id": user_id, "user_id": user_id, "user_agent": "", "created_at": now,
             "last_seen_at": now}
        )  # fmt: skip
        rows[PushSubscription].append(
            {"id": user_id, "user_id": user_id, "session_id": user_id, "endpoint": f"{origin}/{user_id}",
             "p256dh": PUBLIC, "auth": SECRET, "server_key": server_key, "created_at": now}
        )  # fmt: skip
        rows[Customer] += [customer(id_, user_id, number, now) for number, id_ in enumerate(owned)]
        rows[FollowUp].append(
            {"id": new_id(), "customer_id": owned[0], "owner_id": user_id, "due_on": now.date(), **made}
        )
    with database.writing() as session:
        for model, values in rows.items():
            session.execute(insert(model), values)


def customer(id_: str, owner_id: str, number: int, now: datetime) -> dict[str, Any]:
    silent_days = 33 if number == 1 else 3
    return {
        "id": id_, "name": f"Customer {number}", "lifecycle": "active", "cadence_days": 30, "owner_id": owner_id,
        "sort_key": id_, "search_text": "", "last_touch_at": now - timedelta(days=silent_days),
        "created_at": now - timedelta(days=400),
    }  # fmt: skip
