"""Kinds of reminders about tasks for other departments, and their answers (see kinds.py)."""

from datetime import date
from typing import Any

from sqlalchemy import Row, String, and_, cast, or_, select
from sqlalchemy.orm import aliased, join
from sqlmodel import col

from server.days import DAY
from server.models.column import seconds
from server.models.customer import Customer
from server.models.scope import in_sight, is_asked_for_it
from server.models.task import Task
from server.models.user import User
from server.reminders.kinds import NEWS_WITHIN_DAYS, WITHIN_DAYS, Kind, Span, is_late
from server.reminders.person import Person

asker, helper = aliased(User), aliased(User)


def _joined(other: Any, is_other: Any, hears: Any) -> Any:
    """Task, Customer, another user and the User who hears, as one join: `hears` depends on several of these tables, and
    `select().join()` could not tell from which to join."""
    tasks = join(Task, Customer, col(Customer.id) == col(Task.customer_id))
    return join(join(tasks, other, is_other), User, hears)


def _open(hears: Any) -> Any:
    """The query for open tasks. `hears`: SQL that says which User is told of a task."""
    return (
        select(
            col(User.id).label("user_id"),
            col(Task.id).label("subject_id"),
            cast(col(Task.due_on), String).label("occasion"),
            col(Task.customer_id).label("customer_id"),
            col(Customer.name).label("name"),
            col(Task.note).label("note"),
            col(Task.due_on).label("due_on"),
            col(asker.name).label("rep"),
        )
        .select_from(_joined(asker, col(asker.id) == col(Task.asked_by), hears))
        .where(col(Task.answered_at).is_(None), col(Task.withdrawn_at).is_(None))
        .where(col(Customer.deleted_at).is_(None))
    )


class TaskAsked(Kind):
    """Everybody who may answer a new task hears of it."""

    name, any_day, useful_days, lasts = "task", False, WITHIN_DAYS, True

    def query(self, span: Span) -> Any:
        return _open(is_asked_for_it()).where(col(Task.due_on) >= span.oldest)


class TaskLate(Kind):
    """Everybody who may answer, and whoever asked, hears once, on the first working day after the one it was due on."""

    name, any_day, useful_days = "task_late", False, 3

    def query(self, span: Span) -> Any:
        hears = or_(is_asked_for_it(), and_(col(User.id) == col(Task.asked_by), in_sight()))
        return _open(hears).where(col(Task.due_on).between(span.since, span.last))

    def is_due(self, row: Row[Any], person: Person, today: date) -> bool:
        return is_late(row.due_on, person, today)


class TaskAnswered(Kind):
    """Whoever asked hears the answer."""

    name, any_day, useful_days = "task_done", False, NEWS_WITHIN_DAYS

    def query(self, span: Span) -> Any:
        return (
            select(
                col(Task.asked_by).label("user_id"),
                col(Task.id).label("subject_id"),
                cast(seconds(col(Task.answered_at)), String).label("occasion"),
                col(Task.customer_id).label("customer_id"),
                col(Customer.name).label("name"),
                col(Task.answer).label("note"),
                col(helper.name).label("rep"),
            )
            .select_from(
                _joined(helper, col(helper.id) == col(Task.answered_by), col(User.id) == col(Task.asked_by))
            )
            .where(col(Task.answered_at) > span.now - NEWS_WITHIN_DAYS * DAY)
            .where(col(Task.answered_by) != col(Task.asked_by))
            .where(col(Task.withdrawn_at).is_(None), col(Customer.deleted_at).is_(None), in_sight())
        )
