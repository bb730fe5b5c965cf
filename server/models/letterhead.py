"""What is printed above and below a quote, and the terms of a new contract. One row, which every phone holds."""

from typing import Final

from sqlmodel import Field, Session, SQLModel

from server.models.column import key
from server.models.turns import wait_for_others

THE_LETTERHEAD: Final = "00000000-0000-7000-8000-000000000002"
LONGEST_LINES: Final = 1000
LONGEST_TERMS: Final = 20_000


class Letterhead(SQLModel, table=True):
    __tablename__ = "letterheads"
    __collection__ = "letterheads"

    id: str = key()
    name: str = Field(max_length=200)
    lines: str = Field(default="", max_length=LONGEST_LINES)  # address, phone, tax number
    footer: str = Field(default="", max_length=LONGEST_LINES)  # bank, terms
    terms: str = Field(default="", max_length=LONGEST_TERMS)  # what a new contract begins with


def the_letterhead(session: Session) -> Letterhead | None:
    return session.get(Letterhead, THE_LETTERHEAD)


def write_letterhead(session: Session, name: str, lines: str = "", footer: str = "", terms: str = "") -> None:
    wait_for_others(session, THE_LETTERHEAD)
    known = the_letterhead(session) or Letterhead(id=THE_LETTERHEAD, name=name)
    known.name, known.lines, known.footer, known.terms = name, lines, footer, terms
    session.add(known)
