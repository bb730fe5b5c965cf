"""An opportunity's page: its stage, what the next stage requires, what was done. Twin of pwa/views/opportunity.js."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from server import words
from server.models.attachment import Attachment
from server.models.column import wire
from server.models.contract import Contract
from server.models.customer import Customer
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.pipeline import Pipeline, pipelines
from server.models.quote import Quote
from server.models.refusal import NotAllowed
from server.models.scope import may_write, visible_customer
from server.models.user import User
from server.models.visit import Visit
from server.pipeline.rulebook import stage_name, stage_of
from server.views.approval import approval
from server.views.contract import contract_rows
from server.views.files import files
from server.views.form import Form
from server.views.moves import from_to, stood
from server.views.quote import of_sale, sales_of
from server.views.reader import Reader, joined
from server.views.sales import (
    Facts,
    days_standing,
    facts_of,
    is_stuck,
    missing_for,
    next_stage,
    pipeline_of,
)


@dataclass(frozen=True)
class Sale:
    """An opportunity with all that its screens need."""

    row: Opportunity
    customer: Customer
    pipeline: Pipeline
    facts: Facts
    people: Mapping[str, str]
    quotes: Sequence[Quote]
    orders: Sequence[Order]
    contracts: Sequence[Contract]
    attachments: Sequence[Attachment]


def sale_of(session: Session, reader: Reader, opportunity_id: str) -> Sale:
    row = session.get(Opportunity, opportunity_id)
    if row is None or row.deleted_at is not None:
        raise NotAllowed
    customer = visible_customer(session, reader.user, row.customer_id)
    visits = select(Visit).where(Visit.customer_id == customer.id, col(Visit.withdrawn_at).is_(None))
    attachments = select(Attachment).where(
        Attachment.customer_id == customer.id, col(Attachment.withdrawn_at).is_(None)
    )
    quotes, orders = of_sale(session, Quote, row.id), of_sale(session, Order, row.id)
    contracts = of_sale(session, Contract, row.id)
    attached = session.exec(attachments).all()
    facts = facts_of(row.id, session.exec(visits).all(), attached, quotes, contracts)
    own = [one for one in attached if one.opportunity_id == row.id]
    pipeline = pipeline_of(pipelines(session), row.pipeline_id)
    people = dict(session.exec(select(User.id, User.name)).all())
    return Sale(row, customer, pipeline, facts, people, quotes, orders, contracts, own)


def opportunity(reader: Reader, sale: Sale, form: Form | None = None) -> dict[str, Any]:
    """`form`: the answer to a request for approval, with its errors."""
    row, t, people = sale.row, reader.t, sale.people
    stage = stage_of(sale.pipeline.stages, row.stage)
    standing = words.days(days_standing(row, reader), reader.locale)
    return {
        "title": row.name,
        "href": f"/opportunities/{row.id}",
        "back": {
            "href": f"/pipeline?pipeline={sale.pipeline.id}",
            "text": sale.pipeline.name or t("Pipeline"),
        },
        "customer": {"name": sale.customer.name, "href": f"/customers/{sale.customer.id}"},
        "amount": words.money(row.amount_cents, row.currency),
        "line": joined(stage_name(t, sale.pipeline.stages, row.stage), standing),
        "stuck": t("Longer than this stage allows") if is_stuck(row, stage, reader) else "",
        "can_write": may_write(reader.user),
        "path": path(sale, reader),
        "next": next_step(sale, reader),
        "approval": approval(sale, next_stage(sale.pipeline.stages, row.stage), form or Form(t), reader),
        "facts": facts(sale, reader),
        "files": files(sale.attachments, people, reader),
        **contract_rows(sale, reader),
        **sales_of(sale, reader),
        "history": history(row, sale.pipeline, people, reader),
    }


def path(sale: Sale, reader: Reader) -> list[dict[str, Any]]:
    """The stages, each a link to the sheet that moves there. A lost opportunity is shown at its last open stage."""
    stages, row = sale.pipeline.stages, sale.row
    stage, furthest = stage_of(stages, row.stage), row.stage
    if stage and stage["kind"] == "lost":
        furthest = row.moves[-1]["from"] if row.moves else ""
    at = next((number for number, stage in enumerate(stages) if stage["key"] == furthest), -1)
    return [
        {
            "name": stage_name(reader.t, stages, stage["key"]),
            "kind": "now"
            if stage["key"] == row.stage
            else "done"
            if number <= at and stage["kind"] == "open"
            else stage["kind"],
            "href": "" if stage["key"] == row.stage else f"/opportunities/{row.id}/move?to={stage['key']}",
        }
        for number, stage in enumerate(stages)
    ]


def next_step(sale: Sale, reader: Reader) -> dict[str, Any] | None:
    stages, row = sale.pipeline.stages, sale.row
    following = next_stage(stages, row.stage)
    if following is None:
        return None
    return {
        "text": reader.t("Move to %(stage)s", stage=stage_name(reader.t, stages, following["key"])),
        "href": f"/opportunities/{row.id}/move?to={following['key']}",
        "missing": missing_for(sale.pipeline, row, sale.facts, following, reader),
    }


def facts(sale: Sale, reader: Reader) -> list[dict[str, str]]:
    row, t = sale.row, reader.t
    stage = stage_of(sale.pipeline.stages, row.stage)
    percent = stage["probability"] if stage and stage["kind"] == "open" else 0
    weighted = words.money(row.amount_cents * percent // 100, row.currency)
    closes = (
        words.short_date(row.expected_close_on, reader.today, reader.locale) if row.expected_close_on else ""
    )
    known = [
        (
            t("Weighted"),
            t("%(amount)s at %(percent)s%%", amount=weighted, percent=percent) if percent else "",
        ),
        (t("Closes on"), closes),
        (t("Why it was lost"), (row.lost_reason or "") if stage and stage["kind"] == "lost" else ""),
        (t("Competitor"), row.competitor or ""),
    ]
    return [{"label": label, "value": value} for label, value in known if value]


def history(
    row: Opportunity, pipeline: Pipeline, people: Mapping[str, str], reader: Reader
) -> list[dict[str, str]]:
    """The moves, the latest first: who, when, how long at the stage before, the evidence."""
    t = reader.t
    begun = {"by": row.owner_id, "at": wire(row.created_at)}
    entries = [_entry(begun, t("Added"), "", people, reader)]
    entries += [
        _entry(move, from_to(move, pipeline, reader), stood(move, reader), people, reader)
        for move in row.moves
    ]
    for given in row.approvals:
        name = stage_name(t, pipeline.stages, given["stage"])
        entries.append(_entry(given, t("Approved: %(stage)s", stage=name), "", people, reader))
    for asked in row.approval_requests:
        name = stage_name(t, pipeline.stages, asked["stage"])
        told = {"by": asked["by"], "at": asked["at"]}
        entries.append(_entry(told, t("Approval asked for: %(stage)s", stage=name), "", people, reader))
        if asked.get("answer") == "declined":
            answer = {"by": asked["answered_by"], "at": asked["answered_at"], "note": asked["note"]}
            entries.append(_entry(answer, t("Not approved: %(stage)s", stage=name), "", people, reader))
    return sorted(entries, key=lambda entry: entry["at"], reverse=True)


def _entry(
    done: Mapping[str, Any], title: str, after: str, people: Mapping[str, str], reader: Reader
) -> dict[str, str]:
    when = reader.moment(datetime.fromisoformat(done["at"]))
    return {
        "at": done["at"],
        "title": title,
        "when": joined(when, people.get(done["by"], ""), after),
        "note": done.get("note", ""),
    }
