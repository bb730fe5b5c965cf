"""Many rows by one statement: what is kept of it serves the next rows, of every type of column."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, insert, update
from sqlmodel import select

from server.database import Database
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.many import execute_many
from server.models.receipt import Receipt
from server.models.user import Device
from server.models.visit import Visit
from tests.cast import NOW, Cast

INSERT_CUSTOMER = insert(Customer.__table__)  # type: ignore[attr-defined]
INSERT_VISIT = insert(Visit.__table__)  # type: ignore[attr-defined]
INSERT_RECEIPT = insert(Receipt.__table__)  # type: ignore[attr-defined]
VISITS = Visit.__table__  # type: ignore[attr-defined]
NOTE_OF = update(VISITS).where(VISITS.c.id == bindparam("of_id")).values(note=bindparam("note"))


@pytest.fixture
def cafe_id(database: Database, cast: Cast) -> str:
    cafe = {
        "id": new_id(),
        "name": "100 % Café",
        "sort_key": "100 % cafe",
        "search_text": "",
        "created_at": NOW,
        "merged_ids": [],
        "custom": {},
        "comparisons": {},
        "name_key": "100cafe",
    }
    with database.writing() as session:
        execute_many(
            session, INSERT_CUSTOMER, [{**cafe, "lifecycle": "lead", "cadence_days": 30, "latitude": 53.5}]
        )
    return str(cafe["id"])


def visit(cast: Cast, customer_id: str, note: str, **more: Any) -> dict[str, Any]:
    lists = {"contact_ids": ["a"], "product_ids": [], "competitors": ["Köln “Bar” :b %s"]}
    of = {"customer_id": customer_id, "author_id": cast.alice.id, "kind": "visit", "created_at": NOW}
    return {"id": new_id(), "note": note, **of, **lists, **more}


def test_rows_come_back_as_they_were_given(database: Database, cast: Cast, cafe_id: str) -> None:
    for _ in range(2):
        rows = [visit(cast, cafe_id, f"{n} %(note)s", planned_on=NOW.date()) for n in range(3)]
        with database.writing() as session:
            execute_many(session, INSERT_VISIT, rows)
        with database.reading() as session:
            found = {row.id: row for row in session.exec(select(Visit))}
            assert [{name: getattr(found[row["id"]], name) for name in row} for row in rows] == rows


def test_rows_with_other_columns_are_another_statement(database: Database, cast: Cast, cafe_id: str) -> None:
    with database.writing() as session:
        execute_many(session, INSERT_VISIT, [visit(cast, cafe_id, "done", started_at=NOW)])
        execute_many(session, INSERT_VISIT, [visit(cast, cafe_id, "planned", planned_on=NOW.date())])
    with database.reading() as session:
        found = {row.note: (row.started_at, row.planned_on) for row in session.exec(select(Visit))}
    assert found == {"done": (NOW, None), "planned": (None, NOW.date())}


def test_what_jsonb_refuses_is_kept_in_a_receipt(database: Database, cast: Cast) -> None:
    device_id, item = new_id(), {"note": "\x00\ud83d"}
    receipt = {"change_id": new_id(), "device_id": device_id, "seq": 1, "user_id": cast.alice.id, "name": "?"}
    with database.writing() as session:
        session.add(Device(id=device_id, user_id=cast.alice.id, created_at=NOW, last_seen_at=NOW))
        session.flush()
        moments = {"happened_at": NOW, "received_at": datetime(2026, 11, 23, tzinfo=UTC), "rev": 1}
        execute_many(
            session, INSERT_RECEIPT, [{**receipt, **moments, "status": "parked", "item": item, "code": None}]
        )
    with database.reading() as session:
        assert session.exec(select(Receipt.item)).one() == item


def test_an_update_touches_the_rows_it_names(database: Database, cast: Cast, cafe_id: str) -> None:
    rows = [visit(cast, cafe_id, "before") for _ in range(3)]
    with database.writing() as session:
        execute_many(session, INSERT_VISIT, rows)
        execute_many(session, NOTE_OF, [{"of_id": row["id"], "note": "after"} for row in rows[:2]])
    with database.reading() as session:
        assert sorted(session.exec(select(Visit.note))) == ["after", "after", "before"]


def test_rows_that_do_not_fit_the_statement_are_refused(database: Database, cast: Cast) -> None:
    with database.writing() as session, pytest.raises(ValueError, match="of_id"):
        execute_many(session, NOTE_OF, [{"note": "whose?"}])
