"""The sentences about tasks: for those who are asked, for whoever asked, and for both when one is late."""

from datetime import date
from typing import Any

from sqlalchemy import Row

from server import words
from server.reminders.person import Person
from server.reminders.saying import Rows, Said, cut, list_of, names_of, what
from server.translations import Translator


def parts(kind: str, row: Row[Any], t: Translator, today: date) -> tuple[str, ...]:
    """The parts of a line about one task, in an e-mail or on a list page."""
    name, due = cut(row.name), words.due_label(row.due_on, today, t.locale) if row.due_on else ""
    if kind == "task_done":
        return name, t("%(name)s has answered", name=row.rep), what(row)
    return name, due, what(row)


def asked(rows: Rows, person: Person, today: date) -> Said:
    t = person.t
    if len(rows) == 1:
        row = rows[0]
        due = words.due_label(row.due_on, today, t.locale)
        body = " · ".join((t("%(name)s asks you", name=row.rep), due, what(row)))
        return Said(cut(row.name), body, f"/tasks/{row.subject_id}")
    title = t.n("%(n)s new task for you", "%(n)s new tasks for you", len(rows))
    return Said(title, names_of(rows, t), "/tasks")


def late(rows: Rows, person: Person, today: date) -> Said:
    t = person.t
    if len(rows) == 1:
        row = rows[0]
        body = t("Not answered, %(late)s", late=words.due_label(row.due_on, today, t.locale))
        return Said(cut(row.name), f"{body} · {what(row)}", f"/tasks/{row.subject_id}")
    title = t.n("%(n)s task is late", "%(n)s tasks are late", len(rows))
    return Said(title, names_of(rows, t), "/tasks")


def answered(rows: Rows, person: Person, _today: date) -> Said:
    t = person.t
    if len(rows) == 1:
        row = rows[0]
        body = " · ".join((t("%(name)s has answered", name=row.rep), what(row)))
        return Said(cut(row.name), body, f"/customers/{row.customer_id}")
    title = t.n("%(n)s of your tasks is answered", "%(n)s of your tasks are answered", len(rows))
    return Said(title, names_of(rows, t), list_of("task_done"))
