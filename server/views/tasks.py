"""Tasks for other departments, as a customer's page shows them. Twin of pwa/views/tasks.js."""

from collections.abc import Sequence
from typing import Any

from server import words
from server.models.scope import manages, may_write
from server.models.task import Task
from server.views.labels import DEPARTMENTS, RATINGS, options, said
from server.views.reader import Reader, joined
from server.views.rows import due_kind
from server.views.timeline import Names


def standing_tasks(tasks: Sequence[Task], names: Names, reader: Reader) -> list[dict[str, Any]]:
    """Open tasks, and answered ones of the reader's until they are rated."""
    shown = [task for task in tasks if _is_open(task) or (_is_mine(task, reader) and task.rating is None)]
    shown.sort(key=lambda task: (task.due_on, task.id))
    return [task_row(task, names, reader) for task in shown]


def task_row(task: Task, names: Names, reader: Reader) -> dict[str, Any]:
    t = reader.t
    mine, is_open = _is_mine(task, reader), _is_open(task)
    department = said(t, DEPARTMENTS, task.department)
    by = "" if mine else t("asked by %(name)s", name=names.person(task.asked_by))
    answered = t("answered by %(name)s", name=names.person(task.answered_by or ""))
    return {
        "id": task.id,
        "initial": words.initial(department),
        "what": task.note,
        "detail": joined(department, by if is_open else answered),
        "answer": task.answer or "",
        "tag": words.due_label(task.due_on, reader.today, reader.locale) if is_open else t("Answered"),
        "tag_kind": due_kind(task.due_on, reader.today) if is_open else "",
        "may_withdraw": is_open and may_write(reader.user) and (mine or manages(reader.user)),
        "ratings": options(t, RATINGS, "") if mine and not is_open and may_write(reader.user) else [],
    }


def _is_open(task: Task) -> bool:
    return task.answered_at is None


def _is_mine(task: Task, reader: Reader) -> bool:
    return task.asked_by == reader.user.id
