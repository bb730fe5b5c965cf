"""The amount won against quota, of each territory and rep."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlmodel import Session

from server import words
from server.models.pipeline import pipelines
from server.models.user import User
from server.views.amounts import about
from server.views.attainment import percent_of
from server.views.figures import Number, figure, number
from server.views.quotas import quarter_name
from server.views.reader import joined
from server.views.team_asked import TeamAsked, leads_nowhere, nobody_sells
from server.views.team_sales import Sales, Whose

LAGS: Final = 75  # percent of the days gone; below it a rep may lag
POINTS: Final = 10  # and at least so many points below, or everybody would lag in the first days of a quarter


def quota_figure(sales: Sales) -> dict[str, Any]:
    asked, whose = sales.asked, sales.asked_for
    t, won = asked.reader.t, sales.won(whose)
    if asked.part:
        return _won_of_part(sales, won)
    said = _against(sales, whose, lambda cents, name: about(cents, name, t.locale))
    amounts = joined(*(about(cents, name, t.locale) for name, cents in won.items() if cents))
    return figure(
        t("Won against quota"),
        said["tag"] or amounts or "0",
        said["detail"] if whose.targets else t("no quota set"),
        asked.href("/team/won"),
        number(sales.gone(whose), ""),
        _earlier(sales, whose),
        tone=said["tone"],
        page=asked.href("/team/quota"),
    )


def _earlier(sales: Sales, whose: Whose) -> Number:
    t, won = sales.asked.reader.t, sales.forecasting.won_earlier(whose.of)
    amounts = joined(*(about(cents, name, t.locale) for name, cents in won.items() if cents)) or "0"
    text = t("last quarter %(amounts)s by this day", amounts=amounts)
    return number(text, sales.asked.href("/team/won", when="before"))


def share_of_quota(sales: Sales, rep: User) -> tuple[int | None, bool]:
    """The percentage of the quota, and whether that is far behind the days gone."""
    whose = sales.of_rep(rep)
    won = sales.won(whose) if whose.targets else {}
    shares = [percent_of(won.get(name, 0), target) for name, target in whose.targets.items()]
    return min(shares, default=None), _lags(sales, whose, shares)


def _lags(sales: Sales, whose: Whose, shares: Sequence[int]) -> bool:
    gone = sales.days_gone(whose)
    return any(100 * share < LAGS * gone and gone - share >= POINTS for share in shares)


def _won_of_part(sales: Sales, won: dict[str, int]) -> dict[str, Any]:
    asked, t = sales.asked, sales.asked.reader.t
    return figure(
        t("Won this quarter"),
        joined(*(about(cents, name, t.locale) for name, cents in won.items())) or "0",
        t("Quotas are for all that is sold."),
        asked.href("/team/won"),
        _earlier(sales, sales.asked_for),
    )


def quota_page(session: Session, asked: TeamAsked) -> dict[str, Any]:
    sales, t = Sales(session, asked, pipelines(session), with_forecast=False), asked.reader.t
    gone = sales.days_gone(replace(sales.asked_for, since=None))
    groups = [
        (t("Territories"), [sales.of_territory(one) for one in sales.territories]),
        (t("Reps"), sales.reps),
    ]
    if asked.rep:
        groups = [(t("Reps"), [sales.of_rep(asked.rep)])]
    return {
        "title": t("Won against quota"),
        "line": joined(
            asked.of_what,
            quarter_name(sales.starts_on),
            t("%(share)s%% of the working days gone", share=gone),
        ),
        "back_href": asked.href(),
        "set_href": "" if leads_nowhere(asked.reader) else "/quotas",
        "nobody": nobody_sells(asked.reader),
        "groups": [
            {"title": title, "rows": [_row(sales, whose, gone) for whose in found]}
            for title, found in groups
            if found
        ],
    }


def _row(sales: Sales, whose: Whose, gone: int) -> dict[str, Any]:
    """`gone`: what the page says of the working days; said again where it is another share."""
    against = _against(sales, whose)
    is_other = whose.since is not None or sales.days_gone(whose) != gone
    return {
        "name": whose.name,
        "initial": words.initial(whose.name),
        "href": sales.asked.href("/team/won", **whose.href_of),
        **against,
        "detail": joined(str(against["detail"]), sales.gone(whose) if is_other and whose.targets else ""),
    }


def _against(sales: Sales, whose: Whose, money: Callable[[int, str], str] = words.money) -> dict[str, Any]:
    """The amount won against the quota of each currency, then amounts without a quota."""
    t, won = sales.asked.reader.t, sales.won(whose)
    shares = [percent_of(won.get(name, 0), target) for name, target in whose.targets.items()]
    parts = [
        t("%(won)s of %(quota)s", won=money(won.get(name, 0), name), quota=money(target, name))
        for name, target in whose.targets.items()
    ]
    others = [money(cents, name) for name, cents in won.items() if name not in whose.targets and cents]
    if not shares:
        amounts = joined(*others) or "0"
        parts = [
            t("%(amounts)s won, quotas are for all that is sold", amounts=amounts)
            if sales.asked.part
            else t("%(amounts)s won, no quota set", amounts=amounts)
        ]
    elif others:
        parts.append(t("%(amounts)s more in other money", amounts=joined(*others)))
    return {
        "detail": joined(*parts),
        "tag": joined(*(f"{share}%" for share in shares)),
        "tone": "late" if _lags(sales, whose, shares) else "ok" if shares else "",
        "bar": min(100, min(shares, default=0)),
    }
