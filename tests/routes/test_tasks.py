"""Asking a department from a customer's page, and the department's own list."""

import pytest
from sqlmodel import select

from server.database import Database
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.task import Task
from server.models.user import Role, User
from tests.cast import Cast, person
from tests.routes.conftest import Browser, Do
from tests.routes.test_visits import filled_in

ASKED = {"department": "service", "note": "Which seal fits the old pump?", "next_step": "1"}


@pytest.fixture
def sue(database: Database, cast: Cast) -> User:
    sue = person("Sue", Role.SUPPORT, cast.north, department="service")
    with database.writing() as session:
        session.add(sue)
    return sue


def test_a_question_goes_to_its_department_and_comes_back_with_an_answer(
    screens: Browser, cast: Cast, cafe: Customer, sue: User
) -> None:
    alice, service = screens(cast.alice), screens(sue)
    assert "Nothing waits for an answer" in service.get("/tasks").text
    form = alice.get(f"/tasks/new?customer={cafe.id}").text
    asked = alice.post("/tasks", {**filled_in(form), **ASKED})
    page = alice.get(asked.headers["location"]).text
    assert all(text in page for text in ("Task saved", ASKED["note"], "Tomorrow", "Undo"))
    listed = service.get("/tasks").text
    assert all(text in listed for text in (ASKED["note"], "Harbour Café", "Alice"))
    path = listed.partition('href="/tasks/')[2].partition('"')[0]
    task = service.get(f"/tasks/{path}").text
    assert f'href="/customers/{cafe.id}"' in task
    assert service.get(f"/customers/{cafe.id}").status_code == 200
    empty = service.post(f"/tasks/{path}/answer", {"answer": " "})
    assert (empty.status_code, 'id="answer-error"' in empty.text) == (422, True)
    answered = service.post(f"/tasks/{path}/answer", {"answer": "The FKM one"})
    assert answered.headers["location"] == "/tasks?done=task_answered"
    assert "The FKM one" in service.get("/tasks").text
    assert service.get(f"/customers/{cafe.id}").status_code == 404
    page = alice.get(f"/customers/{cafe.id}").text
    assert all(text in page for text in ("The FKM one", "answered by Sue", "How was the answer?"))
    alice.post(f"/tasks/{path}/rate", {"rating": "good", "back": f"/customers/{cafe.id}"})
    page = alice.get(f"/customers/{cafe.id}").text
    assert "How was the answer?" not in page
    assert "Task answered · Service · Good" in page


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"department": ""}, "department"), ({"department": "kitchen"}, "department"), ({"note": " "}, "note"),
     ({"next_step": "pick", "due_on": "soon"}, "due_on"), ({"next_step": "pick", "due_on": ""}, "due_on")],
)  # fmt: skip
def test_what_is_missing_is_said_beside_its_field_and_nothing_is_asked(
    screens: Browser, cast: Cast, cafe: Customer, database: Database, wrong: dict[str, str], field: str
) -> None:
    data = {"task_id": new_id(), "customer_id": cafe.id, **ASKED, **wrong}
    answer = screens(cast.alice).post("/tasks", data)
    assert (answer.status_code, f'id="{field}-error"' in answer.text) == (422, True)
    assert data["note"].strip() in answer.text
    with database.reading() as session:
        assert session.exec(select(Task)).all() == []


def test_two_who_answer_at_once_are_told_and_keep_what_they_typed(
    screens: Browser, cast: Cast, cafe: Customer, sue: User, do: Do
) -> None:
    task_id = new_id()
    asked = {"task_id": task_id, "customer_id": cafe.id, "department": "service", "note": "Which?"}
    do(cast.alice, "task.ask", {**asked, "due_on": "2026-11-30"})
    do(sue, "task.answer", {"task_id": task_id, "answer": "The FKM one"})
    late = screens(cast.mei).post(f"/tasks/{task_id}/answer", {"answer": "The EPDM one"})
    assert late.status_code == 422
    assert all(text in late.text for text in ("answered in the meantime", "The FKM one", "The EPDM one"))


def test_support_begins_with_its_tasks(screens: Browser, sue: User) -> None:
    page = screens(sue).get("/tasks").text
    assert '<a href="/tasks" aria-current="page">' in page
    assert 'href="/today"' not in page
