"""What another department is asked: asked, answered once, rated by who asked, and taken back while it is open."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from server.database import Database
from server.models import scope
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.refusal import NotAllowed
from server.models.task import Task
from server.models.user import Role, User
from tests.cast import Cast, person
from tests.models.test_quote import refusal
from tests.sync.conftest import Do


@pytest.fixture
def asked(cast: Cast, do: Do, harbour_cafe: Customer) -> dict[str, Any]:
    of = {"task_id": new_id(), "customer_id": harbour_cafe.id}
    do(cast.alice, "task.ask", {**of, "department": "logistics", "note": "When?", "due_on": "2026-11-30"})
    return {"task_id": of["task_id"]}


@pytest.fixture
def support(database: Database, cast: Cast) -> dict[str, User]:
    people = {
        "of it": person("Sue", Role.SUPPORT, cast.north, department="logistics"),
        "of all": person("Sam", Role.SUPPORT),
        "of another": person("Sven", Role.SUPPORT, cast.north, department="service"),
        "elsewhere": person("Eli", Role.SUPPORT, cast.south, department="logistics"),
    }
    with database.writing() as session:
        session.add_all(people.values())
    return people


def kept(database: Database, asked: dict[str, Any]) -> Task:
    with database.reading() as session:
        return session.get_one(Task, asked["task_id"])


def test_a_task_is_answered_once_and_rated(
    database: Database, cast: Cast, do: Do, asked: dict[str, Any], support: dict[str, User]
) -> None:
    assert refusal(do, cast.alice, "task.rate", {**asked, "rating": "good"}).code == "conflict"
    for _ in range(2):
        do(support["of it"], "task.answer", {**asked, "answer": "On Friday"})
    other = refusal(do, support["of all"], "task.answer", {**asked, "answer": "On Monday"})
    assert (other.code, other.detail) == ("conflict", {"current": "On Friday"})
    for rating in ("poor", "good"):
        do(cast.alice, "task.rate", {**asked, "rating": rating})
    task = kept(database, asked)
    assert (task.due_on, task.answer, task.answered_by) == (
        date(2026, 11, 30),
        "On Friday",
        support["of it"].id,
    )
    assert (task.rating, task.withdrawn_at) == ("good", None)
    assert refusal(do, cast.alice, "task.withdraw", asked).code == "conflict"


def test_what_was_taken_back_is_not_answered(
    database: Database, cast: Cast, do: Do, asked: dict[str, Any], support: dict[str, User]
) -> None:
    for _ in range(2):
        do(cast.alice, "task.withdraw", asked)
    assert kept(database, asked).withdrawn_at is not None
    assert refusal(do, support["of it"], "task.answer", {**asked, "answer": "On Friday"}).code == "deleted"


def test_support_sees_a_customer_while_a_task_of_theirs_is_open(
    database: Database,
    cast: Cast,
    do: Do,
    asked: dict[str, Any],
    support: dict[str, User],
    harbour_cafe: Customer,
) -> None:
    def who_sees() -> set[str]:
        with database.reading() as session:
            for user in support.values():
                by_list = session.exec(
                    select(Customer).where(scope.among_all_in_sight_of(user), Customer.id == harbour_cafe.id)
                ).first()
                assert (by_list is not None) == scope.may_see(session, user, harbour_cafe.id)
            return {name for name, user in support.items() if scope.may_see(session, user, harbour_cafe.id)}

    def who_has_it() -> set[str]:
        with database.reading() as session:
            return {name for name, user in support.items() if session.exec(scope.tasks_of(user)).all()}

    assert who_sees() == who_has_it() == {"of it", "of all"}
    for name in ("of another", "elsewhere"):
        with pytest.raises(NotAllowed):
            do(support[name], "task.answer", {**asked, "answer": "No idea"})
    do(support["of it"], "task.answer", {**asked, "answer": "On Friday"})
    assert who_sees() == set()
    assert who_has_it() == {"of it", "of all"}, "the answer can be read again"
    do(cast.mei, "customer.delete", {"customer_id": harbour_cafe.id})
    assert who_has_it() == set()


def test_a_task_goes_with_its_customer_when_two_are_one(
    database: Database, cast: Cast, do: Do, asked: dict[str, Any], harbour_cafe: Customer
) -> None:
    twin = new_id()
    do(cast.alice, "customer.create", {"customer_id": twin, "name": "Harbor Cafe"})
    do(cast.mei, "customer.merge", {"customer_id": harbour_cafe.id, "into_id": twin})
    assert kept(database, asked).customer_id == twin
    do(cast.alice, "task.withdraw", asked)
