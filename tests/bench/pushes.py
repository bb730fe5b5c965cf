"""How fast the server applies what phones send, against Python's sqlite3 inserting the same rows into the same file."""

import json
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
from sqlmodel import Session, col, select

from server.database import Database, open_database
from server.models.column import wire
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.user import User
from server.translations import translator
from sync.envelope import read_envelope
from sync.push import push
from tests.bench.result import Result, ratio_at_least

BATCH = 50
PUSHES = 40
ROUNDS = 5


def measure(database_file: Path) -> list[Result]:
    """The server and its floor take turns, so that a slow moment of the machine affects both."""
    database = open_database(f"sqlite:///{database_file}")
    ours, floors = [], []
    for _ in range(ROUNDS):
        device_id = new_id()
        ours.append(pushed_per_s(database, device_id))
        floors.append(inserted_per_s(database_file, device_id))
    database.close()
    title = f"Pushes of {BATCH} visits, durable, entries/s"
    floor_is = "raw sqlite3: the same rows and receipts, 50 a transaction"
    return [ratio_at_least(title, median(ours), median(floors), 0.25, "entries/s", floor_is)]


def floor_per_s(database_file: Path) -> float:
    """The floor alone, for the storm, which measures pushes in its own way."""
    database = open_database(f"sqlite:///{database_file}")
    floors = []
    for _ in range(ROUNDS):
        device_id = new_id()
        pushed_per_s(database, device_id)
        floors.append(inserted_per_s(database_file, device_id))
    database.close()
    return median(floors)


def pushed_per_s(database: Database, device_id: str) -> float:
    with database.reading() as session:
        alice = session.exec(select(User).where(User.email == "alice@demo.test")).one()
        bodies = list(bodies_of(session, alice, device_id))
    t = translator("en")
    started = time.perf_counter()
    for body in bodies:
        answer = push(database, alice, read_envelope(body), datetime.now(UTC), t)
        msgspec.json.encode(answer)
        assert all(receipt["status"] == "applied" for receipt in answer["receipts"])
    return BATCH * PUSHES / (time.perf_counter() - started)


def bodies_of(session: Session, user: User, device_id: str) -> Iterator[bytes]:
    customer_ids = list(session.exec(select(Customer.id).where(col(Customer.owner_id) == user.id)))
    now = datetime.now(UTC)
    for number in range(PUSHES):
        numbers = range(number * BATCH, (number + 1) * BATCH)
        changes = [change(seq + 1, customer_ids[seq % len(customer_ids)], now) for seq in numbers]
        yield body_of(user, device_id, changes, now)


def body_of(user: User, device_id: str, changes: list[dict[str, Any]], now: datetime) -> bytes:
    envelope = {
        "protocol": 1, "epoch": None, "device_id": device_id, "user_id": user.id,
        "sent_at": wire(now), "changes": changes,
    }  # fmt: skip
    return json.dumps(envelope).encode()


def change(seq: int, customer_id: str, now: datetime) -> dict[str, Any]:
    args = {
        "visit_id": new_id(),
        "customer_id": customer_id,
        "started_at": wire(now - timedelta(minutes=seq)),
        "outcome": "interested",
        "note": f"Number {seq}: line two leaks again, wants to see the new seal before the shutdown.",
    }
    happened_at = wire(now - timedelta(minutes=seq))
    return {
        "seq": seq, "id": new_id(), "name": "visit.log", "args": args, "base_rev": None,
        "happened_at": happened_at, "group": None,
    }  # fmt: skip


def inserted_per_s(database_file: Path, device_id: str) -> float:
    """Inserts the device's rows again under new ids: same columns, same indexes, same durability."""
    connection = sqlite3.connect(database_file, isolation_level=None, timeout=30)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-32000"):
        connection.execute(f"PRAGMA {pragma}")
    inserts, entries = rows_again(connection, device_id)
    started = time.perf_counter()
    for first in range(0, len(entries), BATCH):
        connection.execute("BEGIN IMMEDIATE")
        for rows in entries[first : first + BATCH]:
            for insert, row in zip(inserts, rows, strict=True):
                connection.execute(insert, row)
        connection.execute("COMMIT")
    per_s = len(entries) / (time.perf_counter() - started)
    connection.close()
    return per_s


def rows_again(connection: sqlite3.Connection, device_id: str) -> tuple[list[str], list[list[list[Any]]]]:
    """Three INSERT statements, and for each entry the rows that they insert: visit, row revision, receipt."""
    count = BATCH * PUSHES
    visits = rows_of(connection, "visits ORDER BY created_at DESC, id DESC LIMIT ?", count)
    receipts = rows_of(connection, "receipts WHERE device_id = ?", device_id)
    revisions = rows_of(
        connection, "row_revisions WHERE collection = 'visits' ORDER BY rev DESC LIMIT ?", count
    )
    for visit, revision, receipt in zip(visits, revisions, receipts, strict=True):
        visit["id"] = revision["row_id"] = new_id()
        receipt |= {"change_id": new_id(), "seq": receipt["seq"] + count}
    rows = {"visits": visits, "row_revisions": revisions, "receipts": receipts}
    inserts = [f"INSERT INTO {table} VALUES ({', '.join('?' * len(of[0]))})" for table, of in rows.items()]
    return inserts, [[list(row.values()) for row in entry] for entry in zip(*rows.values(), strict=True)]


def rows_of(connection: sqlite3.Connection, which: str, value: Any) -> list[dict[str, Any]]:
    found = connection.execute(f"SELECT * FROM {which}", (value,))
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]
