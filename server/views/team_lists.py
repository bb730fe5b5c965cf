"""The lists behind Team's numbers, fifty rows a page."""

from typing import Any, Final

from sqlmodel import Session

from server import words
from server.models.customer import Customer
from server.translations import msgid
from server.views import activity
from server.views.labels import OUTCOMES, said
from server.views.reader import joined
from server.views.rows import cold_row
from server.views.team_asked import BEFORE, PERIODS, TeamAsked

PAGE: Final = 50
GOOD_NEWS: Final = msgid("Nothing here, and that is good news.")
IS_EMPTY: Final = msgid("There is nothing in this list.")
ANOTHER_PERIOD: Final = msgid("Nothing to tell. Another period or fewer limits may have more.")


def customer_line(
    customer: Customer, detail: str, note: str = "", tag: str = "", kind: str = ""
) -> dict[str, Any]:
    """A row about a customer. `kind`: how the tag looks."""
    return {
        "href": f"/customers/{customer.id}",
        "name": customer.name,
        "initial": words.initial(customer.name),
        "detail": detail,
        "note": note,
        "tag": tag,
        "kind": kind,
    }


def visit_list(session: Session, asked: TeamAsked) -> dict[str, Any]:
    reader = asked.reader
    found = activity.visits(session, asked.team, asked.listed, asked.outcome, asked.offset, PAGE + 1)
    rows = [
        customer_line(
            customer,
            joined(said(reader.t, OUTCOMES, visit.outcome), author, reader.moment(visit.started_at)),
            visit.note or "",
        )
        | asked.acting.at(customer, visit.author_id)
        for visit, customer, author in found
        if visit.started_at
    ]
    period = reader.t((BEFORE if asked.is_earlier else PERIODS)[asked.period])
    days = words.weekday_and_date(asked.day, reader.locale) if asked.day else period
    shown = joined(days, said(reader.t, OUTCOMES, asked.outcome or None))
    when = "before" if asked.is_earlier else ""
    return as_list(asked, "/team/visits", reader.t("Visits"), shown, rows, empty=ANOTHER_PERIOD, when=when)


def planned_list(session: Session, asked: TeamAsked) -> dict[str, Any]:
    """Visits planned for today and not made yet."""
    reader = asked.reader
    rows = [
        customer_line(customer, joined(customer.region, author), visit.note or "", visit.planned_time or "")
        | asked.acting.at(customer, visit.author_id)
        for visit, customer, author in activity.planned_today(session, asked.team, asked.offset, PAGE + 1)
    ]
    today = words.weekday_and_date(reader.today, reader.locale)
    return as_list(asked, "/team/planned", reader.t("Planned visits"), today, rows)


def cold_list(session: Session, asked: TeamAsked) -> dict[str, Any]:
    reader = asked.reader
    found = activity.looked_after(session, asked.team, asked.offset, PAGE + 1, cold=True)
    rows = [
        _cold_line(cold_row(customer, reader), customer.region, owner)
        | asked.acting.at(customer, customer.owner_id)
        for customer, owner in found
    ]
    line = reader.t("Longest past their rhythm first")
    return as_list(asked, "/team/cold", reader.t("Going cold"), line, rows, empty=GOOD_NEWS)


def touch_list(session: Session, asked: TeamAsked) -> dict[str, Any]:
    """Customers with an owner that are not going cold."""
    reader = asked.reader
    found = activity.looked_after(session, asked.team, asked.offset, PAGE + 1, cold=False)
    rows = [
        _cold_line(cold_row(customer, reader), customer.region, owner)
        | {"kind": ""}
        | asked.acting.at(customer, customer.owner_id)
        for customer, owner in found
    ]
    return as_list(asked, "/team/in-touch", reader.t("In touch"), reader.t("Next to be seen first"), rows)


def _cold_line(row: dict[str, Any], region: str | None, owner: str | None) -> dict[str, Any]:
    return {**row, "detail": joined(row["detail"], region, owner), "kind": row["tag_kind"], "note": ""}


def late_list(session: Session, asked: TeamAsked) -> dict[str, Any]:
    reader = asked.reader
    found = activity.late_follow_ups(session, asked.team, asked.offset, PAGE + 1)
    rows = [
        customer_line(
            customer,
            owner,
            follow_up.note or "",
            words.due_label(follow_up.due_on, reader.today, reader.locale),
            "late",
        )
        | asked.acting.at(customer, follow_up.owner_id)
        for follow_up, customer, owner in found
    ]
    line = reader.t("Longest overdue first")
    return as_list(asked, "/team/late", reader.t("Late follow-ups"), line, rows, empty=GOOD_NEWS)


def approval_list(session: Session, asked: TeamAsked) -> dict[str, Any]:
    reader = asked.reader
    found = activity.asked_for_approval(session, asked.team, asked.offset, PAGE + 1)
    rows = [
        {
            "href": f"/opportunities/{row.id}",
            "name": row.name,
            "initial": words.SYMBOLS.get(row.currency, words.initial(row.currency)),
            "detail": joined(customer.name, author, reader.moment(row.approval_asked_at)),
            "note": "",
            "tag": words.money(row.amount_cents, row.currency),
            "kind": "due",
            **asked.acting.at(customer, customer.owner_id, joined(customer.name, row.name)),
        }
        for row, customer, author in found
        if row.approval_asked_at
    ]
    line = reader.t("Longest waiting first")
    return as_list(asked, "/team/approvals", reader.t("Approvals asked for"), line, rows)


def as_list(
    asked: TeamAsked,
    path: str,
    title: str,
    shown: str,
    rows: list[dict[str, Any]],
    back: tuple[str, str] | None = None,
    empty: str = IS_EMPTY,
    **other: str,
) -> dict[str, Any]:
    """A list's page. `back`: the address and label of the link back. `empty`: the text if there is no row. `other`:
    further parts of the query string."""
    back_href, back_text = back or (asked.href(), asked.reader.t("Team"))
    more = {"offset": asked.offset + PAGE, "outcome": asked.outcome, "day": asked.day, **other}
    return {
        "title": title,
        "line": joined(asked.of_whom, shown),
        "back_href": back_href,
        "back_text": back_text,
        "rows": rows[:PAGE],
        "empty": asked.reader.t(empty),
        "more_href": asked.href(path, **more) if len(rows) > PAGE else "",
    }
