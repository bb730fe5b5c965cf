"""The search for customers: the words typed, and the condition made of them. Twin of `question` in sync/search.js."""

import re
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, case, or_
from sqlmodel import col, func

from server.models.customer import Customer
from server.search_text import fold

NUMBER: Final = re.compile(r"[\d +()./-]*\d[\d +()./-]*", re.ASCII)
BETWEEN_FIGURES: Final = " +()./-"
LONGEST: Final = 100  # characters that are looked for: each further word would be a condition more


@dataclass(frozen=True)
class Question:
    whole: str
    words: tuple[str, ...]
    is_number: bool


def question(q: str) -> Question | None:
    folded = fold(q[:LONGEST])
    # "089 12-34" is a telephone number however it is broken up.
    is_number = NUMBER.fullmatch(folded) is not None
    whole = re.sub(r"\D", "", folded, flags=re.ASCII) if is_number else folded
    return Question(whole, tuple(whole.split(" ")), is_number) if whole else None


def searched(query: Any, q: str) -> Any:
    """Customers with every word somewhere; those with every word at a beginning come first."""
    asked = question(q)
    if asked is None:
        return query
    for word in asked.words:
        query = query.where(_has(word, asked.is_number))
    begins = col(Customer.search_text).startswith(asked.whole, autoescape=True)
    return query.order_by(case((begins, 0), else_=1))


def _has(word: str, is_number: bool) -> ColumnElement[bool]:
    written = col(Customer.search_text).contains(word, autoescape=True)
    return or_(written, _figures().contains(word, autoescape=True)) if is_number else written


def _figures() -> Any:
    figures: Any = func.coalesce(Customer.phone, "")
    for sign in BETWEEN_FIGURES:
        figures = func.replace(figures, sign, "")
    return figures
