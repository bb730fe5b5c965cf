"""The charts of Team: shares of customers going cold, outcomes of visits, a heat map of the last quarter's days."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

from server import words
from server.models.user import User
from server.models.workspace import Territory
from server.views.activity import Held
from server.views.attainment import percent_of
from server.views.folding import first_of
from server.views.labels import OUTCOMES, said
from server.views.team_asked import TeamAsked

HEAT_WEEKS: Final = 13
SHADES: Final = 4
MOST_SHARES: Final = 6  # further ones are folded


def shares_cold(asked: TeamAsked, held: Sequence[Held], question: str) -> dict[str, Any]:
    """Shares going cold by territory or, if there is one only, by rep; the largest first, `folded` if they are many.
    `question`: the address of the question that shows all by name."""
    if len(asked.territories) > 1 and not asked.territory_id:
        rows = _shares(asked, held, asked.territories, "territory_id", "territory", question)
    else:
        rows = _shares(asked, held, asked.reps, "owner_id", "rep", question)
    return first_of(asked.reader.t, rows, MOST_SHARES)


def _shares(
    asked: TeamAsked,
    held: Sequence[Held],
    groups: Sequence[User] | Sequence[Territory],
    field: str,
    name: str,
    question: str,
) -> list[dict[str, Any]]:
    """Includes a share for customers of none of the groups, such as those of reps who have left: shares add up."""
    known = {group.id for group in groups}
    others = [one for one in held if getattr(one, field) not in known]
    rows = [
        _share(
            asked,
            group.name,
            [one for one in held if getattr(one, field) == group.id],
            asked.href("/team/cold", **{name: group.id}),
        )
        for group in groups
    ]
    rows.append(_share(asked, asked.reader.t("Others"), others, f"{question}&by={name}"))
    return sorted((row for row in rows if row), key=lambda row: -row["count"])


def _share(asked: TeamAsked, name: str, held: Sequence[Held], href: str) -> dict[str, Any]:
    """One group's share; empty if it has no customers."""
    customers, cold = sum(one.customers for one in held), sum(one.cold for one in held)
    return (
        {
            "name": name,
            "initial": words.initial(name),
            "detail": asked.reader.t.n(
                "of %(n)s customer", "of %(n)s customers", customers, n=words.quantity(customers)
            ),
            "count": cold,
            "number": words.quantity(cold) if cold else "",
            "share": percent_of(cold, customers),
            "href": href,
        }
        if customers
        else {}
    )


def outcomes(asked: TeamAsked, counted: Counter[str]) -> list[dict[str, Any]]:
    most = max(counted.values(), default=0)
    t = asked.reader.t
    shown = [(outcome, said(t, OUTCOMES, outcome)) for outcome in OUTCOMES]
    return [
        {
            "label": label,
            "count": words.quantity(counted[outcome]),
            "bar": 100 * counted[outcome] // most,
            "href": asked.href("/team/visits", outcome=outcome),
        }
        for outcome, label in shown
        if counted[outcome]
    ]


def heat(asked: TeamAsked, by_day: dict[str, Counter[date]], monday: date, planned: int) -> dict[str, Any]:
    """A heat map of the last 13 weeks, a column each. `planned`: the number of visits planned for today."""
    total: Counter[date] = sum(by_day.values(), Counter())
    reader, t, first = asked.reader, asked.reader.t, monday - timedelta(weeks=HEAT_WEEKS - 1)
    days = [first + timedelta(days=number) for number in range((reader.today - first).days + 1)]
    busy = [total[day] for day in days if total[day]]
    least, most = min(busy, default=0), max(busy, default=0)
    cells = [
        {
            "x": (day - first).days // 7,
            "y": day.weekday(),
            "shade": _shade(total[day], least, most),
            "text": t.n(
                "%(day)s: %(n)s visit",
                "%(day)s: %(n)s visits",
                total[day],
                day=words.short_date(day, reader.today, reader.locale),
            ),
        }
        for day in days
    ]
    weeks = [
        {
            "week": words.short_date(first + timedelta(weeks=number), reader.today, reader.locale),
            "days": [
                _day(asked, total, first + timedelta(weeks=number, days=weekday)) for weekday in range(7)
            ],
        }
        for number in range(HEAT_WEEKS)
    ]
    weekdays = [words.short_weekday(first + timedelta(days=number), reader.locale) for number in range(7)]
    return {
        "today": t.n("%(n)s visit today", "%(n)s visits today", total[reader.today]),
        "today_href": asked.href("/team/visits", day=reader.today),
        "planned": t.n("%(n)s still planned", "%(n)s still planned", planned) if planned else "",
        "planned_href": asked.href("/team/planned"),
        "cells": cells,
        "weeks": weeks,
        "weekdays": weekdays,
        "is_empty": not most,
    }


def _day(asked: TeamAsked, total: Counter[date], day: date) -> dict[str, Any]:
    """One day's cell; empty for days to come."""
    is_over, count = day <= asked.reader.today, total[day]
    return {
        "count": words.quantity(count) if is_over else "",
        "href": asked.href("/team/visits", day=day) if is_over else "",
    }


def _shade(count: int, least: int, most: int) -> int:
    """The shade: 0 for no visits, then from the least to the most of a day."""
    if not count:
        return 0
    return SHADES if most == least else 1 + (SHADES - 1) * (count - least) // (most - least)
