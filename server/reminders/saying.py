"""What a notification is made of: a title, a line, where it leads, and texts short enough for a lock screen."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Row

from server.translations import Translator
from server.views.reader import joined
from server.views.rows import first_line

MOST_NAMES: Final = 4
NAME_CHARACTERS, NOTE_CHARACTERS = 80, 300

Rows = Sequence[Row[Any]]


@dataclass(frozen=True)
class Said:
    title: str
    body: str
    path: str
    actions: dict[str, str] = field(default_factory=dict)  # what each is called
    about: dict[str, Any] = field(default_factory=dict)  # what the actions act on, and what must still be so


@dataclass(frozen=True)
class Line:
    """One of the things that a notification gathers: whose or what it is, and what is said of it."""

    name: str
    said: str
    path: str

    @property
    def text(self) -> str:
        return joined(self.name, self.said)


def list_of(kind: str) -> str:
    """The page that lists all of a kind, for kinds that no other page lists."""
    return f"/more/reminders/{kind}"


def names_of(rows: Rows, t: Translator) -> str:
    names = [cut(row.name) for row in rows[:MOST_NAMES]]
    return t(", ").join(names) + (" …" if len(rows) > MOST_NAMES else "")


def what(row: Row[Any]) -> str:
    return cut(first_line(row.note), NOTE_CHARACTERS)


def cut(text: str, characters: int = NAME_CHARACTERS) -> str:
    return text if len(text) <= characters else f"{text[: characters - 1]}…"
