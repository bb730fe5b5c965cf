"""Who sells, how far each has come against plan and quota, and who needs a word."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from server import words
from server.forecast.days import WORKING_DAYS, working_days
from server.models.user import User
from server.reminders.person import DAY
from server.translations import msgid
from server.views.activity import Held
from server.views.reader import joined
from server.views.team_asked import Asked, last_day
from server.views.team_quota import share_of_quota
from server.views.team_sales import Sales

LAGS: Final = 0.75  # of what should have been done by now
LEADS: Final = 1.1
SILENT_DAYS: Final = 3
MOST_LATE: Final = 5
PACES: Final = {
    "ahead": (msgid("ahead"), "ok"),
    "even": (msgid("on track"), "ok"),
    "behind": (msgid("behind"), "late"),
}


def reps_rows(
    sales: Sales,
    reps: Sequence[User],
    by_day: dict[str, Counter[date]],
    held: Sequence[Held],
    late: Counter[str],
    planned: Counter[str],
) -> list[dict[str, Any]]:
    """Who needs a word first, then by name."""
    rows = [
        _rep(sales, rep, by_day.get(rep.id, Counter()), held, late[rep.id], planned[rep.id]) for rep in reps
    ]
    return sorted(rows, key=lambda row: (row["tone"] != "late", not row["reasons"]))


def _rep(
    sales: Sales, rep: User, days: Counter[date], held: Sequence[Held], late: int, planned: int
) -> dict[str, Any]:
    asked = sales.asked
    t, span = asked.reader.t, asked.span
    done, plan = sum(count for day, count in days.items() if day in span), plan_of(rep, asked)
    cold = sum(one.cold for one in held if one.owner_id == rep.id)
    # A plan is for all visits: of a part of them nobody can say whether they are enough.
    pace = "" if asked.part else _pace(asked, rep, done)
    share, lags = share_of_quota(sales, rep)
    tag = "behind" if lags else pace
    return {
        "name": rep.name,
        "initial": words.initial(rep.name),
        "href": asked.href(rep=rep.id),
        "visits_href": asked.href("/team/visits", rep=rep.id),
        "detail": joined(
            t("%(done)s of %(plan)s visits", done=done, plan=plan)
            if pace
            else t.n("%(n)s visit", "%(n)s visits", done),
            "" if share is None else t("%(share)s %% of quota", share=share),
            t.n("%(n)s planned today", "%(n)s planned today", planned) if planned else "",
            t("%(n)s going cold", n=cold) if cold else "",
        ),
        "bar": min(100 * done // plan, 100) if plan and pace else 0,
        "tag": t(PACES[tag][0]) if tag else "",
        "tone": PACES[tag][1] if tag else "",
        "reasons": _reasons(asked, days, pace, late, lags) if tag else "",
    }


def _pace(asked: Asked, rep: User, done: int) -> str:
    """Measured against the working days that are over: today's visits can still be made."""
    over = working_days(asked.span.first, asked.reader.today - DAY)
    due = rep.weekly_visits * over / WORKING_DAYS
    if done < LAGS * due:
        return "behind"
    return "ahead" if due and done > LEADS * due else "even"


def _reasons(asked: Asked, days: Counter[date], pace: str, late: int, lags: bool) -> str:
    t, today = asked.reader.t, asked.reader.today
    last = max((day for day, count in days.items() if count), default=None)
    silent = working_days(last + DAY, today - DAY) if last else SILENT_DAYS
    return joined(
        t("Behind the quota") if lags else "",
        t("Behind the plan") if pace == "behind" else "",
        _silence(last, asked) if silent >= SILENT_DAYS else "",
        t("%(n)s late follow-ups", n=late) if late >= MOST_LATE else "",
    )


def _silence(last: date | None, asked: Asked) -> str:
    if last is None:
        return asked.reader.t("No visit in three months")
    return asked.reader.t("Last visit %(ago)s", ago=words.ago(last, asked.reader.today, asked.reader.locale))


def plan_of(rep: User, asked: Asked) -> int:
    """Visits of the whole period, of which the rep's plan says how many a week."""
    days = working_days(asked.span.first, last_day(asked.period, asked.reader.today))
    return (rep.weekly_visits * days + WORKING_DAYS // 2) // WORKING_DAYS
