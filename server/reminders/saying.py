"""The parts of a notification's text, cut short enough for a lock screen."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import Row

from server import words
from server.reminders.person import Person
from server.translations import Translator
from server.views.reader import joined
from server.views.rows import first_line

MOST_NAMES: Final = 4
NAME_CHARACTERS, NOTE_CHARACTERS = 80, 300
CUSTOMERS: Final = "/customers"  # where whoever does not see the customer's own page is led

Rows = Sequence[Row[Any]]


@dataclass(frozen=True)
class Said:
    """`path`: the page that a tap opens."""

    title: str
    body: str
    path: str
    actions: dict[str, str] = field(default_factory=dict)  # the buttons: their words by action
    # Ids that the actions need, and rows that must still be due.
    about: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One of the things that a notification tells: `name` of the customer or person, what is said, and its page."""

    name: str
    said: str
    path: str

    @property
    def text(self) -> str:
        return joined(self.name, self.said)


def list_of(kind: str) -> str:
    """The page that lists everything of a kind, for kinds that have no page of their own."""
    return f"/more/reminders/{kind}"


def names_of(rows: Rows, t: Translator) -> str:
    names = [cut(row.name) for row in rows[:MOST_NAMES]]
    return t(", ").join(names) + (" …" if len(rows) > MOST_NAMES else "")


def what(row: Row[Any]) -> str:
    """The first line of the row's note."""
    return cut(first_line(row.note), NOTE_CHARACTERS)


def silence(row: Row[Any], person: Person, today: date) -> str:
    """For how long nobody has been there: "34 days"."""
    return words.days((today - person.day_of(row.silent_since)).days, person.t.locale)


def cut(text: str, characters: int = NAME_CHARACTERS) -> str:
    return text if len(text) <= characters else f"{text[: characters - 1]}…"
