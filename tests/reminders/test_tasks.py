"""The department hears what it is asked, who asked hears the answer, and both when it is late: each once."""

from datetime import timedelta
from typing import Any

import pytest

from server.database import Database
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.user import Role, User
from server.reminders.due import find_due
from server.reminders.person import reachable
from server.reminders.wording import lines, said
from tests.cast import Cast, person
from tests.reminders.test_due import MORNING

DAY = timedelta(days=1)


@pytest.fixture
def sue(database: Database, cast: Cast, listens: Any) -> User:
    sue = person("Sue", Role.SUPPORT, cast.north, department="service")
    others = (
        person("Sven", Role.SUPPORT, cast.north, department="logistics"),
        person("Eli", Role.SUPPORT, cast.south),
    )
    with database.writing() as session:
        session.add_all([sue, *others])
    for user in (sue, *others, cast.alice):
        listens(user)
    return sue


@pytest.fixture
def task(cast: Cast, do: Any, harbour_cafe: Customer) -> dict[str, str]:
    made = {"task_id": new_id(), "customer_id": harbour_cafe.id, "department": "service"}
    do(cast.alice, "task.ask", {**made, "note": "Which seal?", "due_on": f"{MORNING:%Y-%m-%d}"})
    return {"task_id": made["task_id"]}


def heard(database: Database, settings: Any, now: Any) -> list[tuple[str, str, str, str, str]]:
    with database.reading() as session:
        found = find_due(session, reachable(session, settings, now), now)
        spoken = [
            (
                one,
                said(one.kind.name, one.rows, one.person, now),
                lines(one.kind.name, one.rows, one.person, now),
            )
            for one in found
            if one.kind.name.startswith("task")
        ]
    return [
        (one.person.user.name, message.title, message.body, message.path, letter[0].text)
        for one, message, letter in spoken
    ]


def test_the_department_hears_and_then_who_asked(
    cast: Cast, do: Any, sue: User, task: dict[str, str], told_at: Any, database: Database, settings: Any
) -> None:
    path, seen = f"/tasks/{task['task_id']}", "Harbour Café"
    asked = ("Sue", seen, "Alice asks you · Today · Which seal?", path, f"{seen} · Today · Which seal?")
    assert heard(database, settings, MORNING) == [asked]
    assert told_at(MORNING) == [("Sue", "task", (task["task_id"],))]
    assert told_at(MORNING) == []
    late = told_at(MORNING + DAY)
    assert late == [(name, "task_late", (task["task_id"],)) for name in ("Alice", "Sue")]
    do(sue, "task.answer", {**task, "answer": "The FKM one"})
    [(name, title, body, path, letter)] = heard(database, settings, MORNING + DAY)
    assert (name, title, body) == ("Alice", seen, "Sue has answered · The FKM one")
    assert path.startswith("/customers/")
    assert letter == f"{seen} · Sue has answered · The FKM one"
    assert told_at(MORNING + DAY) == [("Alice", "task_done", (task["task_id"],))]


def test_who_was_away_for_weeks_hears_the_answer(
    cast: Cast, do: Any, sue: User, task: dict[str, str], told_at: Any
) -> None:
    do(sue, "task.answer", {**task, "answer": "The FKM one"})
    assert [told for told in told_at(MORNING + 25 * DAY) if told[1] == "task_done"] == [
        ("Alice", "task_done", (task["task_id"],))
    ]


@pytest.mark.usefixtures("sue")
def test_what_is_taken_back_is_neither_told_nor_late(
    cast: Cast, do: Any, task: dict[str, str], told_at: Any
) -> None:
    do(cast.alice, "task.withdraw", task)
    assert told_at(MORNING) == told_at(MORNING + DAY) == []
