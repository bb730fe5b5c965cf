"""A first replica told column by column says the same as told op by op, in less than half."""

import json
import subprocess
from datetime import UTC, datetime
from typing import Any

import pytest

from server.database import Database
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.user import User
from server.render import ROOT
from sync import pull as pulls
from sync.pull import pull
from sync.rows import BUNDLE
from tests.cast import NOW, Cast
from tests.sync.conftest import Do

READ = """
import { ops_of_columns, is_columns } from "./sync/columns.js";
const told = JSON.parse(await new Response(process.stdin).text());
const fine = told.every((columns) => Object.values(columns).every(is_columns));
console.log(JSON.stringify({ fine, ops: told.map(ops_of_columns) }));
"""


@pytest.fixture
def company(database: Database, cast: Cast, do: Do) -> Customer:
    """Three customers, one with two visits, a promise, a contact born before 1970 and an id that tells no time."""
    for name in ("Harbour Café", '北京 "quoted"', "مقهى"):
        customer_id = new_id()
        do(cast.alice, "customer.create", {"customer_id": customer_id, "name": name})
    of = {"customer_id": customer_id}
    contact = {"contact_id": "5f0c1ab2-93a1-4c1e-8f0a-2b8f0f9f7a11", "name": "Lin", "birthday": "1951-05-03"}
    do(cast.alice, "contact.create", contact | of)
    for started_at in ("1969-07-20T20:17:40.123Z", "2026-11-23T07:41:12.000Z"):
        seen = {
            "visit_id": new_id(),
            "started_at": started_at,
            "outcome": "interested",
            "note": "Zeile\nzwei",
        }
        promise = {"follow_up_id": new_id(), "due_on": "2026-12-01"}
        do(cast.alice, "visit.log", seen | of | {"competitors": ["Kestrel"], "follow_up": promise})
    do(cast.alice, "customer.add_tag", {"tag": "terrace"} | of)
    deal = {
        "opportunity_id": new_id(),
        "name": "Grinder",
        "amount_cents": 1,
        "currency": "EUR",
        "stage": "lead",
    }
    do(cast.alice, "opportunity.create", deal | of)
    lines = [{"name": "Grinder", "quantity": 1, "unit_price_cents": 5}]
    offer = {"quote_id": new_id(), "opportunity_id": deal["opportunity_id"], "edition": 0, "currency": "EUR"}
    do(cast.alice, "quote.save", {**offer, "lines": lines})
    do(cast.alice, "quote.accept", {"quote_id": offer["quote_id"]})
    placed = {"order_id": new_id(), "quote_id": offer["quote_id"], "placed_on": "2026-11-23"}
    do(cast.alice, "order.place", placed)
    asked = {"task_id": new_id(), "department": "service", "note": "Which?", "due_on": "2026-12-01"}
    do(cast.alice, "task.ask", asked | of)
    texts = dict.fromkeys(("title", "seller", "buyer", "terms"), "Grinder")
    written = {"contract_id": new_id(), "opportunity_id": deal["opportunity_id"], "edition": 0, **texts}
    do(cast.alice, "contract.draft", {**written, "total_cents": 5, "currency": "EUR"})
    with database.reading() as session:
        found = session.get(Customer, customer_id)
        assert found is not None
        return found


def pages(database: Database, user: User, *, wants_columns: bool) -> list[dict[str, Any]]:
    device_id, cursor, found = new_id(), None, []
    while True:
        page = json.loads(pull(database, user, device_id, cursor, NOW, wants_columns=wants_columns))
        found.append(page)
        cursor = page["cursor"]
        if not page["more"]:
            return found


def read_by_a_phone(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    columns = [page.get("columns", {}) for page in told]
    command = ["node", "--input-type=module", "--eval", READ]
    done = subprocess.run(
        command, input=json.dumps(columns), cwd=ROOT, capture_output=True, text=True, check=True
    )
    answer = json.loads(done.stdout)
    assert answer["fine"]
    return [op for ops in answer["ops"] for op in ops]


def by_name(ops: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    found = {(op["collection"], op["id"]): op for op in ops}
    assert len(found) == len(ops)
    return found


def test_columns_say_what_ops_say(database: Database, cast: Cast, company: Customer) -> None:
    plain = [op for page in pages(database, cast.alice, wants_columns=False) for op in page["ops"]]
    assert {op["collection"] for op in plain} >= {*BUNDLE, "people", "me"} - {"attachments"}
    assert by_name(read_by_a_phone(pages(database, cast.alice, wants_columns=True))) == by_name(plain)


def test_a_page_of_columns_may_end_within_a_bundle(
    database: Database, cast: Cast, company: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = [op for page in pages(database, cast.alice, wants_columns=False) for op in page["ops"]]
    monkeypatch.setattr(pulls, "ROOM", 300)
    small = pages(database, cast.alice, wants_columns=True)
    assert len(small) > 5
    assert by_name(read_by_a_phone(small)) == by_name(plain)
    assert small[-1]["sums"] is not None


def test_what_changes_later_comes_as_ops(database: Database, cast: Cast, company: Customer, do: Do) -> None:
    device_id = new_id()
    first = json.loads(pull(database, cast.alice, device_id, None, NOW, wants_columns=True))
    assert first["ops"] == []
    do(cast.alice, "customer.add_tag", {"customer_id": company.id, "tag": "again"}, datetime.now(UTC))
    later = json.loads(pull(database, cast.alice, device_id, first["cursor"], NOW, wants_columns=True))
    assert [op["id"] for op in later["ops"]] == [company.id]
    assert "columns" not in later
