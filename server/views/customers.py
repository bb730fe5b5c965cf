"""The list of customers, and the same found by search. Twin of pwa/views/customers.js."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import asin, cos, floor, radians, sin, sqrt
from typing import Any, Final
from urllib.parse import urlencode

from sqlmodel import Session, col, func, select

from server import words
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.scope import customers_of, manages, may_write
from server.models.user import Role, User
from server.models.visit import Visit
from server.views.reader import Reader, joined
from server.views.rows import Summary, customer_row, days_over, in_order, summaries
from server.views.search import searched

PAGE: Final = 50
PICKER_ROWS: Final = 20
EARTH_METRES: Final = 6_371_000


@dataclass(frozen=True)
class Asked:
    """What the address of the list asks for, mended: nobody types it by hand."""

    q: str = ""
    show: str = ""
    offset: int = 0
    place: tuple[float, float] | None = None


def customers(session: Session, reader: Reader, asked: Asked) -> dict[str, Any]:
    shown = shown_of(asked, reader)
    found = _found(session, reader, shown)
    page, more = found[:PAGE], len(found) > PAGE
    return {
        "title": reader.t("Customers"),
        **_list_view(
            page, more, _next_steps(session, page), _owner_names(session, reader, page), reader, shown
        ),
    }


def shown_of(asked: Asked, reader: Reader) -> Asked:
    known = asked.show in shows(reader)
    return Asked(
        asked.q.strip(), asked.show if known else shows(reader)[0], max(asked.offset, 0), asked.place
    )


def shows(reader: Reader) -> tuple[str, ...]:
    """Who looks after others' customers begins with all."""
    own = reader.user.role in (Role.REP, Role.SUPPORT)
    return ("mine", "nearby", "cold", "leads") if own else ("all", "mine", "nearby", "cold", "leads")


def _found(session: Session, reader: Reader, shown: Asked) -> Sequence[Summary]:
    """One page and one row more, which tells whether there is a next."""
    if shown.show == "nearby" and not shown.place and not shown.q:
        return []
    query = searched(customers_of(reader.user), shown.q)
    if shown.show == "mine" and "all" in shows(reader):
        query = query.where(Customer.owner_id == reader.user.id)
    if shown.show == "leads":
        query = query.where(Customer.lifecycle == "lead")
    if shown.show in ("cold", "nearby"):
        rows = sorted_by(shown, summaries(session, in_order(query)), reader)
        return rows[shown.offset : shown.offset + PAGE + 1]
    return summaries(session, in_order(query).offset(shown.offset).limit(PAGE + 1))


def sorted_by(shown: Asked, rows: Iterable[Summary], reader: Reader) -> list[Summary]:
    if shown.show == "cold":
        cold = [row for row in rows if days_over(row, reader) > 0]
        return cold if shown.q else sorted(cold, key=lambda row: -days_over(row, reader))
    if shown.place is None:
        return list(rows)
    placed = [(metres(row, shown.place), row) for row in rows]
    return [row for away, row in sorted(placed, key=lambda pair: pair[0]) if away >= 0]


def metres(row: Summary, place: tuple[float, float]) -> int:
    """As the crow flies, whole; -1: nobody knows where it is."""
    if row.latitude is None or row.longitude is None:
        return -1
    here, there = radians(place[0]), radians(row.latitude)
    across = sin(radians(row.longitude - place[1]) / 2)
    up = sin((there - here) / 2)
    return floor(
        2 * EARTH_METRES * asin(min(1.0, sqrt(up * up + cos(here) * cos(there) * across * across))) + 0.5
    )


def _next_steps(session: Session, rows: Sequence[Summary]) -> dict[str, date]:
    """The nearest promise or planned visit of each."""
    ids = [row.id for row in rows]
    promised = (
        select(FollowUp.customer_id, func.min(FollowUp.due_on))
        .where(col(FollowUp.customer_id).in_(ids))
        .where(col(FollowUp.completed_at).is_(None), col(FollowUp.withdrawn_at).is_(None))
        .group_by(FollowUp.customer_id)
    )
    planned = (
        select(Visit.customer_id, func.min(Visit.planned_on))
        .where(col(Visit.customer_id).in_(ids), col(Visit.planned_on).is_not(None))
        .where(col(Visit.started_at).is_(None), col(Visit.withdrawn_at).is_(None))
        .group_by(Visit.customer_id)
    )
    steps: dict[str, date] = {}
    for customer_id, day in [*session.exec(promised).all(), *session.exec(planned).all()]:
        if day is not None:
            steps[customer_id] = min(day, steps.get(customer_id, day))
    return steps


def _owner_names(session: Session, reader: Reader, rows: Sequence[Summary]) -> dict[str, str]:
    """Only for who sees the customers of others."""
    if reader.user.role == Role.REP:
        return {}
    owners = {row.owner_id for row in rows if row.owner_id}
    found = session.exec(select(User.id, User.name).where(col(User.id).in_(owners))).all()
    return {user_id: name for user_id, name in found if user_id != reader.user.id}


def _list_view(
    page: Sequence[Summary],
    more: bool,
    next_steps: dict[str, date],
    owner_names: dict[str, str],
    reader: Reader,
    shown: Asked,
) -> dict[str, Any]:
    def row(customer: Summary) -> dict[str, Any]:
        others = joined(
            away(customer, reader, shown), customer.region, owner_names.get(customer.owner_id or "")
        )
        return customer_row(customer, reader, next_steps.get(customer.id), others)

    return {
        "q": shown.q,
        "show": shown.show,
        "filters": filters(reader, shown),
        "rows": [row(customer) for customer in page],
        "more_href": href(shown, shown.offset + PAGE) if more else "",
        "nearby_hint": nearby_hint(reader, shown),
        **nothing_found(reader, shown),
        "can_add": may_write(reader.user),
        "can_import": manages(reader.user),
    }


def away(customer: Summary, reader: Reader, shown: Asked) -> str:
    if shown.show != "nearby" or shown.place is None:
        return ""
    return words.distance(metres(customer, shown.place), reader.locale)


def nearby_hint(reader: Reader, shown: Asked) -> str:
    if shown.show != "nearby" or shown.place or shown.q:
        return ""
    return reader.t(
        "To sort by distance, Legwork needs to know where you are. Your place stays on this phone."
    )


def filters(reader: Reader, shown: Asked) -> list[dict[str, Any]]:
    t = reader.t
    labels = {
        "all": t("All"),
        "mine": t("Mine"),
        "nearby": t("Nearby"),
        "cold": t("Going cold"),
        "leads": t("Leads"),
    }
    return [
        {
            "label": labels[show],
            "href": f"/customers?show={show}",
            "chosen": show == shown.show,
            "near": show == "nearby",
        }
        for show in shows(reader)
    ]


def href(shown: Asked, offset: int) -> str:
    place = {"latitude": f"{shown.place[0]:.5f}", "longitude": f"{shown.place[1]:.5f}"} if shown.place else {}
    return "/customers?" + urlencode({"q": shown.q, "show": shown.show, "offset": offset, **place})


def nothing_found(reader: Reader, shown: Asked) -> dict[str, str]:
    t, adds = reader.t, may_write(reader.user)
    add = {"empty_href": "/customers/new" if adds else "", "empty_link": t("Add a customer") if adds else ""}
    if shown.q:
        return {"empty_text": t("Nobody here is called “%(q)s”.", q=shown.q), **add}
    if shown.show == "cold":
        text = t("Everyone has been seen in time. Well kept.")
        return {"empty_text": text, "empty_href": "", "empty_link": ""}
    if shown.show == "nearby":
        text = t(
            "None of your customers has a place on the map yet. A visit logged at the door gives it one."
        )
        return {"empty_text": text, "empty_href": "", "empty_link": ""}
    if shown.show == "leads":
        return {"empty_text": t("No leads yet. Add the next company you hear of."), **add}
    return {"empty_text": t("No customer is yours yet. Add the first one you will call on."), **add}


def picker(session: Session, reader: Reader, q: str) -> dict[str, Any]:
    """Whom a visit is for: the search of the form."""
    query = in_order(searched(customers_of(reader.user), q)).limit(PICKER_ROWS)
    rows = summaries(session, query)
    return {
        "title": reader.t("Whom did you visit?"),
        "q": q,
        "rows": [customer_row(row, reader, None) for row in rows],
        "empty": reader.t("Nobody here is called “%(q)s”.", q=q)
        if q
        else reader.t("No customer is yours yet."),
    }
