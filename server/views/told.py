"""The page that a notification about several things opens: all reminders of a kind that still apply."""

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Any, Final

from sqlmodel import Session

from server import words
from server.reminders.due import KIND_NAMED, all_due
from server.reminders.person import Person, people_named
from server.reminders.saying import Line
from server.reminders.wording import lines
from server.views.reader import Reader
from server.views.wishes import KINDS

# Kinds without another page that lists them.
LISTED: Final = (
    "birthday", "asked", "access", "answered", "colleague", "given", "handed_back", "report", "task_done", "unheeded",
)  # fmt: skip

Told = tuple[date, Line]


def told(session: Session, reader: Reader, kind: str) -> dict[str, Any]:
    (person,) = people_named(session, [reader.user.id], reader.company_zone)
    days = groupby(_latest_first(session, reader, person, kind), key=lambda one: one[0])
    return {
        "title": reader.t(KINDS[kind]),
        "days": [_day(day, of_it, reader) for day, of_it in days],
        "nothing": reader.t("Nothing is left here: what you were told of is done, or past."),
    }


def _latest_first(session: Session, reader: Reader, person: Person, kind: str) -> list[Told]:
    found = all_due(session, KIND_NAMED[kind], person, reader.now)
    said = lines(kind, [row for row, _ in found], person, reader.now)
    days = [reader.day_of(told_at) if told_at else date.max for _, told_at in found]
    return sorted(zip(days, said, strict=True), key=lambda one: one[0], reverse=True)


def _day(day: date, of_it: Iterable[Told], reader: Reader) -> dict[str, Any]:
    rows = [
        {"initial": words.initial(line.name), "name": line.name, "said": line.said, "href": line.path}
        for _, line in of_it
    ]
    t, when = reader.t, words.ago(min(day, reader.today), reader.today, reader.locale)
    title = t("Not told yet") if day == date.max else t("You were told %(when)s", when=when)
    return {"title": title, "rows": rows}
