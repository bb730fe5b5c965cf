"""Pinned questions on Team, all answered by one statement."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from server.models.question import MOST_PINNED
from server.models.question import Question as Kept
from server.questions.answering import Answer, Question, answers
from server.questions.asking import Asking
from server.questions.dimensions import Rep, dimensions_of
from server.views.question_answer import answer_view, within_a_sentence
from server.views.questions import PATH, understood
from server.views.team_asked import TeamAsked

MOST_ROWS: Final = 6


def pinned(asked: TeamAsked, asking: Asking, kept: Sequence[Kept]) -> list[dict[str, Any]]:
    if not kept:
        return []
    asking.names = {rep.id: rep.name for rep in asked.reps}
    asking.names |= {territory.id: territory.name for territory in asked.territories}
    dimensions = dimensions_of(asking, with_own=any("custom." in str(one.definition) for one in kept))
    asked_for = [(one, understood(asking, one, dimensions)) for one in kept[:MOST_PINNED]]
    found = [(one, question) for one, question in asked_for if question is not None]
    told = answers(asking, [_narrowed(question, asked.only) for _, question in found])
    asking.learn_names([*_ids_in(told), asked.part.product_id])
    return [
        {
            **answer_view(answer, MOST_ROWS),
            "title": one.name,
            "href": f"{PATH}/{one.id}"
            if answer.question is question
            else answer.question.definition.href(f"{PATH}/new"),
            "whole": _whole(question, asked.only),
        }
        for (one, question), answer in zip(found, told, strict=True)
    ]


def _narrowed(question: Question, only: Mapping[str, str]) -> Question:
    """The question with those of Team's filters that it can take."""
    taken = {name: key for name, key in only.items() if _takes(question, name, key)}
    own = question.definition.only
    if all(own.get(name) == (key,) for name, key in taken.items()):
        return question
    cells = {name: (key,) for name, key in taken.items()}
    return replace(question, definition=replace(question.definition, only={**own, **cells}))


def _takes(question: Question, name: str, key: str) -> bool:
    own = question.definition.only.get(name)
    return question.dimensions[name].fits(question.measure) and (own is None or key in own)


def _whole(question: Question, only: Mapping[str, str]) -> str:
    """A sentence naming Team's filters that do not apply to it."""
    t = question.asking.reader.t
    missed = [name for name, key in only.items() if not _takes(question, name, key)]
    filters = t(", ").join(within_a_sentence(question.dimensions[name], t) for name in missed)
    return t("Not narrowed by %(filters)s", filters=filters) if filters else ""


def _ids_in(told: Sequence[Answer]) -> Iterator[str]:
    """The ids of people, territories and products in all answers, to read their names at once."""
    for answer in told:
        question = answer.question
        named = [place for place, dimension in enumerate(question.by) if isinstance(dimension, Rep)]
        yield from (keys[place] for cells in answer.cells.values() for keys in cells for place in named)
        for name, values in question.definition.only.items():
            if isinstance(question.dimensions[name], Rep):
                yield from values
