"""Makes a company of any size over two years. Its rows are written without the models: a million visits take a minute.

They are as syncing would leave them: in the order of time, with moves, lines and latest touches. What no page of a
manager reads is left out: revisions of rows, receipts, photos.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlmodel import SQLModel, update

from server import likeness, search_text
from server.database import Database, open_database
from server.days import next_quarter, quarter_of
from server.demo.dice import Dice
from server.migrate import upgrade
from server.models.bulk import insert_rows
from server.models.customer import Customer, CustomerShare
from server.models.follow_up import FollowUp
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.product import Product
from server.models.quota import keep
from server.models.quote import Quote
from server.models.user import User
from server.models.visit import Visit
from server.models.workspace import Territory, Workspace
from tests.bench import large_sales
from tests.bench.large_sales import COMPETITORS, DAYS, IN_CHINA, Held, Size, at_text, currency_of

TERRITORIES: Final = 8
REPS_EACH: Final = 5
PRODUCTS: Final = 40
OUTCOMES: Final = ("interested", "ordered", "needs_quote", "not_now", "nobody_there")
TYPES: Final = ("Distributor", "Workshop", "Manufacturer", None)
LIFECYCLES: Final = {"active": 6, "prospect": 3, "lead": 2, "dormant": 1, "lost": 1}
REGIONS_EACH: Final = 5
NOTE: Final = (
    "They asked for samples of the new seals, and when the next delivery comes. Price is not the point."
)


class Staff(NamedTuple):
    territories: list[Territory]
    reps: list[User]
    managers: list[User]
    executive: User

    def home(self, rep: User) -> int:
        return next(n for n, one in enumerate(self.territories) if one.id == rep.territory_id)


def make(file: Path, size: Size, now: datetime, seed: int = 11) -> None:
    database = open_database(f"sqlite:///{file}")
    upgrade(database)
    staff, products = _people(database, now), _products(now)
    with database.writing() as session:
        session.execute(update(Workspace).values(name="Large", set_up_at=now))
        for _ in insert_rows(
            session, [*staff.territories, *staff.managers, staff.executive, *staff.reps, *products]
        ):
            pass
        session.info.pop("rows")
    database.close()
    with sqlite3.connect(file) as raw:
        raw.execute("PRAGMA synchronous=OFF")
        _fill(raw, size, now, Dice(seed, "large"), staff, products)
    raw.close()


def _people(database: Database, now: datetime) -> Staff:
    dice = Dice(1, "people")
    since = now - timedelta(days=DAYS + 30)
    territories = [Territory(id=dice.id_at(since), name=f"Territory {n + 1}") for n in range(TERRITORIES)]

    def user(key: str, role: str, place: int | None) -> User:
        return User(
            id=dice.id_at(since), email=f"{key}@large.test", name=key.replace("-", " ").title(), role=role,
            password_hash="", created_at=since,
            territory_id=None if place is None else territories[place].id,
            time_zone="Asia/Shanghai" if place is not None and place < IN_CHINA else "Europe/Berlin",
        )  # fmt: skip

    reps = [user(f"rep-{n + 1}", "rep", n // REPS_EACH) for n in range(TERRITORIES * REPS_EACH)]
    quarter = quarter_of(now.date())
    for n, rep in enumerate(reps):
        rep.weekly_visits = 25
        for first in (quarter, next_quarter(quarter)):
            keep(rep, first, 30_000_000, currency_of(n // REPS_EACH), "Europe/Berlin")
    managers = [user(f"manager-{n + 1}", "manager", n) for n in range(TERRITORIES)]
    return Staff(territories, reps, managers, user("executive", "executive", None))


def _products(now: datetime) -> list[Product]:
    dice, since = Dice(2, "products"), now - timedelta(days=DAYS)
    return [
        Product(
            id=dice.id_at(since), name=f"Seal {n + 1} mm", code=f"S-{n + 1}", unit=("piece", "box", "kit")[n % 3],
            price_cents=100 * dice.randint(5, 400), currency="CNY" if n % 4 == 0 else "EUR",
        )
        for n in range(PRODUCTS)
    ]  # fmt: skip


def _fill(
    raw: sqlite3.Connection, size: Size, now: datetime, dice: Dice, staff: Staff, products: list[Product]
) -> None:
    held = _held(size, now, dice, staff)
    _insert(raw, Visit, VISIT, _visits(size, held, now, dice, products))
    _insert(raw, FollowUp, FOLLOW_UP, _follow_ups(raw, size, now, dice))
    _insert(raw, Customer, CUSTOMER, _customers(held, now, dice, staff))
    _insert(raw, CustomerShare, ("customer_id", "user_id"), _shares(held, dice, staff))
    won: list[tuple[str, Held, datetime]] = []
    _insert(raw, Opportunity, large_sales.OPPORTUNITY, large_sales.opportunities(size, held, now, dice, won))
    quotes: list[tuple[Any, ...]] = []
    orders = list(large_sales.orders(size, now, dice, products, won, quotes))
    _insert(raw, Quote, large_sales.QUOTE, quotes)
    _insert(raw, Order, large_sales.ORDER, orders)
    assert not raw.execute("PRAGMA foreign_key_check").fetchone()


def _insert(
    raw: sqlite3.Connection, model: type[SQLModel], names: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    table = model.__tablename__
    marks = ", ".join("?" * len(names))
    raw.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", rows)
    raw.commit()


def _held(size: Size, now: datetime, dice: Dice, staff: Staff) -> list[Held]:
    """The customers, oldest first. A third of them are there when the two years begin."""
    homes = [staff.home(rep) for rep in staff.reps]
    held = []
    for number in range(size.customers):
        share = max(number / size.customers - 1 / 3, 0) * 1.5
        created_at = now - timedelta(days=DAYS * (1 - share) + 1, seconds=dice.randint(0, 80_000))
        which = dice.randrange(len(staff.reps))
        held.append(Held(dice.id_at(created_at), staff.reps[which].id, homes[which], created_at))
    return held


VISIT: Final = (
    "id", "customer_id", "author_id", "kind", "planned_on", "started_at", "ended_at", "outcome", "note", "contact_ids",
    "product_ids", "competitors", "created_at", "withdrawn_at",
)  # fmt: skip


def _visits(
    size: Size, held: list[Held], now: datetime, dice: Dice, products: list[Product]
) -> Iterator[tuple[Any, ...]]:
    """In the order of time, on working days. One in three hundred is still planned, for the next fourteen days."""
    ahead = size.visits // 300
    done = size.visits - ahead
    began = now - timedelta(days=DAYS)
    talked = [json.dumps([one.id]) for one in products] + ["[]"] * PRODUCTS
    seen = [json.dumps([name]) for name in COMPETITORS] + ["[]"] * 20
    for number in range(done):
        at = began + timedelta(days=DAYS * number / done)
        if at.weekday() > 4:
            at -= timedelta(days=at.weekday() - 4)
        at = at.replace(microsecond=0)
        known = int(len(held) * min(1 / 3 + number / done * 2 / 3, 1))
        customer = held[int(dice.random() * known)]
        kind = "visit" if dice.random() < 0.85 else "call"
        is_withdrawn = dice.random() < 0.01
        if not is_withdrawn and at >= customer.created_at:
            customer.last_touch_at = at
        over = at_text(at + timedelta(minutes=25))
        yield (
            dice.id_at(at), customer.id, customer.owner_id, kind, None, at_text(at), over, OUTCOMES[number % 5], NOTE,
            "[]", talked[number % len(talked)], seen[number % len(seen)], over, over if is_withdrawn else None,
        )  # fmt: skip
    for number in range(ahead):
        customer = held[int(dice.random() * len(held))]
        on = (now + timedelta(days=number * 14 // ahead)).date().isoformat()
        yield (
            dice.id_at(now), customer.id, customer.owner_id, "visit", on, None, None, None, None, "[]", "[]", "[]",
            at_text(now - timedelta(hours=2)), None,
        )  # fmt: skip


FOLLOW_UP: Final = (
    "id",
    "customer_id",
    "visit_id",
    "owner_id",
    "due_on",
    "note",
    "created_at",
    "completed_at",
)


def _follow_ups(raw: sqlite3.Connection, size: Size, now: datetime, dice: Dice) -> Iterator[tuple[Any, ...]]:
    """One for every seventh visit. Nearly all that are due by `now` are completed."""
    every = raw.execute(
        "SELECT id, customer_id, author_id, started_at FROM visits WHERE started_at IS NOT NULL AND rowid % 7 = 0"
    ).fetchall()
    for visit_id, customer_id, author_id, started_at in every:
        at = datetime.fromisoformat(f"{started_at}+00:00")
        due = at + timedelta(days=dice.randint(3, 40))
        is_kept = due < now and dice.random() < 0.985
        yield (
            dice.id_at(at), customer_id, visit_id, author_id, due.date().isoformat(), "Send the data sheet", started_at,
            at_text(due) if is_kept else None,
        )  # fmt: skip


CUSTOMER: Final = (
    "id", "name", "phone", "address", "region", "customer_type", "lifecycle", "cadence_days", "price_sensitivity",
    "owner_id", "territory_id", "sort_key", "search_text", "comparisons", "custom", "merged_ids", "name_key",
    "phone_key", "address_key", "last_touch_at", "created_at", "created_by", "deleted_at",
)  # fmt: skip


def _customers(held: list[Held], now: datetime, dice: Dice, staff: Staff) -> Iterator[tuple[Any, ...]]:
    for number, one in enumerate(held):
        name, phone, address = f"Works {number} of seals", f"+49 40 {number:07}", f"Long street {number}"
        keys = likeness.keys_of(name, phone, address)
        region = f"Region {one.place + 1}.{number % REGIONS_EACH + 1}"
        yield (
            one.id, name, phone, address, region, TYPES[number % 4], dice.weighted(LIFECYCLES),
            dice.choice((14, 30, 30, 45, 60, 90)), dice.choice(("low", "medium", "high", None)), one.owner_id,
            staff.territories[one.place].id, search_text.sort_key(name),
            search_text.search_text(name, region, phone, []), "{}", "{}", "[]", keys["name_key"], keys["phone_key"],
            keys["address_key"], at_text(one.last_touch_at), at_text(one.created_at), one.owner_id,
            at_text(now) if dice.random() < 0.01 else None,
        )  # fmt: skip


def _shares(held: list[Held], dice: Dice, staff: Staff) -> Iterator[tuple[str, str]]:
    """One customer in fifty is shared, with any rep or manager."""
    people = [*staff.reps, *staff.managers]
    for one in held:
        with_whom = dice.choice(people).id
        if with_whom != one.owner_id and dice.random() < 0.02:
            yield one.id, with_whom
