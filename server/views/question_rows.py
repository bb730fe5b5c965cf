"""The list behind a number of an answer, fifty rows a page."""

from collections.abc import Sequence
from typing import Any

from server import words
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.quote import Quote
from server.models.user import User
from server.models.visit import Visit
from server.pipeline.rulebook import stage_name, stage_of
from server.questions.answering import Question
from server.questions.asking import Asking
from server.questions.rows_behind import rows_behind
from server.totals import line_cents
from server.views.acting import Acting
from server.views.attainment import percent_of
from server.views.labels import ACTIVITIES, OUTCOMES, said
from server.views.question_answer import line_of, listed, title_of
from server.views.reader import Reader, joined
from server.views.rows import days_over, days_silent, seen
from server.views.sales import days_standing, is_stuck, pipeline_of
from server.views.team_lists import ANOTHER_PERIOD, PAGE


def rows_view(question: Question, offset: int, acting: Acting) -> dict[str, Any]:
    t = question.asking.reader.t
    found = rows_behind(question, offset, PAGE + 1)
    more = listed(question.definition, question.currency, ("offset", str(offset + PAGE)))
    return {
        "title": title_of(question),
        "line": joined(line_of(question), question.currency),
        "back_href": "/team/questions",
        "back_text": t("Questions"),
        "rows": [row_of(question, row, acting) for row in found[:PAGE]],
        "empty": t(ANOTHER_PERIOD),
        "more_href": more if len(found) > PAGE else "",
    }


def row_of(question: Question, row: Sequence[Any], acting: Acting) -> dict[str, Any]:
    return _row(question, row) | _acts(row, acting)


def _acts(row: Sequence[Any], acting: Acting) -> dict[str, str]:
    if isinstance(row[0], User):
        return acting.writing_to(row[0].id)
    customer = row[0] if isinstance(row[0], Customer) else row[1]
    if isinstance(row[0], Visit):
        return acting.at(customer, row[0].author_id)
    about = joined(customer.name, row[0].name) if isinstance(row[0], Opportunity) else ""
    return acting.at(customer, row[0].owner_id if isinstance(row[0], FollowUp) else customer.owner_id, about)


def _row(question: Question, row: Sequence[Any]) -> dict[str, Any]:
    reader = question.asking.reader
    if isinstance(row[0], Visit):
        return visit_row(row, reader)
    if isinstance(row[0], Opportunity):
        return sale_row(row, question.asking)
    if isinstance(row[0], Quote):
        return quote_row(row, reader)
    if isinstance(row[0], User):
        return rep_row(row, reader)
    if isinstance(row[0], Order):
        return order_row(row, question)
    if isinstance(row[0], FollowUp):
        return promise_row(row, reader)
    return customer_row(row, reader)


def visit_row(row: Sequence[Any], reader: Reader) -> dict[str, Any]:
    visit, customer, author = row
    kind = said(reader.t, ACTIVITIES, visit.kind) if visit.kind != "visit" else ""
    met = reader.t(", ").join(visit.competitors)
    return {
        "href": f"/customers/{customer.id}",
        "name": customer.name,
        "initial": words.initial(customer.name),
        "detail": joined(
            kind, said(reader.t, OUTCOMES, visit.outcome), author, reader.moment(visit.started_at), met
        ),
        "note": visit.note or "",
        "tag": "",
        "kind": "",
    }


def sale_row(row: Sequence[Any], asking: Asking) -> dict[str, Any]:
    sale, customer, owner = row
    reader = asking.reader
    pipeline = pipeline_of(asking.company.pipelines, sale.pipeline_id)
    stage = stage_of(pipeline.stages, sale.stage)
    is_open = stage is not None and stage["kind"] == "open"
    days = (
        words.days(days_standing(sale, reader), reader.locale) if is_open else reader.moment(sale.stage_since)
    )
    return {
        "href": f"/opportunities/{sale.id}",
        "name": joined(customer.name, sale.name),
        "initial": words.SYMBOLS.get(sale.currency, words.initial(sale.currency)),
        "detail": joined(stage_name(reader.t, pipeline.stages, sale.stage), days, owner, sale.competitor),
        "note": sale.lost_reason or "",
        "tag": words.money(sale.amount_cents, sale.currency),
        "kind": "due" if is_stuck(sale, stage, reader) else "",
    }


def order_row(row: Sequence[Any], question: Question) -> dict[str, Any]:
    """An order, with the amount that the number counts: if limited to products, that of their lines."""
    order, customer, owner, *shown = row
    reader, meant = question.asking.reader, question.definition.only.get("product")
    lines = [line for line in order.lines if meant is None or (line.get("product_id") or "") in meant]
    cents = shown[0] if shown else sum(line_cents(line) for line in lines)
    return {
        "href": f"/opportunities/{order.opportunity_id}/orders/{order.id}",
        "name": customer.name,
        "initial": words.SYMBOLS.get(order.currency, words.initial(order.currency)),
        "detail": joined(words.short_date(order.placed_on, reader.today, reader.locale), owner),
        "note": joined(
            *(
                f"{words.quantity(line['quantity'])} {line.get('unit') or '×'} {line['name']}"
                for line in lines
            )
        ),
        "tag": "–" if cents is None else words.money(cents, order.currency),
        "kind": "",
    }


def quote_row(row: Sequence[Any], reader: Reader) -> dict[str, Any]:
    quote, customer, owner = row
    discount = words.percent(quote.discount_bp)
    return {
        "href": f"/opportunities/{quote.opportunity_id}/quotes/{quote.id}",
        "name": customer.name,
        "initial": words.SYMBOLS.get(quote.currency, words.initial(quote.currency)),
        "detail": joined(
            reader.t("%(percent)s discount", percent=discount), owner, reader.moment(quote.sent_at)
        ),
        "note": "",
        "tag": words.money(quote.total_cents, quote.currency),
        "kind": "",
    }


def rep_row(row: Sequence[Any], reader: Reader) -> dict[str, Any]:
    """A rep, with the share of the quota that is won."""
    rep, won, quota, currency = row
    return {
        "href": f"/team/won?rep={rep.id}",
        "name": rep.name,
        "initial": words.initial(rep.name),
        "detail": reader.t(
            "%(won)s of %(quota)s", won=words.money(won, currency), quota=words.money(quota, currency)
        ),
        "note": "",
        "tag": f"{percent_of(won, quota)}%",
        "kind": "late",
    }


def promise_row(row: Sequence[Any], reader: Reader) -> dict[str, Any]:
    follow_up, customer, owner = row
    return {
        "href": f"/customers/{customer.id}",
        "name": customer.name,
        "initial": words.initial(customer.name),
        "detail": owner or "",
        "note": follow_up.note or "",
        "tag": words.due_label(follow_up.due_on, reader.today, reader.locale),
        "kind": "late",
    }


def customer_row(row: Sequence[Any], reader: Reader) -> dict[str, Any]:
    customer, owner = row
    kind = "cold" if days_over(customer, reader) > 0 else ""
    return {
        "href": f"/customers/{customer.id}",
        "name": customer.name,
        "initial": words.initial(customer.name),
        "detail": joined(seen(customer, reader), customer.region, owner),
        "note": "",
        "tag": words.days(days_silent(customer, reader), reader.locale) if kind else "",
        "kind": kind,
    }
