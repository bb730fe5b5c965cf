"""How opportunities went from stage to stage: in their own history, and on their customer's timeline.

Twin of pwa/views/moves.js.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from server import words
from server.models.opportunity import Opportunity
from server.models.pipeline import Pipeline
from server.pipeline.rulebook import stage_name
from server.views.reader import Reader, joined
from server.views.sales import pipeline_of
from server.views.timeline import NOTHING_MORE, Entry, Names

Move = Mapping[str, str]


def moves(
    sales: Sequence[Opportunity], known: Sequence[Pipeline], names: Names, reader: Reader
) -> Iterator[Entry]:
    for row in sales:
        pipeline = pipeline_of(known, row.pipeline_id)
        for number, move in enumerate(row.moves):
            at, entry_id = datetime.fromisoformat(move["at"]), f"{row.id}-{number}"
            yield Entry(at, entry_id, "move", partial(_entry, entry_id, move, row, pipeline, names, reader))


def _entry(
    entry_id: str, move: Move, row: Opportunity, pipeline: Pipeline, names: Names, reader: Reader
) -> dict[str, Any]:
    by = "" if move["by"] == reader.user.id else names.person(move["by"])
    return {
        **NOTHING_MORE,
        "id": entry_id,
        "kind": "move",
        "title": from_to(move, pipeline, reader),
        "href": f"/opportunities/{row.id}",
        "when": joined(reader.moment(datetime.fromisoformat(move["at"])), by, stood(move, reader)),
        "note": move.get("note", ""),
        "lines": [row.name],
    }


def from_to(move: Move, pipeline: Pipeline, reader: Reader) -> str:
    return " → ".join(stage_name(reader.t, pipeline.stages, move[end]) for end in ("from", "to"))


def stood(move: Move, reader: Reader) -> str:
    first, last = (reader.day_of(datetime.fromisoformat(move[end])) for end in ("since", "at"))
    return reader.t("after %(days)s", days=words.days(max((last - first).days, 0), reader.locale))
