"""Whom a manager gave something to do hears of it once, of whom, and not any more when it is done."""

from datetime import date, timedelta
from typing import Any

from server.config import Settings
from server.database import Database
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.giving import give
from server.models.identity import new_id
from server.models.visit import Visit
from server.reminders.due import find_due
from server.reminders.person import people_named
from server.reminders.wording import lines, said
from sync.apply import apply
from tests.cast import NOW, Cast
from tests.reminders.test_due import MORNING

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def given(database: Database, cast: Cast, customer: Customer, model: Any, **args: Any) -> str:
    key, row_id = ("visit_id" if model is Visit else "follow_up_id"), new_id()
    name = "visit.plan" if model is Visit else "follow_up.create"
    with database.writing() as session:
        apply(session, cast.mei, name, {"customer_id": customer.id, key: row_id, **args}, NOW)
        give(session, cast.mei, session.get_one(model, row_id), cast.alice, NOW)
    return row_id


def message(database: Database, settings: Settings, cast: Cast) -> tuple[str, str, str]:
    with database.reading() as session:
        people = people_named(session, [cast.alice.id], settings.time_zone)
        [found] = [one for one in find_due(session, people, MORNING) if one.kind.name == "given"]
    told = said("given", found.rows, found.person, MORNING)
    assert len(lines("given", found.rows, found.person, MORNING)) == len(found.rows)
    return told.title, told.body, told.path


def test_a_follow_up_is_told_at_once_and_on_its_day(
    cast: Cast, harbour_cafe: Customer, listens: Any, told_at: Any, database: Database, settings: Settings
) -> None:
    for user in (cast.alice, cast.mei, cast.bob):
        listens(user)
    row_id = given(database, cast, harbour_cafe, FollowUp, due_on="2026-11-26", note="Bring the barrels")
    assert message(database, settings, cast) == (
        "Harbour Café",
        "Mei gives you something to do · Thu 26 Nov · Bring the barrels",
        f"/customers/{harbour_cafe.id}",
    )
    assert told_at(MORNING) == [("Alice", "given", (row_id,))]
    assert told_at(MORNING + HOUR) == []
    assert told_at(MORNING + 3 * DAY) == [("Alice", "due", (row_id,))]


def test_a_visit_too_with_what_is_to_be_done_there(
    cast: Cast, harbour_cafe: Customer, listens: Any, told_at: Any, database: Database, settings: Settings
) -> None:
    listens(cast.alice)
    promised = given(database, cast, harbour_cafe, FollowUp, due_on="2026-11-25", note="Bring the barrels")
    visit_id = given(database, cast, harbour_cafe, Visit, planned_on="2026-11-25", planned_time="10:30")
    _, body, _ = message(database, settings, cast)
    assert (
        body == "Mei gives you something to do · Visit · Wed 25 Nov · 10:30 · Wed 25 Nov · Bring the barrels"
    )
    assert told_at(MORNING) == [("Alice", "given", tuple(sorted((visit_id, promised))))]
    assert told_at(MORNING + 2 * DAY) == [("Alice", "due", (promised,)), ("Alice", "planned", (visit_id,))]


def test_at_several_customers_it_is_one_message(
    cast: Cast, harbour_cafe: Customer, do: Any, database: Database, settings: Settings
) -> None:
    other_id = new_id()
    do(cast.alice, "customer.create", {"customer_id": other_id, "name": "Quay"})
    with database.reading() as session:
        other = session.get_one(Customer, other_id)
    for customer in (harbour_cafe, other):
        given(database, cast, customer, FollowUp, due_on=str(date(2026, 11, 30)))
    title, names, path = message(database, settings, cast)
    assert (title, path) == ("2 things to do were given to you", "/more/reminders/given")
    assert set(names.split(", ")) == {"Harbour Café", "Quay"}


def test_what_is_done_cancelled_or_was_ones_own_idea_is_no_news(
    cast: Cast, harbour_cafe: Customer, listens: Any, told_at: Any, do: Any, database: Database
) -> None:
    listens(cast.alice)
    done = given(database, cast, harbour_cafe, FollowUp, due_on="2026-11-26")
    cancelled = given(database, cast, harbour_cafe, Visit, planned_on="2026-11-25")
    do(cast.alice, "follow_up.complete", {"follow_up_id": done})
    do(cast.alice, "visit.cancel", {"visit_id": cancelled})
    own = {"follow_up_id": new_id(), "customer_id": harbour_cafe.id, "due_on": "2026-11-26"}
    do(cast.alice, "follow_up.create", own)
    assert told_at(MORNING) == []
