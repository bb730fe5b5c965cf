"""A company with something in every kind of column, and how tests take and bring back a backup."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session, SQLModel

from server.backup.archive import Manifest, opened_file
from server.backup.restoring import restore
from server.backup.taking import take
from server.config import Settings
from server.database import Database, open_database
from server.files.store import FileStore, kept_as, open_store
from server.models import alert, calendar_feed, custom_field, import_draft, question, weekly_report
from server.models import session as sessions
from server.models.contract import Contract
from server.models.customer import Customer
from server.models.file import File, Upload
from server.models.identity import new_id
from server.models.letterhead import write_letterhead
from server.models.library import keep_version
from server.models.library_document import LibraryDocument
from server.models.pipeline import as_wire
from server.models.product import Product, tell_stock
from server.models.push_subscription import subscribe
from server.models.reminder import HandBack, NotificationItem, ReminderSettings, TerritorySettings
from server.models.user import Role, SignInAttempt, SignInSession
from server.questions.definition import Definition
from server.reminders.outbox import note_trial
from server.seal import seal_of
from server.transfer.reading import Sheet
from sync.apply import apply
from tests.cast import NOW, Cast, person
from tests.databases import PostgresDatabases
from tests.sync.phone import Line, Phone

STARTED = "2026-11-23T07:41:12.000Z"


def silent(_done: int, _total: int) -> None:
    pass


def visit(customer_id: str, note: str = "Wants the 40 mm", **more: Any) -> dict[str, Any]:
    facts = {"started_at": STARTED, "outcome": "interested", "note": note}
    return {"visit_id": new_id(), "customer_id": customer_id, **facts, **more}


PHOTO, STORED = "ab" * 32, b"\xff\xd8\xff of the pump"


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def of_photo() -> dict[str, Any]:
    return {"sha256": PHOTO, "size": 99, "media_type": "image/jpeg"}


@dataclass
class Company:
    """Alice's phone has sent some of everything."""

    database: Database
    cast: Cast
    phone: Phone
    customer_id: str


@pytest.fixture
def company(database: Database, cast: Cast) -> Company:
    phone, customer_id, contact_id = Phone(cast.alice, Line(database, cast.alice)), new_id(), new_id()
    phone.do(
        "customer.create",
        {"customer_id": customer_id, "name": "北京远景贸易", "latitude": 39.0, "longitude": 116.25},
    )
    phone.do("customer.add_tag", {"customer_id": customer_id, "tag": "pumps"})
    phone.do("customer.share", {"customer_id": customer_id, "user_id": cast.bob.id})
    phone.do(
        "contact.create",
        {"contact_id": contact_id, "customer_id": customer_id, "name": 'O\'Brien \\ "Lin"\t岳'},
    )
    follow_up = {"follow_up_id": new_id(), "due_on": "2026-11-30", "note": ""}
    logged = visit(customer_id, "Line one\nline two", contact_ids=[contact_id], follow_up=follow_up)
    phone.do("visit.log", logged)
    phone.do(
        "visit.attach",
        {**of_photo(), "attachment_id": new_id(), "visit_id": logged["visit_id"], "customer_id": customer_id},
    )
    phone.do("visit.plan", {"visit_id": new_id(), "customer_id": customer_id, "planned_on": "2026-12-01"})
    wrong = visit(customer_id)
    phone.do("visit.log", wrong)
    phone.do("visit.correct", visit(customer_id, "Corrected", corrects=wrong["visit_id"]))
    phone.do("customer.edit", {"customer_id": customer_id, "fields": {"region": "朝阳", "cadence_days": 14}})
    opportunity = {"opportunity_id": new_id(), "customer_id": customer_id, "name": "Seals"}
    phone.do("opportunity.create", {**opportunity, "amount_cents": 2**40, "currency": "EUR", "stage": "lead"})
    line = {"name": "O-ring 密封圈", "quantity": 2, "unit_price_cents": 2**33}
    offer = {
        "quote_id": new_id(),
        "opportunity_id": opportunity["opportunity_id"],
        "edition": 0,
        "currency": "EUR",
    }
    phone.do("quote.save", {**offer, "lines": [line], "note": "Until Friday", "valid_until": "2026-12-01"})
    phone.do("quote.accept", {"quote_id": offer["quote_id"]})
    placed = {
        "order_id": new_id(),
        "quote_id": offer["quote_id"],
        "placed_on": "2026-11-23",
        "note": "By lorry",
    }
    phone.do("order.place", placed)
    tasks = [new_id(), new_id()]
    for task_id in tasks:
        asked = {"task_id": task_id, "customer_id": customer_id, "department": "service", "note": "When?"}
        phone.do("task.ask", {**asked, "due_on": "2026-11-30"})
    phone.do("task.answer", {"task_id": tasks[0], "answer": "On Friday"})
    phone.do("task.rate", {"task_id": tasks[0], "rating": "good"})
    phone.do("task.withdraw", {"task_id": tasks[1]})
    written = {"contract_id": new_id(), "opportunity_id": opportunity["opportunity_id"], "edition": 0}
    parties = {"title": "Seals", "seller": "Zebra Ltd\nQuay 1", "buyer": "Café 港", "terms": "As agreed 如约"}
    phone.do("contract.draft", {**written, **parties, "total_cents": 2**40, "currency": "EUR"})
    phone.do("contract.sign", signature(written["contract_id"], database))
    paid = {"payment_id": new_id(), "order_id": placed["order_id"], "amount_cents": 7}
    phone.do("payment.receive", {**paid, "received_on": "2026-11-23"})
    phone.do("visit.log", visit(new_id(), "Half a pair \ud800 and \x00 in what is parked"))
    _write_the_rest(database, cast)
    of_sale = {"customer_id": customer_id, "opportunity_id": opportunity["opportunity_id"]}
    phone.do("file.attach", {**of_sale, **of_photo(), "attachment_id": new_id(), "name": "泵.jpg"})
    compared = {"competitor": "恒密科技", "note": "Cheaper", "tags": ["慢"]}
    phone.do("customer.compare", {"customer_id": customer_id, **compared})
    likings: dict[str, Any] = {"preferred_products": "密封圈", "preferred_times": "Fridays"}
    likings["preferred_product_ids"] = [new_id()]
    said = {
        "customer_id": customer_id,
        "fields": {"custom": {_field_of_their_own(database): "Hebezeuge 起重"}, **likings},
    }
    phone.do("customer.edit", said)
    with database.writing() as session:
        apply(session, cast.charlie, "customer.ask", {"customer_id": customer_id}, NOW)
    return Company(database, cast, phone, customer_id)


def signature(contract_id: str, database: Database) -> dict[str, Any]:
    said = {"signer": "Ilse 伊", "signed_at": "2026-11-23T08:00:00.000Z", "strokes": "m1 2 3 4"}
    with database.reading() as session:
        seal = seal_of(as_wire(session.get_one(Contract, contract_id)) | said)
    return {"contract_id": contract_id, "edition": 1, **said, "seal": seal}


def _field_of_their_own(database: Database) -> str:
    with database.writing() as session:
        custom_field.define(session, "Sells 经营", "text", [], NOW)
    with database.reading() as session:
        return custom_field.custom_fields(session)[0].id


def _write_the_rest(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        seal = Product(id=new_id(), name="Seal 40 mm 春季", version="春季", code="S-40", unit="件")
        seal.price_cents, seal.cost_cents, seal.currency = 2**33, 2**32, "EUR"
        seal.prices = {"咖啡馆": 5}
        tell_stock(seal, 2**40, NOW)
        session.add(seal)
        session.add(person("Sue", Role.SUPPORT, cast.north, department="service"))
        told = {"title": "价格表", "kind": "price_list", "territory_id": cast.north.id, "name": "a.jpg"}
        at = {"created_at": NOW, "updated_at": NOW, "withdrawn_at": NOW, "author_id": cast.dora.id}
        keep_version(session, LibraryDocument(id=new_id(), **of_photo(), **told, **at))
        write_letterhead(session, "Zebra Ltd", "Quay 1", "Bank", "Payment within 30 days")
        told = {"stored_sha256": hash_of(STORED), "size": len(STORED), "media_type": "image/jpeg"}
        session.add(File(sha256=PHOTO, created_at=NOW, **told))
        session.add(Upload(sha256="cd" * 32, user_id=cast.alice.id, size=9, pieces=["0-ab"], updated_at=NOW))
        session.add(SignInAttempt(subject="somebody", at=NOW + timedelta(microseconds=7)))
        secret = sessions.start(session, cast.alice, NOW, user_agent="Firefox on Android")
        _be_reminded(session, cast, secret)
        _look_at_team(session, cast)
        sheet = Sheet(["Name"], [["Harbour Café"]], [2])
        import_draft.keep(session, cast.alice, "customers.csv", sheet, {"columns": ["name"]}, NOW)


def _look_at_team(session: Session, cast: Cast) -> None:
    asked = Definition("visits", ("rep",), "year", {"region": ("朝阳",)}).as_json()
    kept = question.save(session, cast.mei, NOW, name="拜访", definition=asked, shared_with=["executive"])
    session.flush()
    question.pin(session, cast.mei, kept)
    question.remember(session, cast.mei, {"period": "quarter"})
    terms = {"limit": 3, "days": None}
    weekly_report.send_on(session, cast.alice, NOW.date(), "好的一周", NOW)
    told = alert.set_alert(session, cast.mei, NOW, "stuck", territory_id=cast.north.id, terms=terms)
    told.risen_on, told.risen_number = NOW.date(), 4


def _be_reminded(session: Session, cast: Cast, secret: str) -> None:
    session.add(ReminderSettings(user_id=cast.alice.id, muted=["cold"]))
    rule = {"holidays": ["2026-12-25"], "hand_back_days": 30}
    session.add(TerritorySettings(territory_id=cast.north.id, set_by=cast.mei.id, **rule))
    customer_id = session.execute(select(Customer.id).limit(1)).scalar_one()
    session.add(HandBack(user_id=cast.alice.id, customer_id=customer_id, at=NOW))
    calendar_feed.make(session, cast.alice, NOW)
    sign_in = session.get(SignInSession, sessions.hash_of(secret))
    assert sign_in is not None
    keys = {"p256dh": "p", "auth": "a", "server_key": "k"}
    browser = subscribe(session, cast.alice, sign_in, NOW, endpoint="https://push.example.test/1", **keys)
    told = {"user_id": cast.alice.id, "kind": "due", "subject_id": new_id(), "occasion": "2026-11-23"}
    item = NotificationItem(**told, notification_id=note_trial(session, browser, NOW), told_at=NOW)
    session.add(item)


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    """Where the photo of the company is."""
    store = open_store(Settings(data_dir=tmp_path / "data"))
    store.put(kept_as(PHOTO), STORED)
    return store


@pytest.fixture
def taken(company: Company, tmp_path: Path) -> Path:
    path = tmp_path / "monday.zip"
    take(company.database, path, NOW, silent)
    return path


def manifest_of(path: Path) -> Manifest:
    with opened_file(path) as file:
        return file.manifest


def bring_back(path: Path, url: str, **options: bool) -> str | None:
    with opened_file(path) as file:
        return restore(url, file, NOW, silent, **options)


def everything(database: Database) -> dict[str, Any]:
    """All rows of all tables, as Python values."""
    found: dict[str, Any] = {}
    with database.reading() as session:
        for table in SQLModel.metadata.sorted_tables:
            rows = session.execute(select(table).order_by(*table.primary_key)).mappings()
            found[table.name] = [json.loads(json.dumps(dict(row), default=_plain)) for row in rows]
    return found


def _plain(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else value.isoformat()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where there are no tables yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'elsewhere' / 'legwork.db'}"
        return
    databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
    name = f"empty_{next(databases.numbers)}"
    databases.cluster.execute(f"CREATE DATABASE {name}")
    yield databases.cluster.url(name)
    databases.drop(databases.cluster.url(name))


@pytest.fixture
def back(taken: Path, empty_url: str) -> Iterator[Database]:
    """The company on another machine, perhaps in another kind of database."""
    bring_back(taken, empty_url)
    database = open_database(empty_url)
    yield database
    database.close()
