"""Stages that insist: what a move needs, what it leaves behind, and what happens when two people are at it."""

from datetime import date, timedelta
from typing import Any

import pytest
from alembic import command
from sqlmodel import select

from server.database import Database
from server.migrate import alembic_config, changing_tables, upgrade
from server.models.customer import Customer
from server.models.field_history import FieldHistory
from server.models.identity import new_id
from server.models.opportunity import STAGES, Lacking, Opportunity
from server.models.pipeline import DEFAULT_PIPELINE, Pipeline, pipelines
from server.models.refusal import NotAllowed, Refused
from server.models.revision import RowRevision
from server.models.user import User
from server.pipeline.rulebook import KINDS, REQUIREMENTS
from server.translations import translator
from tests.cast import NOW, Cast
from tests.sync.conftest import Do
from tests.sync.phone import Ring

LATER = NOW + timedelta(days=3)


@pytest.fixture
def deal_id(cast: Cast, do: Do, harbour_cafe: Customer) -> str:
    return deal(do, cast.alice, harbour_cafe)


def deal(do: Do, by: User, customer: Customer, amount_cents: int = 0, **more: Any) -> str:
    told = {"opportunity_id": new_id(), "customer_id": customer.id, "name": "Grinder", "stage": "lead"}
    do(by, "opportunity.create", {**told, "amount_cents": amount_cents, "currency": "EUR", **more})
    return told["opportunity_id"]


def move(deal_id: str, from_: str, to: str, **more: Any) -> dict[str, Any]:
    return {"opportunity_id": deal_id, "from": from_, "to": to, **more}


def missing(do: Do, user: User, args: dict[str, Any], name: str = "opportunity.move") -> list[str]:
    with pytest.raises(Lacking) as lacking:
        do(user, name, args, LATER)
    return [lack["code"] for lack in lacking.value.found]


def row(database: Database, deal_id: str) -> Opportunity:
    with database.reading() as session:
        return session.get_one(Opportunity, deal_id)


def test_the_pipeline_that_comes_with_legwork_has_the_known_stages(database: Database) -> None:
    with database.reading() as session:
        (default,) = pipelines(session)
    assert default.id == DEFAULT_PIPELINE
    assert tuple(stage["key"] for stage in default.stages) == STAGES
    assert {name for stage in default.stages for name in stage["required"]} <= set(REQUIREMENTS)


def test_a_move_that_lacks_something_does_nothing_and_says_what(
    database: Database, cast: Cast, do: Do, deal_id: str
) -> None:
    with pytest.raises(Lacking) as lacking:
        do(cast.alice, "opportunity.move", move(deal_id, "lead", "quote"))
    assert lacking.value.said(translator("en")) == "Quote has to wait: the amount is missing."
    assert lacking.value.detail["fields"].keys() == {"amount_cents"}
    assert (row(database, deal_id).stage, row(database, deal_id).moves) == ("lead", [])


def test_what_is_missing_is_filled_in_on_the_way(
    database: Database, cast: Cast, do: Do, deal_id: str
) -> None:
    filled_in = {"amount_cents": 480_000, "expected_close_on": "2026-12-24", "note": "Asked for two"}
    do(cast.alice, "opportunity.move", move(deal_id, "lead", "quote", **filled_in), LATER)
    moved = row(database, deal_id)
    assert (moved.amount_cents, moved.expected_close_on) == (480_000, date(2026, 12, 24))
    assert (moved.stage, moved.stage_since) == ("quote", LATER)
    stood = {"since": "2026-11-23T08:00:00.000Z", "at": "2026-11-26T08:00:00.000Z"}
    made = {"by": cast.alice.id, **stood, "from": "lead", "to": "quote"}
    assert moved.moves == [{**made, "note": "Asked for two"}]


def test_an_amount_is_not_overwritten_by_a_move(cast: Cast, do: Do, harbour_cafe: Customer) -> None:
    deal_id = deal(do, cast.alice, harbour_cafe, amount_cents=5000)
    with pytest.raises(Refused) as refused:
        do(cast.alice, "opportunity.move", move(deal_id, "lead", "quote", amount_cents=1))
    assert (refused.value.code, refused.value.detail) == ("conflict", {"current": [5000, "EUR"]})


@pytest.mark.parametrize("kind", KINDS[1:])
def test_any_kind_of_activity_can_be_asked_for_and_only_that_kind_counts(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer, deal_id: str, kind: str
) -> None:
    with database.writing() as session:
        pipeline = session.get_one(Pipeline, DEFAULT_PIPELINE)
        pipeline.stages = [
            {**stage, **({"required": [kind]} if stage["key"] == "first_contact" else {})}
            for stage in pipeline.stages
        ]
    to = move(deal_id, "lead", "first_contact")
    done = {"customer_id": harbour_cafe.id, "started_at": "2026-11-22T09:00:00.000Z"}
    for other in KINDS[1:]:
        if other != kind:
            do(cast.alice, "activity.log", {**done, "visit_id": new_id(), "kind": other})
    do(cast.alice, "visit.log", {**done, "visit_id": new_id(), "outcome": "interested"})
    nobody = {**done, "visit_id": new_id(), "kind": kind, "outcome": "nobody_there"}
    do(cast.alice, "activity.log", nobody)
    assert missing(do, cast.alice, to) == [kind]
    do(cast.alice, "activity.log", {**done, "visit_id": new_id(), "kind": kind})
    do(cast.alice, "opportunity.move", to, LATER)
    assert row(database, deal_id).stage == "first_contact"


def test_a_visit_counts_if_it_stands_and_somebody_was_there(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer, deal_id: str
) -> None:
    to = move(deal_id, "lead", "needs_confirmed")
    visit = {"customer_id": harbour_cafe.id, "started_at": "2026-11-22T09:00:00.000Z"}
    assert missing(do, cast.alice, to) == ["visit"]
    do(cast.alice, "visit.log", {**visit, "visit_id": new_id(), "outcome": "nobody_there"})
    assert missing(do, cast.alice, to) == ["visit"]
    taken_back = new_id()
    do(cast.alice, "visit.log", {**visit, "visit_id": taken_back, "outcome": "interested"})
    do(cast.alice, "visit.withdraw", {"visit_id": taken_back})
    assert missing(do, cast.alice, to) == ["visit"]
    do(cast.alice, "activity.log", {**visit, "visit_id": new_id(), "kind": "call", "outcome": "interested"})
    assert missing(do, cast.alice, to) == ["visit"]
    do(cast.alice, "visit.log", {**visit, "visit_id": new_id(), "outcome": "interested"})
    do(cast.alice, "opportunity.move", to, LATER)
    assert row(database, deal_id).stage == "needs_confirmed"


def test_a_signed_quote_is_a_file_since_the_quote(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    deal_id = deal(do, cast.alice, harbour_cafe, amount_cents=5000)
    visit_id = new_id()
    seen = {
        "customer_id": harbour_cafe.id,
        "started_at": "2026-11-22T09:00:00.000Z",
        "outcome": "needs_quote",
    }
    do(cast.alice, "visit.log", {**seen, "visit_id": visit_id})
    photo = {"customer_id": harbour_cafe.id, "visit_id": visit_id, "size": 9, "media_type": "image/jpeg"}
    do(cast.alice, "visit.attach", {**photo, "attachment_id": new_id(), "sha256": "ab" * 32})
    do(cast.alice, "opportunity.move", move(deal_id, "lead", "quote"), NOW + timedelta(days=1))
    assert missing(do, cast.alice, move(deal_id, "quote", "contract")) == ["signed_quote"]
    late = {**photo, "attachment_id": new_id(), "sha256": "cd" * 32}
    do(cast.alice, "visit.attach", late, NOW + timedelta(days=2))
    do(cast.alice, "opportunity.move", move(deal_id, "quote", "contract"), LATER)
    assert row(database, deal_id).stage == "contract"


def test_lost_needs_its_reason_and_keeps_who_won(
    database: Database, cast: Cast, do: Do, deal_id: str
) -> None:
    assert missing(do, cast.alice, move(deal_id, "lead", "lost")) == ["reason"]
    why = {"lost_reason": "Price", "competitor": "Kestrel"}
    do(cast.alice, "opportunity.move", move(deal_id, "lead", "lost", **why))
    lost = row(database, deal_id)
    assert (lost.stage, lost.lost_reason, lost.competitor) == ("lost", "Price", "Kestrel")


def test_quote_cannot_be_passed_over_and_won_is_not_gone_back_to(
    cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    deal_id = deal(do, cast.alice, harbour_cafe, amount_cents=5000)
    assert missing(do, cast.alice, move(deal_id, "lead", "won")) == ["skip", "skip"]
    do(cast.alice, "opportunity.move", move(deal_id, "lead", "lost", lost_reason="Price"))
    assert missing(do, cast.alice, move(deal_id, "lost", "won")) == ["back"]
    do(cast.alice, "opportunity.move", move(deal_id, "lost", "quote"))


def test_a_new_one_begins_where_nothing_is_missing(cast: Cast, do: Do, harbour_cafe: Customer) -> None:
    new = {"opportunity_id": new_id(), "customer_id": harbour_cafe.id, "name": "Grinder", "currency": "EUR"}
    at_quote = {**new, "amount_cents": 0, "stage": "quote"}
    assert missing(do, cast.alice, at_quote, "opportunity.create") == ["amount"]
    assert missing(do, cast.alice, {**at_quote, "stage": "nowhere"}, "opportunity.create") == ["unknown"]
    do(cast.alice, "opportunity.create", {**at_quote, "amount_cents": 1})


def test_it_is_made_in_a_pipeline_that_is_there(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    other = Pipeline(id=new_id(), name="Service", position=2, stages=[], retired_at=NOW)
    with database.writing() as session:
        session.add(other)
    for pipeline_id in (new_id(), other.id):
        with pytest.raises(NotAllowed):
            deal(do, cast.alice, harbour_cafe, pipeline_id=pipeline_id)


def test_an_approval_is_a_managers_for_one_stage_and_one_amount(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    with database.writing() as session:
        stages = [dict(stage) for stage in session.get_one(Pipeline, DEFAULT_PIPELINE).stages]
        stages[3]["required"] = ["approval"]
        session.get_one(Pipeline, DEFAULT_PIPELINE).stages = stages
    deal_id = deal(do, cast.alice, harbour_cafe, amount_cents=5000)
    approval = {"opportunity_id": deal_id, "stage": "quote", "amount_cents": 5000, "currency": "EUR"}
    assert missing(do, cast.mei, move(deal_id, "lead", "quote")) == ["approval"]
    with pytest.raises(NotAllowed):
        do(cast.alice, "opportunity.approve", approval)
    with pytest.raises(Refused):
        do(cast.mei, "opportunity.approve", {**approval, "amount_cents": 4000})
    do(cast.mei, "opportunity.approve", approval)
    new_amount = {"opportunity_id": deal_id, "from_cents": 5000, "from_currency": "EUR"}
    do(cast.alice, "opportunity.revalue", {**new_amount, "amount_cents": 9000, "currency": "EUR"})
    assert missing(do, cast.alice, move(deal_id, "lead", "quote")) == ["approval"]
    do(cast.mei, "opportunity.approve", {**approval, "amount_cents": 9000})
    do(cast.alice, "opportunity.move", move(deal_id, "lead", "quote"))
    assert len(row(database, deal_id).approvals) == 1


def test_an_amount_is_changed_from_the_one_that_was_seen(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    deal_id = deal(do, cast.alice, harbour_cafe, amount_cents=5000)
    change = {"opportunity_id": deal_id, "from_cents": 5000, "from_currency": "EUR", "currency": "USD"}
    do(cast.alice, "opportunity.revalue", {**change, "amount_cents": 7000})
    do(cast.alice, "opportunity.revalue", {**change, "amount_cents": 7000})  # nothing to decide
    with pytest.raises(Refused) as refused:
        do(cast.mei, "opportunity.revalue", {**change, "amount_cents": 8000})
    assert (refused.value.code, refused.value.detail) == ("conflict", {"current": [7000, "USD"]})


def test_ordinary_fields_are_edited_one_by_one_and_what_was_there_is_kept(
    database: Database, cast: Cast, do: Do, deal_id: str
) -> None:
    do(cast.alice, "opportunity.edit", {"opportunity_id": deal_id, "fields": {"name": "Two grinders"}})
    do(cast.mei, "opportunity.edit", {"opportunity_id": deal_id, "fields": {"competitor": "Kestrel"}})
    edited = row(database, deal_id)
    assert (edited.name, edited.competitor) == ("Two grinders", "Kestrel")
    with database.reading() as session:
        history = session.exec(select(FieldHistory).where(FieldHistory.row_id == deal_id)).all()
    assert {(one.field, one.before) for one in history} == {("name", "Grinder"), ("competitor", None)}


def test_a_phone_is_told_what_is_missing_and_the_move_is_kept(cast: Cast, ring: Ring, deal_id: str) -> None:
    phone = ring(cast.alice)
    receipt = phone.do("opportunity.move", move(deal_id, "lead", "quote"))
    assert (receipt["status"], receipt["code"]) == ("parked", "invalid")
    assert receipt["detail"]["message"] == "Quote has to wait: the amount is missing."
    assert receipt["detail"]["fields"]["amount_cents"]["message"] == "This is needed."


@pytest.mark.parametrize("group", [None, "together"])
def test_a_visit_of_the_same_push_counts(
    cast: Cast, ring: Ring, harbour_cafe: Customer, deal_id: str, group: str | None
) -> None:
    phone = ring(cast.alice)
    seen = {"visit_id": new_id(), "customer_id": harbour_cafe.id, "started_at": "2026-11-23T07:00:00.000Z"}
    phone.save("visit.log", {**seen, "outcome": "interested"}, group=group)
    phone.save("opportunity.move", move(deal_id, "lead", "needs_confirmed"), group=group)
    assert [receipt["status"] for receipt in phone.push()] == ["applied", "applied"]


def test_what_stood_before_there_were_pipelines_comes_along(
    database: Database, cast: Cast, deal_id: str
) -> None:
    """Down and up again, with an opportunity there: phones hear of it anew, and of the pipeline."""
    with changing_tables(database) as connection:
        command.downgrade(alembic_config(connection), "0008")
    upgrade(database)
    kept = row(database, deal_id)
    assert (kept.pipeline_id, kept.stage, kept.moves, kept.approvals) == (DEFAULT_PIPELINE, "lead", [], [])
    with database.reading() as session:
        told = {name: session.get_one(RowRevision, (name, row_id)).rev for name, row_id in (
            ("pipelines", DEFAULT_PIPELINE), ("opportunities", deal_id),
        )}  # fmt: skip
    assert len(set(told.values())) == 1
