"""Moves of opportunities from stage to stage and of customers through their lifecycle, as timeline entries.

Twin of pwa/views/moves.js.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from server import words
from server.models.customer import Customer
from server.models.opportunity import Opportunity
from server.models.pipeline import Pipeline
from server.pipeline.rulebook import stage_name
from server.views.labels import LIFECYCLES, said
from server.views.reader import Reader, joined
from server.views.sales import pipeline_of
from server.views.timeline import Entry, Names

Move = Mapping[str, str]


def moves(
    sales: Sequence[Opportunity], all_pipelines: Sequence[Pipeline], names: Names, reader: Reader
) -> Iterator[Entry]:
    for row in sales:
        pipeline = pipeline_of(all_pipelines, row.pipeline_id)
        for number, move in enumerate(row.moves):
            at, entry_id = datetime.fromisoformat(move["at"]), f"{row.id}-{number}"
            yield Entry(at, entry_id, "move", partial(_entry, move, row, pipeline, names, reader))


def lifecycle_moves(row: Customer, names: Names, reader: Reader) -> Iterator[Entry]:
    for number, move in enumerate(row.lifecycle_moves or []):
        at, entry_id = datetime.fromisoformat(move["at"]), f"{row.id}-{number}"
        yield Entry(at, entry_id, "move", partial(_lifecycle_entry, move, names, reader))


def _entry(move: Move, row: Opportunity, pipeline: Pipeline, names: Names, reader: Reader) -> dict[str, Any]:
    return {
        **_moved(move, names, reader, stood(move, reader)),
        "title": from_to(move, pipeline, reader),
        "href": f"/opportunities/{row.id}",
        "lines": [row.name],
    }


def _lifecycle_entry(move: Move, names: Names, reader: Reader) -> dict[str, Any]:
    ends = (said(reader.t, LIFECYCLES, move[end]) for end in ("from", "to"))
    title = joined(reader.t("Customer"), " → ".join(ends))
    return {**_moved(move, names, reader), "title": title}


def _moved(move: Move, names: Names, reader: Reader, stood: str = "") -> dict[str, Any]:
    by = "" if move["by"] == reader.user.id else names.person(move["by"])
    return {
        "when": joined(reader.moment(datetime.fromisoformat(move["at"])), by, stood),
        "note": move.get("note", ""),
    }


def from_to(move: Move, pipeline: Pipeline, reader: Reader) -> str:
    return " → ".join(stage_name(reader.t, pipeline.stages, move[end]) for end in ("from", "to"))


def stood(move: Move, reader: Reader) -> str:
    first, last = (reader.day_of(datetime.fromisoformat(move[end])) for end in ("since", "at"))
    return reader.t("after %(days)s", days=words.days(max((last - first).days, 0), reader.locale))
