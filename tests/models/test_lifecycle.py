"""From lead to lost and back: who said so, and when, kept beside the customer."""

from datetime import timedelta
from typing import Any

from alembic import command
from sqlmodel import Session, select

from server.database import Database
from server.migrate import alembic_config, changing_tables, upgrade
from server.models.column import wire
from server.models.customer import LONGEST_HISTORY, Customer
from server.models.field_history import FieldHistory
from server.models.identity import new_id
from server.models.pipeline import DEFAULT_PIPELINE, Pipeline
from server.models.revision import RowRevision
from server.models.user import User
from tests.cast import NOW, Cast
from tests.models.test_opportunity import deal, move
from tests.sync.conftest import Do
from tests.sync.phone import Ring

DAY = timedelta(days=1)


def go(do: Do, user: User, customer: Customer, to: str, days: int = 0, **more: Any) -> None:
    fields = {"lifecycle": to, **more}
    do(user, "customer.edit", {"customer_id": customer.id, "fields": fields}, NOW + days * DAY)


def moves(session: Session, customer_id: str) -> list[dict[str, str]] | None:
    return session.get_one(Customer, customer_id).lifecycle_moves


def test_each_other_value_is_a_move_and_the_same_again_is_none(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    with database.reading() as session:
        assert moves(session, harbour_cafe.id) is None
    go(do, cast.alice, harbour_cafe, "prospect")
    go(do, cast.mei, harbour_cafe, "prospect", days=1, region="Quay")
    go(do, cast.mei, harbour_cafe, "active", days=2)
    with database.reading() as session:
        assert moves(session, harbour_cafe.id) == [
            {"by": cast.alice.id, "at": wire(NOW), "from": "lead", "to": "prospect"},
            {"by": cast.mei.id, "at": wire(NOW + 2 * DAY), "from": "prospect", "to": "active"},
        ]


def test_what_was_written_earlier_and_sent_later_comes_after_what_it_changed(
    cast: Cast, do: Do, ring: Ring, harbour_cafe: Customer
) -> None:
    """As a phone does that was without a signal. It happened when its clock said, but not before what it follows."""
    phone = ring(cast.alice)
    for happened_at, to in (("2026-11-01T08:00:00.000Z", "prospect"), ("2026-10-01T08:00:00.000Z", "lost")):
        change = phone.save("customer.edit", {"customer_id": harbour_cafe.id, "fields": {"lifecycle": to}})
        change["happened_at"] = happened_at
        phone.push()
    phone.pull()
    told = phone.rows["customers"][harbour_cafe.id]["lifecycle_moves"]
    assert [(move["from"], move["to"], move["at"]) for move in told] == [
        ("lead", "prospect", "2026-11-01T08:00:00.000Z"),
        ("prospect", "lost", "2026-11-01T08:00:00.000Z"),
    ]


def test_a_history_without_end_keeps_the_latest(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    for days in range(LONGEST_HISTORY + 2):
        go(do, cast.alice, harbour_cafe, ("active", "dormant")[days % 2], days)
    with database.reading() as session:
        kept = moves(session, harbour_cafe.id) or []
    assert (len(kept), kept[0]["at"]) == (LONGEST_HISTORY, wire(NOW + 2 * DAY))


def test_who_buys_is_active_without_a_word(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    """At a sale that is won, whatever the customer was before. One that is active stays so."""
    with database.writing() as session:
        pipeline = session.get_one(Pipeline, DEFAULT_PIPELINE)
        pipeline.stages = [{**stage, "required": [], "skip": True} for stage in pipeline.stages]
    grinder, cups, spoons = (deal(do, cast.alice, harbour_cafe) for _ in range(3))
    do(cast.mei, "opportunity.move", move(spoons, "lead", "lost"), NOW + DAY)
    do(cast.mei, "opportunity.move", move(grinder, "lead", "won"), NOW + 2 * DAY)
    do(cast.mei, "opportunity.move", move(cups, "lead", "won"), NOW + 3 * DAY)
    deal(do, cast.alice, harbour_cafe, stage="won")
    with database.reading() as session:
        assert session.get_one(Customer, harbour_cafe.id).lifecycle == "active"
        assert moves(session, harbour_cafe.id) == [
            {"by": cast.mei.id, "at": wire(NOW + 2 * DAY), "from": "lead", "to": "active"}
        ]
        (kept,) = session.exec(select(FieldHistory).where(FieldHistory.field == "lifecycle")).all()
    assert (kept.before, kept.after, kept.changed_by) == ("lead", "active", cast.mei.id)
    go(do, cast.alice, harbour_cafe, "lost", days=4)
    assert deal(do, cast.alice, harbour_cafe, stage="won")
    with database.reading() as session:
        assert [move["to"] for move in moves(session, harbour_cafe.id) or []] == ["active", "lost", "active"]


def test_what_was_known_before_is_brought_along_and_phones_hear_of_it(
    database: Database, cast: Cast, do: Do, harbour_cafe: Customer
) -> None:
    """Down and up again. One that was merged brings its own; that the two differed at the merging is no move."""
    twin, still = new_id(), new_id()
    for customer_id, name in ((twin, "Harbour Cafe"), (still, "Kiosk")):
        do(cast.alice, "customer.create", {"customer_id": customer_id, "name": name})
    go(do, cast.alice, harbour_cafe, "prospect", days=1)
    do(cast.alice, "customer.edit", {"customer_id": twin, "fields": {"lifecycle": "lost"}}, NOW + 2 * DAY)
    do(cast.mei, "customer.merge", {"customer_id": twin, "into_id": harbour_cafe.id}, NOW + 3 * DAY)
    go(do, cast.mei, harbour_cafe, "active", days=4)
    with database.reading() as session:
        before = moves(session, harbour_cafe.id)
    assert before is not None
    assert [move["to"] for move in before] == ["prospect", "lost", "active"]
    with changing_tables(database) as connection:
        command.downgrade(alembic_config(connection), "0028")
    upgrade(database)
    with database.reading() as session:
        assert (moves(session, harbour_cafe.id), moves(session, still)) == (before, None)
        revs = [session.get_one(RowRevision, ("customers", row)).rev for row in (harbour_cafe.id, still)]
    assert revs[0] > revs[1] + 4
