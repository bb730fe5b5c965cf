"""Values of a company's own fields: checked as on the phone, edited field by field, kept in the history."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import col, select

from server.database import Database
from server.models.custom_field import CustomField
from server.models.customer import Customer
from server.models.field_history import FieldHistory
from server.models.identity import new_id
from server.models.refusal import Invalid
from sync.apply import apply
from sync.custom_values import value_of
from sync.field_checks import Wrong
from tests.cast import NOW, Cast
from tests.sync.phone import Ring

CASES = json.loads((Path(__file__).parents[1] / "shared_cases" / "custom_values.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: ascii((case["field"], case["given"])))
def test_the_cases_of_both_hosts(case: dict[str, Any]) -> None:
    field = case["field"] and SimpleNamespace(**{"choices": [], **case["field"]})
    if "error" not in case:
        assert value_of(field, case["given"]) == case["value"]
        return
    with pytest.raises(Wrong) as wrong:
        value_of(field, case["given"])
    assert wrong.value.error == case["error"]


@pytest.fixture
def fleet(database: Database) -> str:
    return defined(database, "number")


@pytest.fixture
def rival(database: Database) -> str:
    return defined(database, "text")


def defined(database: Database, kind: str) -> str:
    field_id = new_id()
    with database.writing() as session:
        session.add(CustomField(id=field_id, name=kind, kind=kind, created_at=NOW))
    return field_id


def edit(do: Any, by: Any, customer: Customer, **custom: str | None) -> None:
    do(by, "customer.edit", {"customer_id": customer.id, "fields": {"custom": custom}})


def test_each_field_is_edited_by_itself_and_remembers_what_was_before(
    database: Database, cast: Cast, harbour_cafe: Customer, do: Any, fleet: str, rival: str
) -> None:
    edit(do, cast.alice, harbour_cafe, **{fleet: "3"})
    edit(do, cast.mei, harbour_cafe, **{rival: "Umbrella"})
    edit(do, cast.mei, harbour_cafe, **{fleet: "4"})
    edit(do, cast.alice, harbour_cafe, **{rival: ""})
    with database.reading() as session:
        assert session.get_one(Customer, harbour_cafe.id).custom == {fleet: "4"}
        kept = session.exec(select(FieldHistory).order_by(col(FieldHistory.id))).all()
    assert [(row.field, row.before, row.after) for row in kept] == [
        (f"custom.{fleet}", None, "3"),
        (f"custom.{rival}", None, "Umbrella"),
        (f"custom.{fleet}", "3", "4"),
        (f"custom.{rival}", "Umbrella", None),
    ]


def test_what_cannot_be_right_is_refused_beside_its_field(
    database: Database, cast: Cast, harbour_cafe: Customer, fleet: str
) -> None:
    for field_id, code in ((fleet, "not_a_number"), (new_id(), "unknown_field")):
        args = {"customer_id": harbour_cafe.id, "fields": {"custom": {field_id: "many"}}}
        with pytest.raises(Invalid) as refused, database.writing() as session:
            apply(session, cast.alice, "customer.edit", args, NOW)
        assert refused.value.fields == {f"fields.custom.{field_id}": {"code": code, "params": {}}}


def test_phones_get_the_fields_and_the_values(
    database: Database, cast: Cast, harbour_cafe: Customer, do: Any, ring: Ring, rival: str
) -> None:
    alice = ring(cast.alice)
    receipt = alice.do(
        "customer.create", {"customer_id": new_id(), "name": "Quay", "custom": {rival: " Umbrella ", "": ""}}
    )
    assert (receipt["status"], receipt["code"]) == ("parked", "invalid")
    made = new_id()
    alice.do("customer.create", {"customer_id": made, "name": "Quay", "custom": {rival: " Umbrella "}})
    alice.pull(sums=True)
    assert alice.rows["custom_fields"][rival]["kind"] == "text"
    assert alice.rows["customers"][made]["custom"] == {rival: "Umbrella"}
    assert alice.sums() == alice.told_sums


def test_words_are_found_by_search_and_figures_are_not(
    database: Database, cast: Cast, harbour_cafe: Customer, do: Any, fleet: str, rival: str
) -> None:
    edit(do, cast.alice, harbour_cafe, **{rival: "Umbrélla", fleet: "4711"})
    with database.reading() as session:
        line = session.get_one(Customer, harbour_cafe.id).search_text
    assert "umbrella" in line
    assert "4711" not in line


def test_a_merge_keeps_what_only_one_of_them_says(
    database: Database, cast: Cast, harbour_cafe: Customer, do: Any, fleet: str, rival: str
) -> None:
    twin = new_id()
    do(
        cast.alice,
        "customer.create",
        {"customer_id": twin, "name": "Twin", "custom": {rival: "Own", fleet: "1"}},
    )
    edit(do, cast.alice, harbour_cafe, **{fleet: "2"})
    do(cast.mei, "customer.merge", {"customer_id": twin, "into_id": harbour_cafe.id})
    with database.reading() as session:
        assert session.get_one(Customer, harbour_cafe.id).custom == {fleet: "2", rival: "Own"}
        lost = [row for row in session.exec(select(FieldHistory)) if row.before == "1"]
    assert [row.field for row in lost] == [f"custom.{fleet}"]
