"""The tasks of a department, and the form that answers one. Rendered by the server only: departments work at desks."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from server import words
from server.models import scope
from server.models.customer import Customer
from server.models.identity import is_id
from server.models.refusal import NotAllowed
from server.models.task import Task
from server.models.user import Role, User
from server.views.form import Form
from server.views.labels import DEPARTMENTS, RATINGS, said
from server.views.reader import Reader, joined
from server.views.rows import due_kind, first_line

ANSWERED_FOR: Final = timedelta(days=30)
MOST_ANSWERED: Final = 50

Found = tuple[Task, Customer]


def tasks(session: Session, reader: Reader) -> dict[str, Any]:
    """Open tasks, the most pressing first, and those answered in the last month."""
    mine = scope.tasks_of(reader.user)
    open_ = session.exec(mine.where(col(Task.answered_at).is_(None)).order_by(col(Task.due_on), col(Task.id)))
    since = reader.now - ANSWERED_FOR
    done = mine.where(col(Task.answered_at) >= since).order_by(col(Task.answered_at).desc(), col(Task.id))
    open_rows, done_rows = open_.all(), session.exec(done.limit(MOST_ANSWERED)).all()
    people = _people(session, [*open_rows, *done_rows])
    t = reader.t
    answers = reader.user.role == Role.SUPPORT
    return {
        "title": t("Tasks"),
        "open": [_row(one, people, reader) for one in open_rows],
        "answered": [_row(one, people, reader) for one in done_rows],
        "nothing": t("Nothing waits for an answer. What reps ask of your department stands here.")
        if answers
        else t(
            "Nothing is asked of another department. To ask one, open a customer and tap Ask a department."
        ),
        "is_landing": answers,
    }


def task_page(session: Session, reader: Reader, task_id: str, form: Form) -> dict[str, Any]:
    task, customer = found_task(session, reader, task_id)
    people = _people(session, [(task, customer)])
    t, who = reader.t, reader.user
    in_sight = scope.may_see(session, who, customer.id)
    may_answer = scope.is_asked(who, task.department, customer) or (scope.may_write(who) and in_sight)
    row = _row((task, customer), people, reader)
    return {
        "tag_text": row["tag"],
        "tag_kind": row["tag_kind"],
        "note": task.note,
        "title": said(t, DEPARTMENTS, task.department),
        "action": f"/tasks/{task.id}/answer",
        "refused": form.refused,
        "customer": customer.name,
        "customer_href": f"/customers/{customer.id}" if in_sight else "",
        "asked": t(
            "Asked by %(name)s %(ago)s", name=people.get(task.asked_by, ""), ago=reader.ago(task.created_at)
        ),
        "due": words.short_date(task.due_on, reader.today, reader.locale),
        "answer": task.answer or "",
        "answered": joined(people.get(task.answered_by or ""), reader.moment(task.answered_at))
        if task.answered_at
        else "",
        # Shown also if somebody else was quicker, so that what was typed is not lost.
        "form": form.field("answer", t("Your answer"))
        if may_answer and (task.answered_at is None or form.typed)
        else None,
    }


def found_task(session: Session, reader: Reader, task_id: str) -> Found:
    if not is_id(task_id):  # not every text can be sent to the database
        raise NotAllowed
    found = session.exec(scope.tasks_of(reader.user).where(col(Task.id) == task_id)).first()
    if found is None:
        raise NotAllowed
    return found


def _row(found: Found, people: dict[str, str], reader: Reader) -> dict[str, Any]:
    task, customer = found
    is_open = task.answered_at is None
    department = said(reader.t, DEPARTMENTS, task.department)
    return {
        "href": f"/tasks/{task.id}",
        "initial": words.initial(department),
        "what": first_line(task.note) if is_open else first_line(task.answer),
        "detail": joined(customer.name, department, people.get(task.asked_by)),
        "tag": words.due_label(task.due_on, reader.today, reader.locale)
        if is_open
        else said(reader.t, RATINGS, task.rating),
        "tag_kind": due_kind(task.due_on, reader.today) if is_open else "",
    }


def _people(session: Session, rows: Sequence[Found]) -> dict[str, str]:
    ids = {task.asked_by for task, _ in rows} | {task.answered_by for task, _ in rows if task.answered_by}
    return dict(session.exec(select(User.id, User.name).where(col(User.id).in_(ids))).all()) if ids else {}
