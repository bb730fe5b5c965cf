"""What was won against quota, of each territory and rep; and the sales that make a number."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from server import words
from server.forecast.won import is_won, stands
from server.models.customer import Customer
from server.models.opportunity import Opportunity
from server.models.pipeline import pipelines
from server.models.quota import begins_at, next_quarter, quarter_of
from server.models.user import User
from server.views.activity import Team
from server.views.amounts import about
from server.views.attainment import percent_of
from server.views.quotas import quarter_name
from server.views.reader import joined
from server.views.team_asked import Asked, leads_nowhere, nobody_sells
from server.views.team_lists import PAGE, as_list
from server.views.team_sales import Sales, Whose

EARLIEST: Final = date(2000, 1, 1)
LAGS: Final = 75  # percent of what the days gone would ask for


def quota_figure(sales: Sales) -> dict[str, Any]:
    asked, whose = sales.asked, sales.asked_for
    t, won = asked.reader.t, sales.won(whose)
    if asked.part:
        return _won_of_part(sales, won)
    said = _against(sales, whose, lambda cents, name: about(cents, name, t.locale))
    gone = t("%(share)s %% of the working days gone", share=sales.days_gone)
    return {
        "label": t("Won against quota"),
        "number": said["tag"]
        or joined(*(about(cents, name, t.locale) for name, cents in won.items()))
        or "0",
        "detail": said["detail"],
        "more": [gone, _earlier(sales, whose)],
        "href": asked.href("/team/quota"),
        "tone": said["tone"],
    }


def _earlier(sales: Sales, whose: Whose) -> str:
    t, won = sales.asked.reader.t, sales.forecasting.won_earlier(whose.of)
    amounts = joined(*(about(cents, name, t.locale) for name, cents in won.items() if cents)) or "0"
    return t("last quarter %(amounts)s by this day", amounts=amounts)


def share_of_quota(sales: Sales, rep: User) -> tuple[int | None, bool]:
    """Percent, and whether that is far behind the days that are gone."""
    whose = sales.of_rep(rep)
    won = sales.won(whose) if whose.targets else {}
    shares = [percent_of(won.get(name, 0), target) for name, target in whose.targets.items()]
    return min(shares, default=None), _lags(sales, shares)


def _lags(sales: Sales, shares: Sequence[int]) -> bool:
    return any(100 * share < LAGS * sales.days_gone for share in shares)


def _won_of_part(sales: Sales, won: dict[str, int]) -> dict[str, Any]:
    asked, t = sales.asked, sales.asked.reader.t
    return {
        "label": t("Won this quarter"),
        "number": joined(*(about(cents, name, t.locale) for name, cents in won.items())) or "0",
        "detail": t("Quotas are for all that is sold."),
        "more": [_earlier(sales, sales.asked_for)],
        "href": asked.href("/team/won"),
        "tone": "",
    }


def quota_page(session: Session, asked: Asked) -> dict[str, Any]:
    sales, t = Sales(session, asked, pipelines(session), foresees=False), asked.reader.t
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
            t("%(share)s %% of the working days gone", share=sales.days_gone),
        ),
        "back_href": asked.href(),
        "set_href": "" if leads_nowhere(asked.reader) else "/quotas",
        "nobody": nobody_sells(asked.reader),
        "groups": [
            {"title": title, "rows": [_row(sales, whose) for whose in found]}
            for title, found in groups
            if found
        ],
    }


def _row(sales: Sales, whose: Whose) -> dict[str, Any]:
    return {
        "name": whose.name,
        "initial": words.initial(whose.name),
        "href": sales.asked.href("/team/won", **whose.href_of),
        **_against(sales, whose),
    }


def _against(sales: Sales, whose: Whose, money: Callable[[int, str], str] = words.money) -> dict[str, Any]:
    """Each currency against its own quota, what has none beside it."""
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
        "tag": joined(*(f"{share} %" for share in shares)),
        "tone": "late" if _lags(sales, shares) else "ok" if shares else "",
        "bar": min(100, min(shares, default=0)),
    }


def won_list(session: Session, asked: Asked) -> dict[str, Any]:
    """The latest first, of the quarter or of the month that is asked for."""
    reader, t = asked.reader, asked.reader.t
    first = quarter_of(words.local_date(reader.now, reader.company_zone))
    days, when = (first, next_quarter(first)), quarter_name(first)
    if asked.month and EARLIEST <= asked.month <= reader.today:
        days = asked.month, (asked.month + timedelta(days=31)).replace(day=1)
        when = words.month(asked.month, reader.locale)
    begins, ends = (begins_at(day, reader.company_zone) for day in days)
    since = col(Opportunity.stage_since)
    near = reader.user.territory_id if not asked.territories and not asked.rep else None
    territory_id = "" if asked.rep else asked.territory_id or near
    query = (
        select(Opportunity, Customer, User.name)
        .join(Customer, col(Customer.id) == col(Opportunity.customer_id))
        .outerjoin(User, col(User.id) == col(Customer.owner_id))
        .where(Team(reader, part=asked.part).sees_each(), stands(), *asked.part.opportunities)
        .where(is_won(pipelines(session)), since >= begins, since < ends)
        .order_by(since.desc(), col(Opportunity.id).desc())
    )
    if asked.rep:
        query = query.where(Customer.owner_id == asked.rep.id)
    if territory_id:
        query = query.where(Customer.territory_id == territory_id)
    if asked.currency:
        query = query.where(Opportunity.currency == asked.currency)
    rows = [
        {
            "href": f"/opportunities/{sale.id}",
            "name": customer.name,
            "initial": words.initial(customer.name),
            "detail": joined(sale.name, owner, reader.moment(sale.stage_since)),
            "note": "",
            "tag": words.money(sale.amount_cents, sale.currency),
            "kind": "",
            **asked.acting.at(customer, customer.owner_id, joined(customer.name, sale.name)),
        }
        for sale, customer, owner in session.exec(query.offset(asked.offset).limit(PAGE + 1)).all()
    ]
    more = {"month": f"{asked.month:%Y-%m}" if asked.month else "", "currency": asked.currency}
    back = asked.href("/team/quota"), t("Won against quota")
    if asked.currency:
        back = asked.href("/team/forecast", currency=asked.currency), t("Forecast")
    return as_list(asked, "/team/won", t("Won"), when, rows, back, **more)
