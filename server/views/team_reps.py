"""The reps on Team: progress against plan and quota, and who needs attention."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from server import words
from server.days import DAY, WORKING_DAYS, Span, last_day, working_days
from server.models.user import User
from server.translations import Translator, msgid
from server.views.activity import Held, Holidays
from server.views.amounts import about
from server.views.folding import needy_first
from server.views.reader import Reader, joined
from server.views.team_asked import TeamAsked
from server.views.team_charts import HEAT_WEEKS
from server.views.team_funnel import stuck_href
from server.views.team_quota import share_of_quota
from server.views.team_sales import Sales

LAGS: Final = 0.75  # of the visits due by now; below it a rep lags
LEADS: Final = 1.1
SILENT_DAYS: Final = 3
MOST_LATE: Final = 5
PACES: Final = {
    "ahead": (msgid("ahead"), "ok"),
    "even": (msgid("on track"), "ok"),
    "behind": (msgid("behind"), "late"),
}
# The columns of a rep, in this order; tablets show them as a table with a head.
COLUMNS: Final = {
    "visits": msgid("Visits"),
    "won": msgid("Won against quota"),
    "touch": msgid("In touch"),
    "cold": msgid("Going cold"),
    "planned": msgid("Planned today"),
    "late": msgid("Late"),
    "stuck": msgid("Stuck"),
}


@dataclass(frozen=True)
class Counted:
    """Figures of all reps of a page: visits by author and day, customers by owner, and by user id what is late, planned
    for today, stuck."""

    by_day: dict[str, Counter[date]]
    held: Sequence[Held]
    late: Counter[str]
    planned: Counter[str]
    stuck: Counter[str | None]


def reps_told(sales: Sales, reps: Sequence[User], counted: Counted) -> dict[str, Any]:
    """Reps who need attention first, then by name; `folded`: the others, if they are many."""
    t = sales.asked.reader.t
    rows = [_rep(sales, rep, counted) for rep in reps]
    needy = sorted((row for row in rows if row["reasons"]), key=lambda row: row["tone"] != "late")
    others = [row for row in rows if not row["reasons"]]
    columns = [{"name": name, "label": t(label)} for name, label in COLUMNS.items()]
    return {"columns": columns, **needy_first(t, needy, others)}


def _rep(sales: Sales, rep: User, counted: Counted) -> dict[str, Any]:
    asked = sales.asked
    t, span, days = asked.reader.t, asked.span, counted.by_day.get(rep.id, Counter())
    done, plan = sum(count for day, count in days.items() if day in span), plan_of(rep, asked)
    # The plan is about all visits, so filtered ones are not compared with it.
    pace = "" if asked.part else _pace(asked, rep, done)
    share, lags = share_of_quota(sales, rep)
    tag = "behind" if lags else pace
    planned, late, stuck = counted.planned[rep.id], counted.late[rep.id], counted.stuck[rep.id]
    customers, cold = (
        sum(getattr(one, name) for one in counted.held if one.owner_id == rep.id)
        for name in ("customers", "cold")
    )
    in_touch = _of(t, customers - cold, customers) if customers else ""
    cells = {
        "visits": (_of(t, done, plan) if pace else words.quantity(done), "/team/visits"),
        "won": (_won(sales, rep, share), "/team/won"),
        "touch": (in_touch, "/team/in-touch"),
        "cold": (_some(cold), "/team/cold"),
        "planned": (_some(planned), "/team/planned"),
        "late": (_some(late), "/team/late"),
    }
    hrefs = {name: asked.href(path, rep=rep.id) for name, (_, path) in cells.items()}
    texts = {name: text for name, (text, _) in cells.items()} | {"stuck": _some(stuck)}
    hrefs["stuck"] = stuck_href(asked, rep=rep.id)
    return {
        "name": rep.name,
        "initial": words.initial(rep.name),
        "href": asked.href(rep=rep.id),
        "cells": [
            {"name": name, "label": t(label), "text": texts[name], "href": hrefs[name]}
            for name, label in COLUMNS.items()
            if texts[name]
        ],
        "bar": min(100 * done // plan, 100) if plan and pace else 0,
        "bar_tone": PACES[pace][1] if pace else "",
        "tag": t(PACES[tag][0]) if tag else "",
        "tone": PACES[tag][1] if tag else "",
        "reasons": _reasons(asked, rep, days, pace, late, lags) if tag else "",
    }


def _of(t: Translator, count: int, whole: int) -> str:
    return t("%(n)s of %(all)s", n=words.quantity(count), all=words.quantity(whole))


def _some(count: int) -> str:
    """The number as a text, "" for 0."""
    return words.quantity(count) if count else ""


def _won(sales: Sales, rep: User, share: int | None) -> str:
    """The amount won in the quarter, whatever the period: quotas are for quarters."""
    t, whose = sales.asked.reader.t, sales.of_rep(rep)
    won = dict.fromkeys(whose.targets, 0) | sales.won(whose)
    amounts = joined(*(about(cents, name, t.locale) for name, cents in won.items()))
    return joined(amounts, f"{share}%" if share is not None else "") if amounts else ""


def _pace(asked: TeamAsked, rep: User, done: int) -> str:
    """The pace against the working days that are over, without today, and from the rep's first day on."""
    due = visits_due(rep, Span(asked.span.first, asked.reader.today - DAY), asked.reader, asked.holidays)
    if done < LAGS * due:
        return "behind"
    return "ahead" if due and done > LEADS * due else "even"


def visits_due(rep: User, span: Span, reader: Reader, holidays: Holidays) -> float:
    """How many visits the plan asks for on the working days of the span, from the rep's first day on."""
    first = max(span.first, _since(rep, reader))
    days = working_days(first, span.last, holidays.get(rep.territory_id, ()))
    return rep.weekly_visits * days / WORKING_DAYS


def _since(rep: User, reader: Reader) -> date:
    """The day after the account was made; that day itself is not counted against the plan."""
    return reader.day_of(rep.created_at) + DAY


def _reasons(asked: TeamAsked, rep: User, days: Counter[date], pace: str, late: int, lags: bool) -> str:
    t, today = asked.reader.t, asked.reader.today
    last = max((day for day, count in days.items() if count), default=None)
    holidays = asked.holidays.get(rep.territory_id, ())
    silent = working_days(last + DAY if last else _since(rep, asked.reader), today - DAY, holidays)
    return joined(
        t("Behind the quota") if lags else "",
        t("Behind the plan") if pace == "behind" else "",
        _silence(rep, last, asked) if silent >= SILENT_DAYS else "",
        t.n("%(n)s late follow-up", "%(n)s late follow-ups", late) if late >= MOST_LATE else "",
    )


def _silence(rep: User, last: date | None, asked: TeamAsked) -> str:
    t, today = asked.reader.t, asked.reader.today
    if last is not None:
        return t("Last visit %(ago)s", ago=words.ago(last, today, asked.reader.locale))
    is_new = _since(rep, asked.reader) > today - timedelta(weeks=HEAT_WEEKS)
    return t("No visit yet") if is_new else t("No visit in three months")


def plan_of(rep: User, asked: TeamAsked) -> int:
    """The planned visits of the whole period, from the rep's plan per week."""
    days = working_days(asked.span.first, last_day(asked.period, asked.reader.today))
    return (rep.weekly_visits * days + WORKING_DAYS // 2) // WORKING_DAYS
