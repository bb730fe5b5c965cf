"""What a notification says and which page it opens, in its reader's language and time zone."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Row

from server import words
from server.alerts.kinds import KINDS as ALERTS
from server.days import DAY
from server.reminders import access, entries, given, task_sayings
from server.reminders.person import Person
from server.reminders.saying import (
    CUSTOMERS,
    MOST_NAMES,
    NOTE_CHARACTERS,
    Line,
    Rows,
    Said,
    cut,
    list_of,
    names_of,
    silence,
    what,
)
from server.translations import Translator
from server.views.reader import joined
from server.views.rows import first_line

# For these kinds a phone can tell by its own copy whether something is still due, and takes down a notification of
# which nothing is.
KNOWN_TO_PHONES: Final = ("due", "late", "planned", "cold")
MOST_KNOWN: Final = 30  # ids in a message, which has 3,993 bytes for everything


def said(kind: str, rows: Rows, person: Person, now: datetime) -> Said:
    """The notification about these rows of a kind; at least one."""
    spoken = SAYINGS[kind](rows, person, person.day_of(now))
    if person.wishes.discreet:
        body = person.t.n("%(n)s reminder", "%(n)s reminders", len(rows))
        spoken = Said("Legwork", body, spoken.path)
    if kind not in KNOWN_TO_PHONES or len(rows) > MOST_KNOWN:
        return spoken
    return replace(spoken, about={**spoken.about, "of": [row.subject_id for row in rows]})


def lines(kind: str, rows: Rows, person: Person, now: datetime) -> list[Line]:
    """A line for each row, for e-mails and list pages."""
    today = person.day_of(now)
    parts = [(list(filter(None, _parts(kind, row, person, today))), _place(kind, row)) for row in rows]
    return [Line(name, joined(*more), path) for (name, *more), path in parts]


def _parts(kind: str, row: Row[Any], person: Person, today: date) -> tuple[str, ...]:
    t, name = person.t, cut(row.name)
    if kind == "alert":
        return row.territory or "", _of_alert(row, t)
    if kind == "due":
        return name, what(row)
    if kind == "late":
        return name, words.due_label(row.due_on, today, t.locale), what(row)
    if kind == "planned":
        return row.planned_time or "", name
    if kind == "birthday":
        return name, cut(row.customer), words.due_label(date.fromisoformat(row.occasion), today, t.locale)
    if kind == "parked":
        return (t("An entry that could not be applied"),)
    if kind == "entry":
        return name, entries.part(row, t)
    if kind == "asked":
        return name, access.asks(row, t)
    if kind == "access":
        return name, access.done(row, t)
    if kind == "approval":
        return name, t("%(name)s asks for approval", name=row.rep)
    if kind == "answered":
        return name, _answer(row, t)
    if kind in ("task", "task_late", "task_done"):
        return task_sayings.parts(kind, row, t, today)
    if kind == "given":
        return name, row.rep, *given.parts(row, t, today)
    if kind == "colleague":
        return name, row.rep, what(row)
    if kind == "week":
        return (t("Your weekly report is written"),)
    if kind == "report":
        return name, t("Weekly report")
    return name, silence(row, person, today)


def _place(kind: str, row: Row[Any]) -> str:
    if kind == "week":
        return f"/report/{row.due_on}"
    if kind == "report":
        return f"/report/{row.due_on}?of={row.author_id}"
    if kind == "alert":
        return f"/team/alerts/{row.subject_id}"
    if kind == "entry":
        return entries.PATH
    if kind == "handed_back":
        return CUSTOMERS
    if kind == "access":
        return access.place(row)
    if kind in ("approval", "answered"):
        return f"/opportunities/{row.subject_id}"
    if kind in ("task", "task_late"):
        return f"/tasks/{row.subject_id}"
    return f"/customers/{row.customer_id}" if row.customer_id else "/outbox"


def trial(person: Person) -> Said:
    t = person.t
    return Said(t("Reminders arrive here"), t("This is what they look like."), "/more/reminders")


def _due(rows: Rows, person: Person, _today: date) -> Said:
    t = person.t
    if len(rows) == 1:
        return _one_promise(rows[0], person, what(rows[0]) or t("A follow-up is due today"))
    title = t.n("%(n)s follow-up is due today", "%(n)s follow-ups are due today", len(rows))
    return Said(title, names_of(rows, t), "/today")


def _late(rows: Rows, person: Person, today: date) -> Said:
    t = person.t
    if len(rows) == 1:
        late = words.due_label(rows[0].due_on, today, t.locale)
        return _one_promise(rows[0], person, " · ".join(filter(None, (late, what(rows[0])))))
    title = t.n("%(n)s follow-up is late", "%(n)s follow-ups are late", len(rows))
    return Said(title, names_of(rows, t), "/today")


def _one_promise(row: Row[Any], person: Person, body: str) -> Said:
    t = person.t
    actions = {"done": t("Done"), "tomorrow": t("Tomorrow"), "log": t("Log visit")}
    about = {"follow_up_id": row.subject_id, "customer_id": row.customer_id}
    return Said(cut(row.name), body, f"/customers/{row.customer_id}", actions, about)


def _planned(rows: Rows, person: Person, _today: date) -> Said:
    t = person.t
    if len(rows) == 1:
        at = rows[0].planned_time
        body = t("Visit planned for today at %(time)s", time=at) if at else t("Visit planned for today")
        return _to_visit(rows[0], person, body)
    title = t.n("%(n)s visit planned for today", "%(n)s visits planned for today", len(rows))
    return Said(title, names_of(rows, t), "/today")


def _cold(rows: Rows, person: Person, today: date) -> Said:
    t = person.t
    if len(rows) == 1:
        body = t("Going cold: nobody was in touch for %(days)s", days=silence(rows[0], person, today))
        return _to_visit(rows[0], person, body)
    title = t.n("%(n)s customer is going cold", "%(n)s customers are going cold", len(rows))
    return Said(title, names_of(rows, t), "/customers?show=cold")


def _to_visit(row: Row[Any], person: Person, body: str) -> Said:
    actions, about = {"log": person.t("Log visit")}, {"customer_id": row.customer_id}
    return Said(cut(row.name), body, f"/customers/{row.customer_id}", actions, about)


def _unheeded(rows: Rows, person: Person, today: date) -> Said:
    t = person.t
    if len(rows) == 1:
        days = silence(rows[0], person, today)
        body = t("Nobody was in touch for %(days)s, though %(rep)s was reminded", days=days, rep=rows[0].rep)
        return Said(cut(rows[0].name), body, f"/customers/{rows[0].customer_id}")
    title = t.n(
        "%(n)s customer is still going cold, a week after the reminder",
        "%(n)s customers are still going cold, a week after the reminder",
        len(rows),
    )
    return Said(title, names_of(rows, t), list_of("unheeded"))


def _handed_back(rows: Rows, person: Person, today: date) -> Said:
    t = person.t
    if len(rows) == 1:
        body = t("Back in the pool: nobody was in touch for %(days)s", days=silence(rows[0], person, today))
        return Said(cut(rows[0].name), body, CUSTOMERS)
    title = t.n("%(n)s customer went back to the pool", "%(n)s customers went back to the pool", len(rows))
    return Said(title, names_of(rows, t), list_of("handed_back"))


def _birthday(rows: Rows, person: Person, today: date) -> Said:
    t = person.t
    if len(rows) > 1:
        title = t.n("%(n)s birthday", "%(n)s birthdays", len(rows))
        return Said(title, names_of(rows, t), list_of("birthday"))
    day = words.due_label(date.fromisoformat(rows[0].occasion), today, t.locale)
    body = t("Birthday: %(day)s · %(customer)s", day=day, customer=cut(rows[0].customer))
    return Said(cut(rows[0].name), body, f"/customers/{rows[0].customer_id}")


def _parked(rows: Rows, person: Person, _today: date) -> Said:
    t = person.t
    title = t.n("%(n)s entry needs you", "%(n)s entries need you", len(rows))
    return Said(title, t("It is kept. The outbox says why it could not be applied."), "/outbox")


def _approval(rows: Rows, person: Person, _today: date) -> Said:
    t = person.t
    if len(rows) == 1:
        body = " · ".join((t("%(name)s asks for approval", name=rows[0].rep), cut(rows[0].customer)))
        return Said(cut(rows[0].name), body, _place("approval", rows[0]))
    title = t.n(
        "%(n)s opportunity waits for your approval", "%(n)s opportunities wait for your approval", len(rows)
    )
    return Said(title, names_of(rows, t), "/team/approvals")


def _answered(rows: Rows, person: Person, _today: date) -> Said:
    t = person.t
    if len(rows) == 1:
        return Said(cut(rows[0].name), _answer(rows[0], t), _place("answered", rows[0]))
    title = t.n(
        "%(n)s answer to what you asked approval for",
        "%(n)s answers to what you asked approval for",
        len(rows),
    )
    return Said(title, names_of(rows, t), list_of("answered"))


def _answer(row: Row[Any], t: Translator) -> str:
    asked = json.loads(row.terms)[-1]
    said = t("Approved") if asked["answer"] == "given" else t("Not approved")
    return cut(" · ".join(filter(None, (said, first_line(asked.get("note"))))), NOTE_CHARACTERS)


def _colleague(rows: Rows, person: Person, _today: date) -> Said:
    t = person.t
    if len(rows) == 1:
        body = " · ".join(filter(None, (t("%(rep)s was in touch", rep=rows[0].rep), what(rows[0]))))
        return Said(cut(rows[0].name), body, f"/customers/{rows[0].customer_id}")
    title = t.n("%(n)s entry of colleagues", "%(n)s entries of colleagues", len(rows))
    return Said(title, names_of(rows, t), list_of("colleague"))


def _week(rows: Rows, person: Person, today: date) -> Said:
    t, over = person.t, rows[-1].due_on
    days = " – ".join(words.short_date(day, today, t.locale) for day in (over, over + 6 * DAY))
    body = t("%(days)s: read it, change it, send it on", days=days)
    return Said(t("Your weekly report is written"), joined(body, person.ranked), _place("week", rows[-1]))


def _report(rows: Rows, person: Person, _today: date) -> Said:
    t = person.t
    if len(rows) == 1:
        title = t("Weekly report of %(name)s", name=cut(rows[0].name))
        return Said(title, t("Sent on to you"), _place("report", rows[0]))
    title = t.n("%(n)s weekly report", "%(n)s weekly reports", len(rows))
    return Said(title, names_of(rows, t), list_of("report"))


def _alert(rows: Rows, person: Person, _today: date) -> Said:
    t = person.t
    if len(rows) > 1:
        title = t.n("%(n)s alert", "%(n)s alerts", len(rows))
        return Said(title, t("; ").join(_of_alert(row, t) for row in rows[:MOST_NAMES]), "/team/alerts")
    row, terms = rows[0], json.loads(rows[0].terms)
    body = " · ".join(filter(None, (row.territory, ALERTS[row.name].limit_said(t, terms))))
    return Said(_of_alert(row, t), body, _place("alert", row))


def _of_alert(row: Row[Any], t: Translator) -> str:
    return cut(ALERTS[row.name].said(t, json.loads(row.terms), row.number or 0), NOTE_CHARACTERS)


SAYINGS: Final[dict[str, Callable[[Rows, Person, date], Said]]] = {
    "due": _due,
    "late": _late,
    "planned": _planned,
    "cold": _cold,
    "handed_back": _handed_back,
    "birthday": _birthday,
    "parked": _parked,
    "unheeded": _unheeded,
    "asked": access.asked,
    "access": access.changed,
    "entry": entries.asked,
    "approval": _approval,
    "answered": _answered,
    "colleague": _colleague,
    "given": given.given,
    "week": _week,
    "report": _report,
    "alert": _alert,
    "task": task_sayings.asked,
    "task_late": task_sayings.late,
    "task_done": task_sayings.answered,
}
