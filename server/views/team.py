"""Team, the start page of managers and executives: activity against the plan, reps who need attention, customers going
cold. Every number links to the list behind it. Rendered by the server only.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from server import words
from server.days import Span, monday_of
from server.models.question import Question
from server.questions.asking import Asking
from server.views import activity
from server.views.activity import Held
from server.views.attainment import percent_of
from server.views.figures import figure, number
from server.views.questions import PATH as QUESTIONS
from server.views.team_asked import PERIODS, TeamAsked, before, nobody_sells
from server.views.team_charts import HEAT_WEEKS, heat, outcomes, shares_cold
from server.views.team_filter import part_chips, part_line
from server.views.team_forecast import forecast_figure
from server.views.team_funnel import funnel, funnel_href
from server.views.team_pinned import pinned
from server.views.team_quota import quota_figure
from server.views.team_reps import Counted, plan_of, reps_told
from server.views.team_sales import Sales


def team(session: Session, asked: TeamAsked, kept: Sequence[Question] = ()) -> dict[str, Any]:
    """`kept`: the questions that the reader pinned."""
    reader, of, asking = asked.reader, asked.team, Asking(session, asked.reader)
    monday = monday_of(reader.today)
    since = min(monday - timedelta(weeks=HEAT_WEEKS - 1), before(asked.period, asked.span).first)
    by_day = activity.visits_by_day(session, of, since)
    held = activity.held(session, of, asking.is_cold)
    tallied = activity.tallies(session, of, asked.span)
    late, planned = tallied.late, tallied.planned
    all_pipelines = asking.company.pipelines
    sales, standing = Sales(session, asked, all_pipelines), funnel(session, asked, all_pipelines)
    shown = pinned(asked, asking, kept)
    asking.learn_names([asked.part.product_id])
    reps = [asked.rep] if asked.rep else asked.reps
    return {
        "title": _title(asked),
        "refresh_href": asked.href(),
        "filters": _filters(asked),
        "filter_href": asked.href("/team/filter"),
        "part": part_chips(asked, asking.names),
        "part_line": part_line(asked),
        "figures": [
            quota_figure(sales),
            forecast_figure(sales),
            *_figures(asked, by_day, held, late),
            standing.figure,
        ],
        "reps": reps_told(sales, reps, Counted(by_day, held, late, planned, standing.stuck)),
        "nobody": nobody_sells(reader),
        "funnel": standing.stages,
        "funnel_name": standing.name,
        "funnel_href": funnel_href(asked),
        "cold": shares_cold(asked, held, f"{QUESTIONS}/new?measure=cold"),
        "kinds_href": f"{QUESTIONS}/new?measure=in_touch&by=customer_type",
        "outcomes": outcomes(asked, tallied.outcomes),
        "heat": heat(asked, by_day, monday, planned.total()),
        "writing": asked.acting.writing_to(asked.rep.id) if asked.rep else {},
        "report_href": f"/report?of={asked.rep.id}" if asked.rep else "/report",
        "buying_href": asked.href("/team/buying"),
        "approvals": _approvals(asked, tallied.asked.total()),
        "pinned": shown,
    }


def _approvals(asked: TeamAsked, count: int) -> dict[str, str] | None:
    text = asked.reader.t.n("%(n)s asks for approval", "%(n)s ask for approval", count)
    return {"text": text, "href": asked.href("/team/approvals")} if count else None


def _title(asked: TeamAsked) -> str:
    if asked.rep:
        return asked.rep.name
    chosen = [territory.name for territory in asked.territories if territory.id == asked.territory_id]
    return chosen[0] if chosen else asked.reader.t("Team")


def _filters(asked: TeamAsked) -> list[dict[str, Any]]:
    t = asked.reader.t
    groups = [
        (
            t("Period"),
            [
                (t(text), asked.href(period=period), period == asked.period)
                for period, text in PERIODS.items()
            ],
        )
    ]
    if len(asked.territories) > 1:
        every = (t("All territories"), asked.href(territory="", rep=""), not asked.territory_id)
        some = [
            (one.name, asked.href(territory=one.id, rep=""), one.id == asked.territory_id)
            for one in asked.territories
        ]
        groups.append((t("Territory"), [every, *some]))
    if asked.rep:
        groups.append((t("Rep"), [(t("The whole team"), asked.href(rep=""), False)]))
    return [
        {
            "label": label,
            "chips": [{"text": text, "href": href, "chosen": chosen} for text, href, chosen in chips],
        }
        for label, chips in groups
    ]


def _figures(
    asked: TeamAsked, by_day: dict[str, Counter[date]], held: Sequence[Held], late: Counter[str]
) -> list[dict[str, Any]]:
    t, span = asked.reader.t, asked.span
    done, done_before = _made(by_day, span), _made(by_day, before(asked.period, span))
    plan = sum(plan_of(rep, asked) for rep in ([asked.rep] if asked.rep else asked.reps))
    of_plan = t("of %(plan)s planned", plan=words.quantity(plan))
    customers, cold = sum(one.customers for one in held), sum(one.cold for one in held)
    reached = percent_of(customers - cold, customers) if customers else 0
    kept = words.quantity(customers - cold)
    in_touch = t("%(share)s%% in touch: %(n)s, within their rhythm", share=reached, n=kept)
    return [
        figure(
            t("Visits"),
            words.quantity(done),
            "" if asked.part else of_plan,
            asked.href("/team/visits"),
            number(_change(done, done_before, asked), asked.href("/team/visits", when="before")),
        ),
        figure(
            t("Going cold"),
            words.quantity(cold),
            t.n("of %(n)s customer", "of %(n)s customers", customers, n=words.quantity(customers)),
            asked.href("/team/cold"),
            number(in_touch if customers else "", asked.href("/team/in-touch")),
            tone="cold" if cold else "",
        ),
        figure(
            t("Late follow-ups"),
            words.quantity(late.total()),
            t("promised, and the day has passed"),
            asked.href("/team/late"),
            tone="late" if late.total() else "",
        ),
    ]


def _change(now: int, then: int, asked: TeamAsked) -> str:
    if not now and not then:
        return ""
    t, change = asked.reader.t, f"{now - then:+,}".replace("-", "−") if now != then else "±0"
    texts = {
        "week": t("%(change)s on last week by this day", change=change),
        "month": t("%(change)s on last month by this day", change=change),
        "quarter": t("%(change)s on last quarter by this day", change=change),
    }
    return texts[asked.period]


def _made(by_day: dict[str, Counter[date]], span: Span) -> int:
    return sum(count for days in by_day.values() for day, count in days.items() if day in span)
