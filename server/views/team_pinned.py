"""Questions that somebody pinned to their Team, all of them answered by one statement."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from server.models.question import Question
from server.questions.answering import Answer, answers
from server.questions.asking import Asking
from server.questions.dimensions import Rep, dimensions_of
from server.views.question_answer import answer_view
from server.views.questions import PATH, understood
from server.views.team_asked import Asked

MOST_ROWS: Final = 6
MOST_PINNED: Final = 6


def pinned(asked: Asked, asking: Asking, kept: Sequence[Question]) -> list[dict[str, Any]]:
    if not kept:
        return []
    asking.names = {rep.id: rep.name for rep in asked.reps}
    asking.names |= {territory.id: territory.name for territory in asked.territories}
    dimensions = dimensions_of(asking, with_own=any("custom." in str(one.definition) for one in kept))
    asked_for = [(one, understood(asking, one, dimensions)) for one in kept[:MOST_PINNED]]
    found = [(one, question) for one, question in asked_for if question is not None]
    told = answers(asking, [question for _, question in found])
    asking.learn_names([*_ids_in(told), asked.part.product_id])
    return [
        {**answer_view(answer, MOST_ROWS), "title": one.name, "href": f"{PATH}/{one.id}"}
        for (one, _), answer in zip(found, told, strict=True)
    ]


def _ids_in(told: Sequence[Answer]) -> Iterator[str]:
    """Of people and places, also of those who once came here from elsewhere: of all questions at once."""
    for answer in told:
        question = answer.question
        named = [place for place, dimension in enumerate(question.by) if isinstance(dimension, Rep)]
        yield from (keys[place] for cells in answer.cells.values() for keys in cells for place in named)
        for name, values in question.definition.only.items():
            if isinstance(question.dimensions[name], Rep):
                yield from values
