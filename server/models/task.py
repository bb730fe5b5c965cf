"""Work asked of another department about a customer: due on a day, answered in words, rated by whoever asked."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from server.models.column import key, link, maybe_link, maybe_moment, moment
from server.models.customer import Customer
from server.models.refusal import Refused

if TYPE_CHECKING:
    from server.models.act import Act

RATINGS: Final = ("good", "fair", "poor")
TASK_SENTENCES: Final = {
    "withdrawn": "This task was taken back in the meantime.",
    "answered": "This task was answered in the meantime. Please look and decide.",
    "open": "This task is not answered yet.",
}
# Few rows, so the index over them stays small.
IS_OPEN: Final = text("answered_at IS NULL AND withdrawn_at IS NULL")


class Task(SQLModel, table=True):
    __tablename__ = "tasks"
    __collection__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_open", "department", "customer_id", sqlite_where=IS_OPEN, postgresql_where=IS_OPEN),
    )

    id: str = key()
    customer_id: str = link("customers.id")
    asked_by: str = link("users.id")
    department: str = Field(max_length=20)
    note: str
    due_on: date
    created_at: datetime = moment()
    answer: str | None = None
    answered_by: str | None = maybe_link("users.id")
    answered_at: datetime | None = maybe_moment()
    rating: str | None = Field(default=None, max_length=10)
    withdrawn_at: datetime | None = maybe_moment()


def ask(act: "Act", *, task_id: str, customer_id: str, department: str, note: str, due_on: date) -> None:
    customer = act.editable(customer_id)
    act.rows.check_free(Task, task_id)
    said = {"department": department, "note": note, "due_on": due_on}
    made = {"asked_by": act.by.id, "created_at": act.moment}
    act.rows.insert(Task, id=task_id, customer_id=customer.id, **said, **made)


def answer(act: "Act", *, task_id: str, answer: str) -> None:
    """Done twice is done once. Refused if there is another answer already."""
    task = _standing(act, task_id)
    act.require(_answers(act, task, act.rows.one(Customer, task.customer_id)))
    if task.answered_at is not None and task.answer != answer:
        raise Refused("conflict", TASK_SENTENCES["answered"], {"current": task.answer})
    if task.answered_at is None:
        task.answer, task.answered_by, task.answered_at = answer, act.by.id, act.moment


def _answers(act: "Act", task: Task, customer: Customer) -> bool:
    """Whether the user may answer: support of that department, and whoever may write to the customer, because such a
    question is sometimes settled at the customer's door."""
    return act.is_asked(task.department, customer) or (act.writes and act.sees(customer))


def rate(act: "Act", *, task_id: str, rating: str) -> None:
    """Rating it again replaces the rating."""
    task = _own(act, task_id)
    if task.answered_at is None:
        raise Refused("conflict", TASK_SENTENCES["open"])
    task.rating = rating


def withdraw(act: "Act", *, task_id: str) -> None:
    """Refused once it is answered: somebody has worked for it. Done twice is done once."""
    task = act.rows.find(Task, task_id)
    if task is not None and task.withdrawn_at is not None:
        return
    task = _own(act, task_id)
    if task.answered_at is not None:
        raise Refused("conflict", TASK_SENTENCES["answered"], {"current": task.answer})
    task.withdrawn_at = act.moment


def _own(act: "Act", task_id: str) -> Task:
    """A task that the user asked for, or anybody's for a manager. Raises NotAllowed for any other."""
    task = _standing(act, task_id)
    act.editable(task.customer_id)
    act.require(task.asked_by == act.by.id or act.manages)
    return task


def _standing(act: "Act", task_id: str) -> Task:
    task = act.rows.one(Task, task_id)
    if task.withdrawn_at is not None:
        raise Refused("deleted", TASK_SENTENCES["withdrawn"])
    return task
