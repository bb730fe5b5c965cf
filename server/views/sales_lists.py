"""The lists behind Team's figures of sales: won, open. They show the rows that server/forecast counts."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from server import words
from server.days import next_month, next_quarter, quarter_of, start_of
from server.forecast.reading import last_quarter
from server.forecast.won import at_stages, is_won, joined_sum, read_rows, split_sum, stands
from server.models.customer import Customer
from server.models.opportunity import Opportunity
from server.models.pipeline import pipelines
from server.models.user import User
from server.questions.asking import Asking
from server.views.activity import Team
from server.views.question_rows import sale_row
from server.views.quotas import quarter_name
from server.views.reader import joined
from server.views.team_asked import BEFORE, TeamAsked
from server.views.team_lists import PAGE, as_list

WON, OPEN = "/team/won", "/team/open"
EARLIEST: Final = date(2000, 1, 1)


def open_href(asked: TeamAsked, currency: str, **other: str) -> str:
    return asked.href(OPEN, currency=currency, **other)


def won_list(session: Session, asked: TeamAsked) -> dict[str, Any]:
    """Opportunities won in the quarter, or in the months that the address names; the latest first."""
    reader, t = asked.reader, asked.reader.t
    days, when = _days(asked)
    begins, ends = (start_of(day, reader.company_zone) for day in days)
    since = col(Opportunity.stage_since)
    query = _sales(asked, is_won(pipelines(session)), since >= begins, since < ends)
    ordered = query.order_by(since.desc(), col(Opportunity.id).desc())
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
        for sale, customer, owner in session.exec(ordered.offset(asked.offset).limit(PAGE + 1)).all()
    ]
    months = {name: f"{day:%Y-%m}" if day else "" for name, day in _months(asked).items()}
    more = {**months, "currency": asked.currency, "when": "before" if asked.is_earlier else ""}
    back = asked.href("/team/quota"), t("Won against quota")
    if asked.currency:
        back = asked.href("/team/forecast", currency=asked.currency), t("Forecast")
    return as_list(asked, WON, t("Won"), joined(when, _summed(session, asked, query)), rows, back, **more)


def open_list(session: Session, asked: TeamAsked) -> dict[str, Any]:
    """All open opportunities, the longest standing first."""
    asking, t = Asking(session, asked.reader), asked.reader.t
    query = _sales(asked, at_stages(asking.company.pipelines, "open"))
    ordered = query.order_by(col(Opportunity.stage_since), col(Opportunity.id))
    rows = [
        sale_row(row, asking) | asked.acting.at(row[1], row[1].owner_id, joined(row[1].name, row[0].name))
        for row in session.exec(ordered.offset(asked.offset).limit(PAGE + 1)).all()
    ]
    back = asked.href("/team/forecast", currency=asked.currency), t("Forecast")
    summed = _summed(session, asked, query)
    return as_list(asked, OPEN, t("Open now"), summed, rows, back, currency=asked.currency)


def _sales(asked: TeamAsked, *which: ColumnElement[bool]) -> Any:
    """The opportunities of the chosen rep or territory; for managers, of their own territory."""
    reader = asked.reader
    near = reader.user.territory_id if not asked.territories and not asked.rep else None
    territory_id = "" if asked.rep else asked.territory_id or near
    whose = [col(Customer.owner_id) == asked.rep.id] if asked.rep else []
    whose += [col(Customer.territory_id) == territory_id] if territory_id else []
    whose += [col(Opportunity.currency) == asked.currency] if asked.currency else []
    return (
        select(Opportunity, Customer, User.name)
        .join(Customer, col(Customer.id) == col(Opportunity.customer_id))
        .outerjoin(User, col(User.id) == col(Customer.owner_id))
        .where(Team(reader, part=asked.part).sees_each(), stands(), *asked.part.opportunities)
        .where(*whose, *which)
    )


def _summed(session: Session, asked: TeamAsked, query: Any) -> str:
    """The number of rows, and the amount in each currency."""
    currency, amount = col(Opportunity.currency), col(Opportunity.amount_cents)
    counted = query.with_only_columns(currency, func.count(), *split_sum(amount))
    found = read_rows(session, counted.group_by(currency).order_by(currency))
    sums = [words.money(joined_sum(millions, rest), name) for name, _, millions, rest in found]
    number = sum(count for _, count, *_ in found)
    return joined(asked.reader.t.n("%(n)s opportunity", "%(n)s opportunities", number), *sums)


def _months(asked: TeamAsked) -> dict[str, date | None]:
    """The last month that the address names and, if it names several, the first; None if it is invalid."""
    month, since = asked.month, asked.since
    if month is None or not EARLIEST <= month <= asked.reader.company_today:
        return {"month": None, "since": None}
    return {"month": month, "since": since if since and EARLIEST <= since < month else None}


def _days(asked: TeamAsked) -> tuple[Sequence[date], str]:
    """The first day and the one after the last, and a text for these days."""
    reader = asked.reader
    today = reader.company_today
    months = _months(asked)
    if month := months["month"]:
        first = months["since"] or month
        said = dict.fromkeys(words.month(one, reader.locale) for one in (first, month))
        return (first, next_month(month)), " – ".join(said)
    if asked.is_earlier:
        return last_quarter(today), reader.t(BEFORE["quarter"])
    first = quarter_of(today)
    return (first, next_quarter(first)), quarter_name(first)
