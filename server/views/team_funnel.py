"""A team's pipeline: the number and amount at each stage, and the number that are stuck."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlmodel import Session

from server import words
from server.models.pipeline import DEFAULT_PIPELINE, Pipeline
from server.pipeline.rulebook import stage_name
from server.views import board
from server.views.board import Sum
from server.views.figures import figure
from server.views.funnel import PATH, STUCK
from server.views.funnel_lists import EVERY
from server.views.opportunity_form import pipeline_name
from server.views.pipeline import totals
from server.views.reader import joined
from server.views.sales import pipeline_of
from server.views.team_asked import TeamAsked


class Standing(NamedTuple):
    name: str  # of the pipeline, where there are several
    stages: list[dict[str, Any]]
    figure: dict[str, Any]
    stuck: Counter[str | None]  # by owner of the customer


def funnel(session: Session, asked: TeamAsked, all_pipelines: Sequence[Pipeline]) -> Standing:
    """The open stages of the default pipeline, and what is stuck in any pipeline."""
    reader, pipeline = asked.reader, pipeline_of(all_pipelines, DEFAULT_PIPELINE)
    of = board.BoardAsked(
        owner=asked.rep.id if asked.rep else "",
        territory=asked.territory_id,
        product=asked.part.product_id,
        customer_type=asked.part.customer_type,
    )
    found = board.standing(
        session, reader, all_pipelines, board.chosen_by(of, reader, all_pipelines), by_owner=True
    )
    mine = [one for one in found if one.pipeline_id == pipeline.id]
    standing = [stage["key"] for stage in pipeline.stages if stage["kind"] == "open"]
    most = max((sum(one.number for one in mine if one.stage == key) for key in standing), default=0)
    stages = [
        _stage(asked, pipeline, key, [one for one in mine if one.stage == key], most) for key in standing
    ]
    stuck = Counter[str | None]()
    for one in found:
        stuck[one.owner_id] += one.stuck
    name = pipeline_name(pipeline, reader) if len(all_pipelines) > 1 else ""
    return Standing(name, stages, _stuck(asked, all_pipelines, found), stuck)


def _stuck(asked: TeamAsked, all_pipelines: Sequence[Pipeline], found: Sequence[Sum]) -> dict[str, Any]:
    """The number that are stuck, and the stage where most of them are; stages of one name count as one."""
    t, counted = asked.reader.t, Counter[str]()
    for one in found:
        counted[stage_name(t, pipeline_of(all_pipelines, one.pipeline_id).stages, one.stage)] += one.stuck
    number, name = counted.total(), max(sorted(counted), key=lambda key: counted[key], default="")
    most = t("%(n)s of them at %(stage)s", n=counted[name], stage=name)
    detail = most if number else t("nothing stands longer than its stage allows")
    tone = "due" if number else ""
    return figure(
        t("Stuck"), words.quantity(number), detail, stuck_href(asked), tone=tone, page=funnel_href(asked)
    )


def stuck_href(asked: TeamAsked, **other: str) -> str:
    return asked.href(STUCK, **{"pipeline": EVERY, **other})


def funnel_href(asked: TeamAsked) -> str:
    """The address of the funnel; never for a week, which is too short."""
    return asked.href(PATH, period="" if asked.period == "week" else asked.period)


def _stage(asked: TeamAsked, pipeline: Pipeline, key: str, found: list[Sum], most: int) -> dict[str, Any]:
    t, number, stuck = asked.reader.t, sum(one.number for one in found), sum(one.stuck for one in found)
    return {
        "name": stage_name(t, pipeline.stages, key),
        "href": asked.href("/team/funnel/standing", pipeline=pipeline.id, stage=key),
        "number": words.quantity(number),
        "stuck": t.n("%(n)s stuck", "%(n)s stuck", stuck) if stuck else "",
        "stuck_href": stuck_href(asked, pipeline=pipeline.id, stage=key),
        "detail": joined(*totals(found)),
        "bar": 100 * number // most if most else 0,
        "stuck_bar": 100 * stuck // most if most else 0,
    }
