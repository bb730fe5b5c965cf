"""The lists behind the funnel's numbers, fifty rows a page."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlmodel import and_, col, or_, select

from server import words
from server.funnel.moves import WAYS, Funnel, rows_left
from server.funnel.stuck import REASONS, named, stuck
from server.models.customer import Customer
from server.models.opportunity import Opportunity
from server.models.pipeline import Pipeline
from server.models.user import User
from server.pipeline.rulebook import stage_name
from server.translations import msgid
from server.views.funnel import MOVES, PATH, STUCK, FunnelAsked
from server.views.question_rows import sale_row
from server.views.reader import joined
from server.views.team_asked import BEFORE, PERIODS
from server.views.team_lists import ANOTHER_PERIOD, GOOD_NEWS, IS_EMPTY, PAGE

STANDING: Final = f"{PATH}/standing"
EVERY: Final = "every"  # in place of a pipeline's id: all pipelines
WENT = {"on": msgid("Went on"), "back": msgid("Went back"), "lost": msgid("Lost")}


def moves_list(asked: FunnelAsked) -> dict[str, Any]:
    reader, stages = asked.of_team.reader, asked.funnel.pipeline.stages
    t, way = reader.t, asked.query.get("way", "")
    way, earlier = way if way in WAYS else "", asked.query.get("when") == "before"
    offset = asked.of_team.offset
    found = rows_left(asked.funnel, asked.stage, way, earlier=earlier, offset=offset, limit=PAGE + 1)
    rows = [
        {
            "href": f"/opportunities/{sale.id}",
            "name": joined(customer.name, sale.name),
            "initial": words.SYMBOLS.get(sale.currency, words.initial(sale.currency)),
            "detail": joined(
                t("to %(stage)s", stage=stage_name(t, stages, to)),
                reader.moment(datetime.fromisoformat(at)),
                owner,
            ),
            "note": "",
            "tag": words.days(int(days), reader.locale),
            "kind": "",
            **asked.of_team.acting.at(customer, customer.owner_id, joined(customer.name, sale.name)),
        }
        for sale, customer, owner, to, at, days in found
    ]
    period = t(BEFORE[asked.of_team.period] if earlier else PERIODS[asked.of_team.period])
    more = {"stage": asked.stage, "way": way, "when": "before" if earlier else ""}
    return _as_list(
        asked, MOVES, t(WENT[way]) if way else t("Left the stage"), period, rows, ANOTHER_PERIOD, **more
    )


def standing_list(asked: FunnelAsked) -> dict[str, Any]:
    """Opportunities open at a stage, the longest standing first."""
    funnel = _of_every(asked) or asked.funnel
    here = or_(
        *(
            and_(
                col(Opportunity.pipeline_id) == pipeline.id,
                col(Opportunity.stage).in_([asked.stage] if asked.stage else open_stages(pipeline)),
            )
            for pipeline in funnel.pipelines
        )
    )
    query: Any = (
        select(Opportunity, Customer, User.name)
        .join(Customer, col(Customer.id) == col(Opportunity.customer_id))
        .outerjoin(User, col(User.id) == col(Customer.owner_id))
        .where(*funnel.conditions, here)
        .order_by(col(Opportunity.stage_since), col(Opportunity.id))
    )
    found = funnel.asking.session.exec(query.offset(asked.of_team.offset).limit(PAGE + 1)).all()
    rows = [
        sale_row(row, funnel.asking)
        | asked.of_team.acting.at(row[1], row[1].owner_id, joined(row[1].name, row[0].name))
        for row in found
    ]
    return _as_list(asked, STANDING, asked.of_team.reader.t("Open now"), "", rows, stage=asked.stage)


def open_stages(pipeline: Pipeline) -> list[str]:
    return [stage["key"] for stage in pipeline.stages if stage["kind"] == "open"]


def _of_every(asked: FunnelAsked) -> Funnel | None:
    """The funnel of all pipelines, if the address asks for EVERY; else None."""
    if asked.query.get("pipeline") != EVERY:
        return None
    funnel = asked.funnel.whole
    all_pipelines = funnel.asking.company.pipelines
    return replace(funnel, others=[one for one in all_pipelines if one.id != funnel.pipeline.id])


def stuck_list(asked: FunnelAsked) -> dict[str, Any]:
    """Uses the same query as the number, so that both agree."""
    t, reason = asked.of_team.reader.t, asked.query.get("reason", "")
    reason = reason if reason in REASONS else ""
    funnel = _of_every(asked) or asked.funnel.whole
    found = [
        one
        for one in stuck(funnel)
        if asked.stage in ("", one.stage) and (not reason or reason in one.reasons)
    ]
    offset = asked.of_team.offset
    shown = found[offset : offset + PAGE + 1]
    rows = [
        {
            **sale_row(row, asked.funnel.asking),
            "note": joined(*(t(REASONS[name]) for name in one.reasons)),
            **asked.of_team.acting.at(row[1], row[1].owner_id, joined(row[1].name, row[0].name)),
        }
        for one, row in zip(shown, named(funnel, shown), strict=True)
    ]
    said = t(REASONS[reason]) if reason else ""
    return _as_list(asked, STUCK, t("Stuck"), said, rows, GOOD_NEWS, stage=asked.stage, reason=reason)


def _as_list(
    asked: FunnelAsked,
    path: str,
    title: str,
    said: str,
    rows: list[dict[str, Any]],
    empty: str = IS_EMPTY,
    **more: str,
) -> dict[str, Any]:
    reader, funnel = asked.of_team.reader, asked.funnel
    keys = [] if funnel.key is None else [funnel.key]
    is_of_every = asked.query.get("pipeline") == EVERY
    more |= {"pipeline": EVERY} if is_of_every else {}
    back = asked.href(key=None) if keys else asked.href()
    stage = stage_name(reader.t, funnel.pipeline.stages, asked.stage) if asked.stage else ""
    return {
        "title": joined(stage, title),
        "line": joined(
            asked.of_team.of_whom,
            *asked.names(keys).values(),
            said,
        ),
        # The funnel is about one pipeline; Team counts all pipelines.
        "back_href": asked.of_team.href() if is_of_every else back,
        "back_text": reader.t("Team") if is_of_every else reader.t("Funnel"),
        "rows": rows[:PAGE],
        "empty": reader.t(empty),
        "more_href": asked.href(path, offset=asked.of_team.offset + PAGE, **more) if len(rows) > PAGE else "",
    }
