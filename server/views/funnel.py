"""The funnel: the share of opportunities leaving a stage that go on, how long they stayed, what is stuck and why; by a
chosen dimension, compared with the period before. Every number opens its list. Rendered by the server only."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode

from sqlmodel import Session, col

from server import words
from server.funnel.moves import (
    BACK,
    LOST,
    ON,
    Funnel,
    Left,
    OfOpportunities,
    Told,
    gathered,
    is_untouched,
    left,
    told,
)
from server.funnel.stuck import HINTS, MOST_STUCK, REASONS, Stuck, stuck
from server.models.customer import Customer
from server.pipeline.rulebook import stage_name
from server.questions.asking import Asking
from server.questions.dimensions import dimensions_of
from server.views import board
from server.views.opportunity_form import pipeline_name
from server.views.question_answer import within_a_sentence
from server.views.reader import joined, sentences
from server.views.sales import pipeline_of
from server.views.team_asked import BEFORE, PERIODS, TeamAsked, before

PATH: Final = "/team/funnel"
MOVES, STUCK = f"{PATH}/moves", f"{PATH}/stuck"
NOT_BY: Final = ("stage", "month", "week")  # not offered: the funnel is by stage, and of one period
USUALLY_BY: Final = "rep"
MOST_KEYS: Final = 50
ROW, TOP, BAR = 54, 4, 18  # of the chart, in its units: row height, margins, bar height
WIDTH: Final = 520


class FunnelAsked:
    """The query string, beside that of Team."""

    def __init__(self, session: Session, asked: TeamAsked) -> None:
        self.of_team, self.query = asked, asked.query
        asking = Asking(session, asked.reader)
        known = {
            name: one
            for name, one in dimensions_of(asking).items()
            if name not in NOT_BY and one.fits(OfOpportunities())
        }
        by = self.query.get("by", "")
        by = by if by in known else USUALLY_BY
        of = [col(Customer.owner_id) == asked.rep.id] if asked.rep else []
        of += [col(Customer.territory_id) == asked.territory_id] if asked.territory_id else []
        of += [*asked.part.of_kind, *asked.part.opportunities]
        key = self.query.get("key") if known[by].name == self.query.get("by") else None
        self.dimensions = known
        self.funnel = Funnel(
            asking, pipeline_of(asking.company.pipelines, self.query.get("pipeline", "")), of, asked.span,
            before(asked.period, asked.span), known[by], key,
        )  # fmt: skip

    @property
    def stage(self) -> str:
        known = {stage["key"] for stage in self.funnel.stages}
        return self.query["stage"] if self.query.get("stage") in known else ""

    def href(self, path: str = PATH, **other: Any) -> str:
        funnel = self.funnel
        said = {"pipeline": funnel.pipeline.id, "by": funnel.by.name, "key": funnel.key, **other}
        asked = {name: value for name, value in said.items() if value is not None and name != "key"}
        # "" is a key too: that of opportunities without a value.
        more = {} if said["key"] is None else {"key": said["key"]}
        address = self.of_team.href(path, **asked)
        return f"{address}&{urlencode(more)}" if more else address

    def names(self, keys: Sequence[str]) -> dict[str, str]:
        funnel = self.funnel
        said = funnel.by.said(funnel.asking, [key for key in keys if key])
        return {key: said.get(key, key) if key else funnel.by.none(funnel.asking) for key in keys}


def funnel_page(asked: FunnelAsked) -> dict[str, Any]:
    funnel, t = asked.funnel, asked.of_team.reader.t
    found, standing = left(funnel.whole), stuck(funnel.whole)
    sums = board.standing(funnel.asking.session, asked.of_team.reader, [funnel.pipeline], funnel.conditions)
    keys = [] if funnel.key is None else [funnel.key]
    here = joined(*(pipeline_name(funnel.pipeline, asked.of_team.reader) for _ in _pipelines(asked)[:1]))
    return {
        "title": joined(t("Funnel"), *asked.names(keys).values()),
        "line": joined(
            asked.of_team.of_whom,
            here,
            t(PERIODS[asked.of_team.period]),
            t("beside %(period)s", period=t(BEFORE[asked.of_team.period])),
        ),
        "back_href": asked.href(key=None) if keys else asked.of_team.href(),
        "back_text": t("Funnel") if keys else t("Team"),
        "filters": _filters(asked),
        "is_empty": not found and not sums and is_untouched(funnel),
        "chart": _chart(asked, [one for one in found if not one.is_earlier]),
        "stages": _stages(asked, found, sums),
        "stuck": _stuck(asked, standing),
        "groups": {} if keys else _groups(asked, found, standing),
    }


def _pipelines(asked: FunnelAsked) -> list[Any]:
    offered = [one for one in asked.funnel.asking.company.pipelines if one.retired_at is None]
    return offered if len(offered) > 1 else []


def _filters(asked: FunnelAsked) -> list[dict[str, Any]]:
    t, funnel, of = asked.of_team.reader.t, asked.funnel, asked.of_team
    groups = [
        (
            t("Period"),
            [(t(text), asked.href(period=name), name == of.period) for name, text in PERIODS.items()],
        ),
        (
            t("By"),
            [
                (one.title(t), asked.href(by=name, key=None), name == funnel.by.name)
                for name, one in asked.dimensions.items()
            ],
        ),
    ]
    if pipelines := _pipelines(asked):
        named = [
            (pipeline_name(one, of.reader), asked.href(pipeline=one.id), one.id == funnel.pipeline.id)
            for one in pipelines
        ]
        groups.insert(0, (t("Pipeline"), named))
    if len(of.territories) > 1:
        places = [("", t("All territories")), *((one.id, one.name) for one in of.territories)]
        chips = [(name, asked.href(territory=key, rep=""), key == of.territory_id) for key, name in places]
        groups.append((t("Territory"), chips))
    return [
        {
            "label": label,
            "chips": [{"text": text, "href": href, "chosen": chosen} for text, href, chosen in chips],
        }
        for label, chips in groups
    ]


def _chart(asked: FunnelAsked, found: Sequence[Left]) -> dict[str, Any]:
    """A bar for each stage, as long as the number of opportunities that left it, in three parts: on, back, lost."""
    t, stages = asked.of_team.reader.t, asked.funnel.stages
    by_stage = gathered(found, lambda one: one.stage)
    each = [told(by_stage.get(stage["key"], ())) for stage in stages]
    most = max((one.number for one in each), default=0)
    bars = []
    for number, (stage, one) in enumerate(zip(stages, each, strict=True)):
        ends = [0]
        for way in (ON, BACK, LOST):
            ends.append(ends[-1] + one.ways[way])
        at = [WIDTH * end // most if most else 0 for end in ends]
        bars.append(
            {
                "name": stage_name(t, asked.funnel.pipeline.stages, stage["key"]),
                "share": _percent(one.share),
                "text_y": TOP + ROW * number + 20,
                "y": TOP + ROW * number + 28,
                "height": BAR,
                "parts": [
                    {"x": start, "width": end - start, "kind": way}
                    for way, start, end in zip((ON, BACK, LOST), at[:-1], at[1:], strict=True)
                ],
            }
        )
    return {"width": WIDTH, "height": 2 * TOP + ROW * len(stages), "bars": bars, "is_empty": not most}


def _percent(share: int | None) -> str:
    return "–" if share is None else f"{share}%"


def _stages(asked: FunnelAsked, found: Sequence[Left], sums: Sequence[board.Sum]) -> list[dict[str, Any]]:
    t, pipeline = asked.of_team.reader.t, asked.funnel.pipeline
    rows = []
    by_stage = gathered(found, lambda one: (one.stage, one.is_earlier))
    for stage in asked.funnel.stages:
        key = stage["key"]
        now, then = (told(by_stage.get((key, is_earlier), ())) for is_earlier in (False, True))
        here = [one for one in sums if one.stage == key]
        rows.append(
            {"name": stage_name(t, pipeline.stages, key), "cells": _cells(asked, key, now, then, here)}
        )
    return rows


def _cells(
    asked: FunnelAsked, key: str, now: Told, then: Told, here: Sequence[board.Sum]
) -> list[dict[str, str]]:
    def days(count: int | None) -> str:
        return "–" if count is None else words.days(count, asked.of_team.reader.locale)

    def cell(text: str, path: str = MOVES, **more: str) -> dict[str, str]:
        return {"text": text, "href": asked.href(path, stage=key, **more)}

    return [
        cell(words.quantity(now.number)),
        cell(_percent(now.share), way=ON),
        cell(_percent(then.share), way=ON, when="before"),
        cell(words.quantity(now.ways[BACK]), way=BACK),
        cell(words.quantity(now.ways[LOST]), way=LOST),
        cell(days(now.within(50))),
        cell(days(now.within(90))),
        cell(days(then.within(50)), when="before"),
        cell(words.quantity(sum(one.number for one in here)), f"{PATH}/standing"),
        cell(words.quantity(sum(one.stuck for one in here)), STUCK),
    ]


def _stuck(asked: FunnelAsked, found: Sequence[Stuck]) -> dict[str, Any]:
    t, number = asked.of_team.reader.t, len(found)
    is_cut = t("Of the %(n)s that have stood longest.", n=MOST_STUCK) if number >= MOST_STUCK else ""
    counted = {name: sum(name in one.reasons for one in found) for name in REASONS}
    return {
        "number": words.quantity(number),
        "href": asked.href(STUCK),
        "hint": sentences(t("One can have several reasons."), is_cut),
        "reasons": [
            {
                "name": t(text),
                "hint": t(HINTS[name]),
                "number": counted[name],
                "bar": 100 * counted[name] // number,
                "href": asked.href(STUCK, reason=name),
            }
            for name, text in sorted(REASONS.items(), key=lambda pair: -counted[pair[0]])
            if counted[name]
        ],
    }


def _groups(asked: FunnelAsked, found: Sequence[Left], standing: Sequence[Stuck]) -> dict[str, Any]:
    """A row for each group: the share that went on, by stage."""
    t, funnel = asked.of_team.reader.t, asked.funnel
    if funnel.is_multiplied:
        found, standing = left(funnel), stuck(funnel)
    now = [one for one in found if not one.is_earlier]
    by_cell = gathered(now, lambda one: (one.key, one.stage))
    stuck_there = Counter(row.key for row in standing)
    weight = Counter(stuck_there)
    for one in now:
        weight[one.key] += one.number
    keys = sorted(weight, key=lambda key: (-weight[key], key))
    names = asked.names(keys[:MOST_KEYS])
    if not keys:
        return {}
    return {
        "title": t("Went on, by %(what)s", what=within_a_sentence(funnel.by, t)),
        "head": funnel.by.title(t),
        "columns": [stage_name(t, funnel.pipeline.stages, stage["key"]) for stage in funnel.stages],
        "rows": [
            {
                "name": names[key],
                "href": asked.href(key=key),
                "cells": [
                    _group_cell(asked, key, stage["key"], by_cell.get((key, stage["key"]), ()))
                    for stage in funnel.stages
                ],
                "stuck": words.quantity(stuck_there[key]),
                "stuck_href": asked.href(STUCK, key=key),
            }
            for key in keys[:MOST_KEYS]
        ],
        "more": joined(
            t("An opportunity with several products counts in each of them; stage by stage it counts once.")
            if funnel.is_multiplied
            else "",
            t("The first %(n)s of %(all)s are shown.", n=MOST_KEYS, all=len(keys))
            if len(keys) > MOST_KEYS
            else "",
        ),
    }


def _group_cell(asked: FunnelAsked, key: str, stage: str, found: Sequence[Left]) -> dict[str, Any]:
    one = told(found)
    return {
        "text": _percent(one.share),
        "detail": asked.of_team.reader.t("of %(n)s", n=one.number) if one.number else "",
        "href": asked.href(MOVES, key=key, stage=stage),
    }
