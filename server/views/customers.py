"""The list of customers, with search and filters. Twin of pwa/views/customers.js."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import asin, cos, floor, radians, sin, sqrt
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import Integer, bindparam
from sqlmodel import Session, col, select

from server import words
from server.models.customer import Customer
from server.models.scope import MANAGING_ROLES, Anybody, anybody_like, customers_of, given, manages, may_write
from server.models.user import Role, User
from server.views.reader import Reader, joined
from server.views.rows import (
    Summary,
    customer_row,
    days_over,
    in_order,
    summaries,
    summed_up,
    with_next_step,
)
from server.views.search import searched

PAGE: Final = 50
PICKER_ROWS: Final = 20
EARTH_METRES: Final = 6_371_000
NEAR_METRES: Final = 2_000
NEAR_DEGREES: Final = 0.02  # of latitude, a little more than NEAR_METRES
SORTED_HERE: Final = ("cold", "nearby")  # sorted in Python, by what SQL cannot compute
STATEMENTS_KEPT: Final = 128


@dataclass(frozen=True)
class ListAsked:
    """The query string of the list; invalid values are replaced by defaults."""

    q: str = ""
    show: str = ""
    offset: int = 0
    place: tuple[float, float] | None = None


def customers(session: Session, reader: Reader, asked: ListAsked) -> dict[str, Any]:
    shown = shown_of(asked, reader)
    found = _found(session, reader, shown)
    page, more = found[:PAGE], len(found) > PAGE
    return {
        "title": reader.t("Customers"),
        **_list_view(page, more, _owner_names(session, reader, page), reader, shown),
    }


def all_shown(session: Session, reader: Reader, asked: ListAsked) -> list[str]:
    """The ids of all customers in the list, further pages included, in its order."""
    shown = shown_of(asked, reader)
    if shown.show not in SORTED_HERE:
        return list(session.scalars(_chosen(reader.user, shown.show, shown.q).with_only_columns(Customer.id)))
    if is_nowhere(shown):
        return []
    rows = summaries(session, _listed(anybody_like(reader.user), shown.show, shown.q), given(reader.user))
    return [row.id for row in sorted_by(shown, rows, reader)]


def is_nowhere(shown: ListAsked) -> bool:
    """The list is to be sorted by distance, but the place is not known yet: the page asks for it instead."""
    return shown.show == "nearby" and not shown.place and not shown.q


def shown_of(asked: ListAsked, reader: Reader) -> ListAsked:
    known = shows(reader.user.role)
    show = asked.show if asked.show in known else known[0]
    return ListAsked(asked.q.strip(), show, max(asked.offset, 0), asked.place)


def shows(role: str) -> tuple[str, ...]:
    """The filters that a role has, the initial one first: those who see others' customers begin with all; managers
    have those without an owner."""
    everyones = () if role == Role.REP else ("all",)
    nobodys = ("pool",) if role in MANAGING_ROLES else ()
    return (*everyones, "mine", "nearby", "cold", "leads", *nobodys)


def _found(session: Session, reader: Reader, shown: ListAsked) -> list[Summary]:
    """The rows of a page, and one more if there is a next page."""
    if is_nowhere(shown):
        return []
    listed = _listed(anybody_like(reader.user), shown.show, shown.q)
    if shown.show in SORTED_HERE:
        rows = sorted_by(shown, summaries(session, listed, given(reader.user)), reader)
        return _with_next_steps(session, rows[shown.offset : shown.offset + PAGE + 1])
    return summaries(session, listed, {**given(reader.user), "offset": shown.offset})


@lru_cache(maxsize=STATEMENTS_KEPT)
def _listed(like: Anybody, show: str, q: str) -> Any:
    """Cached: building the statement takes longer than running it."""
    query = summed_up(_chosen(like, show, q))
    if show in SORTED_HERE:
        return query
    return with_next_step(query).offset(bindparam("offset", type_=Integer())).limit(PAGE + 1)


def _chosen(who: User | Anybody, show: str, q: str) -> Any:
    query = searched(customers_of(who), q)
    if show == "mine" and "all" in shows(who.role):
        query = query.where(Customer.owner_id == who.id)
    if show == "leads":
        query = query.where(Customer.lifecycle == "lead")
    if show == "pool":
        query = query.where(col(Customer.owner_id).is_(None))
    return in_order(query)


def _with_next_steps(session: Session, rows: Sequence[Summary]) -> list[Summary]:
    page = select(Customer).where(col(Customer.id).in_([row.id for row in rows]))
    found = {row.id: row for row in summaries(session, with_next_step(summed_up(page)))}
    return [found[row.id] for row in rows]


def sorted_by(shown: ListAsked, rows: Iterable[Summary], reader: Reader) -> list[Summary]:
    if shown.show == "cold":
        cold = [row for row in rows if days_over(row, reader) > 0]
        return cold if shown.q else sorted(cold, key=lambda row: -days_over(row, reader))
    if shown.place is None:
        return list(rows)
    placed = [(metres(row, shown.place), row) for row in rows]
    return [row for away, row in sorted(placed, key=lambda pair: pair[0]) if away >= 0]


def nearest(session: Session, reader: Reader, place: tuple[float, float] | None) -> str:
    """The id of the nearest customer, "" if none is near."""
    if place is None:
        return ""
    latitude = col(Customer.latitude)
    around = latitude.between(place[0] - NEAR_DEGREES, place[0] + NEAR_DEGREES)
    rows = summaries(session, summed_up(customers_of(reader.user).where(around)))
    near = [(away, row.id) for row in rows if 0 <= (away := metres(row, place)) <= NEAR_METRES]
    return min(near, default=(0, ""))[1]


def metres(row: Summary, place: tuple[float, float]) -> int:
    """The distance in whole metres, -1 if the customer's place is unknown."""
    if row.latitude is None or row.longitude is None:
        return -1
    here, there = radians(place[0]), radians(row.latitude)
    across = sin(radians(row.longitude - place[1]) / 2)
    up = sin((there - here) / 2)
    return floor(
        2 * EARTH_METRES * asin(min(1.0, sqrt(up * up + cos(here) * cos(there) * across * across))) + 0.5
    )


def _owner_names(session: Session, reader: Reader, rows: Sequence[Summary]) -> dict[str, str]:
    """Owner names by user id; only for readers who see others' customers."""
    if reader.user.role == Role.REP:
        return {}
    owners = {row.owner_id for row in rows if row.owner_id}
    found = session.exec(select(User.id, User.name).where(col(User.id).in_(owners))).all()
    return {user_id: name for user_id, name in found if user_id != reader.user.id}


def _list_view(
    page: Sequence[Summary],
    more: bool,
    owner_names: dict[str, str],
    reader: Reader,
    shown: ListAsked,
) -> dict[str, Any]:
    def row(customer: Summary) -> dict[str, Any]:
        others = joined(
            away(customer, reader, shown), customer.region, owner_names.get(customer.owner_id or "")
        )
        return customer_row(customer, reader, customer.next_on, others)

    return {
        "q": shown.q,
        "show": shown.show,
        "filters": filters(reader, shown),
        "rows": [row(customer) for customer in page],
        "more_href": href("customers", shown, shown.offset + PAGE) if more else "",
        "export_href": href("export.xlsx", shown, 0),
        "pool_href": href("pool", shown, 0) if shown.show == "pool" else "",
        "nearby_hint": nearby_hint(reader, shown),
        "empty_text": nothing_found(reader, shown),
        "can_add": may_write(reader.user),
        "manages": manages(reader.user),
    }


def away(customer: Summary, reader: Reader, shown: ListAsked) -> str:
    if shown.show != "nearby" or shown.place is None:
        return ""
    return words.distance(metres(customer, shown.place), reader.locale)


def nearby_hint(reader: Reader, shown: ListAsked) -> str:
    if shown.show != "nearby" or shown.place or shown.q:
        return ""
    return reader.t(
        "To sort by distance, Legwork needs to know where you are. Your place stays on this phone."
    )


def filters(reader: Reader, shown: ListAsked) -> list[dict[str, Any]]:
    t = reader.t
    labels = {
        "all": t("All"),
        "mine": t("Mine"),
        "nearby": t("Nearby"),
        "cold": t("Going cold"),
        "leads": t("Leads"),
        "pool": t("Pool"),
    }
    return [
        {
            "label": labels[show],
            "href": f"/customers?show={show}",
            "chosen": show == shown.show,
            "near": show == "nearby",
        }
        for show in shows(reader.user.role)
    ]


def href(to: str, shown: ListAsked, offset: int) -> str:
    place = {"latitude": f"{shown.place[0]:.5f}", "longitude": f"{shown.place[1]:.5f}"} if shown.place else {}
    return f"/{to}?" + urlencode({"q": shown.q, "show": shown.show, "offset": offset, **place})


def nothing_found(reader: Reader, shown: ListAsked) -> str:
    """The text of an empty list; the button to add a customer is below it."""
    t = reader.t
    if shown.q:
        return t("Nobody here is called “%(q)s”.", q=shown.q)
    if shown.show == "cold":
        return t("Nobody is going cold. Customers past their rhythm show here.")
    if shown.show == "nearby":
        return t("No customer of yours is on the map yet. A visit logged at the door puts it there.")
    if shown.show == "leads":
        return t("No leads yet. Add the next company you hear of.")
    if shown.show == "pool":
        return t("Every customer is looked after by somebody.")
    if not may_write(reader.user):
        return t("No customer is yours yet.")
    return t("No customer is yours yet. Add the first one you will call on.")


def picker(session: Session, reader: Reader, q: str) -> dict[str, Any]:
    """The search for a customer in a visit's form."""
    query = in_order(searched(customers_of(reader.user), q)).limit(PICKER_ROWS)
    rows = summaries(session, summed_up(query))
    return {
        "title": reader.t("Whom did you visit?"),
        "q": q,
        "rows": [customer_row(row, reader, None) for row in rows],
        "empty": reader.t("Nobody here is called “%(q)s”.", q=q)
        if q
        else reader.t("No customer is yours yet."),
    }
