"""The forms to add, edit and move an opportunity. Twin of pwa/views/opportunity_form.js."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlmodel import Session, col, select

from server import words
from server.models.customer import Customer
from server.models.opportunity import Opportunity
from server.models.pipeline import Pipeline, as_wire, pipelines
from server.models.product import Product
from server.models.refusal import NotAllowed
from server.models.scope import visible_customer
from server.pipeline.rulebook import FIELDS, FILES, KINDS, lacks, said, stage_name, stage_of
from server.translations import Translator
from server.views.approval import approval
from server.views.form import Form, options_of
from server.views.opportunity import Sale
from server.views.reader import Reader
from server.views.sales import pipeline_of
from server.views.visit_form import back_link

CURRENCIES: Final = ("EUR", "CNY", "USD", "GBP", "CHF")


def new_opportunity(
    session: Session, reader: Reader, customer_id: str, pipeline_id: str, form: Form
) -> dict[str, Any]:
    customer = visible_customer(session, reader.user, customer_id or form.value("customer_id"))
    offered = [pipeline for pipeline in pipelines(session) if pipeline.retired_at is None]
    pipeline = pipeline_of(offered, pipeline_id or form.value("pipeline_id"))
    stage = stage_of(pipeline.stages, form.value("stage")) or pipeline.stages[0]
    fresh = {
        "opportunity_id": [reader.new_id()],
        "currency": [_usual_currency(session, customer, reader)],
    }
    chosen = {"customer_id": [customer.id], "pipeline_id": [pipeline.id], "stage": [stage["key"]]}
    typed = {**fresh, **form.typed, **chosen}
    form = Form(reader.t, typed, form.errors, form.refused)
    return {
        **_fields(reader, customer, form, ""),
        "title": reader.t("New opportunity"),
        "action": "/opportunities",
        "draft": f"/opportunities/new?customer={customer.id}",
        "is_new": not form.errors,
        "pipelines": choice_of_pipelines(
            offered,
            pipeline,
            lambda one: f"/opportunities/new?customer={customer.id}&pipeline={one}",
            reader,
        ),
        "stage": form.choices("stage", reader.t("Stage"), _open_stages(pipeline, form, reader)),
        "hiddens": form.hiddens(("opportunity_id", "customer_id", "pipeline_id")),
    }


def _usual_currency(session: Session, customer: Customer, reader: Reader) -> str:
    """The currency of the customer's last opportunity; else that of the reader's language or, if no product has a price
    in it, of the product added last."""
    query = select(Opportunity.currency).where(
        Opportunity.customer_id == customer.id, col(Opportunity.deleted_at).is_(None)
    )
    last = session.exec(query.order_by(col(Opportunity.id).desc())).first()
    if last:
        return last
    usual = "CNY" if reader.locale == "zh-Hans" else "EUR"
    is_sold_in = session.exec(select(Product.id).where(Product.currency == usual)).first()
    return usual if is_sold_in else currency_sold_in(session, reader)


def currency_sold_in(session: Session, reader: Reader) -> str:
    """The currency of the product added last; without products, that of the reader's language."""
    priced = select(Product.currency).where(col(Product.currency).is_not(None))
    last = session.exec(priced.order_by(col(Product.id).desc())).first()
    return last or ("CNY" if reader.locale == "zh-Hans" else "EUR")


def choice_of_pipelines(
    offered: Sequence[Pipeline], chosen: Pipeline, to: Callable[[str], str], reader: Reader
) -> list[dict[str, Any]]:
    if len(offered) < 2:
        return []
    return [
        {"label": pipeline_name(one, reader), "href": to(one.id), "chosen": one.id == chosen.id}
        for one in offered
    ]


def pipeline_name(pipeline: Pipeline, reader: Reader) -> str:
    return pipeline.name or reader.t("Sales")


def _open_stages(pipeline: Pipeline, form: Form, reader: Reader) -> list[dict[str, Any]]:
    keys = [stage["key"] for stage in pipeline.stages if stage["kind"] == "open"]
    named = [(key, stage_name(reader.t, pipeline.stages, key)) for key in keys]
    return options_of(named, form.value("stage"))


def edit_opportunity(reader: Reader, sale: Sale, form: Form) -> dict[str, Any]:
    row = sale.row
    form = Form(reader.t, form.typed or written(row), form.errors, form.refused)
    return {
        **_fields(reader, sale.customer, form, "fields."),
        "title": reader.t("Edit opportunity"),
        "action": f"/opportunities/{row.id}",
        "draft": f"/opportunities/{row.id}/edit",
        "back": back_to(row, reader),
        "is_new": False,
        "pipelines": [],
        "stage": None,
        "hiddens": form.hiddens(("from_cents", "from_currency")),
    }


def written(row: Opportunity) -> dict[str, list[str]]:
    return {
        "name": [row.name],
        "amount_cents": [words.amount(row.amount_cents)],
        "currency": [row.currency],
        "expected_close_on": [row.expected_close_on.isoformat() if row.expected_close_on else ""],
        "competitor": [row.competitor or ""],
        "from_cents": [str(row.amount_cents)],
        "from_currency": [row.currency],
    }


def back_to(row: Opportunity, reader: Reader) -> dict[str, str]:
    return {"href": f"/opportunities/{row.id}", "text": reader.t("Opportunity")}


def _fields(reader: Reader, customer: Customer, form: Form, inside: str) -> dict[str, Any]:
    """`inside`: the prefix of the fields' names in the change's errors."""
    t = reader.t
    return {
        "refused": form.refused,
        "draft_kept": False,
        "customer_name": customer.name,
        "back": back_link(reader, customer),
        "name": form.field("name", t("What it is about"), f"{inside}name"),
        "amount": form.optional("amount_cents", t("Amount")),
        "currency": currency_choice(form, t),
        "closes": form.optional("expected_close_on", t("Expected to close on"), f"{inside}expected_close_on"),
        "competitor": form.optional("competitor", t("Competitor"), f"{inside}competitor") if inside else None,
    }


def currency_choice(form: Form, t: Translator) -> dict[str, Any]:
    chosen = form.value("currency")
    known = {one: one for one in (*CURRENCIES, chosen) if one}
    return form.choices("currency", t("Currency"), options_of(known.items(), chosen))


def move_sheet(reader: Reader, sale: Sale, to: str, form: Form) -> dict[str, Any]:
    """The sheet that moves it. Requirements that can be met here are fields; others are named, with a link."""
    t, row, stages = reader.t, sale.row, sale.pipeline.stages
    target = stage_of(stages, to)
    if target is None:
        raise NotAllowed
    found = lacks(as_wire(sale.pipeline), as_wire(row), sale.facts, to)
    elsewhere = [lack for lack in found if lack["code"] not in FIELDS]
    told = {"lost_reason": [row.lost_reason or ""], "competitor": [row.competitor or ""]}
    form = Form(t, {**told, **form.typed, "from": [row.stage], "to": [to]}, form.errors, form.refused)
    call = next((lack["code"] for lack in found if lack["code"] in KINDS[1:]), "")
    wanted = {lack["code"] for lack in found} | (
        {"reason", "competitor"} if target["kind"] == "lost" else set()
    )
    return {
        "title": t("Move to %(stage)s", stage=stage_name(t, stages, to)),
        "action": f"/opportunities/{row.id}/move",
        "draft": f"/opportunities/{row.id}/move?to={to}",
        "draft_kept": False,
        "refused": form.refused,
        "back": back_to(row, reader),
        "line": f"{sale.customer.name} · {row.name}",
        "missing": [] if form.refused else [said(t, as_wire(sale.pipeline), lack) for lack in elsewhere],
        "approval": approval(sale, target, form, reader),
        "quote_href": f"/opportunities/{row.id}/quotes/new"
        if any(lack["code"] == "quote" for lack in found)
        else "",
        "contract_href": f"/opportunities/{row.id}/contracts/new"
        if any(lack["code"] == "signed_contract" for lack in found)
        else "",
        "activity_href": f"/activities/new?customer={sale.customer.id}&kind={call}" if call else "",
        "visit_href": visit_href(sale) if any(lack["code"] == "visit" for lack in found) else "",
        "file_href": f"/opportunities/{row.id}#files-title"
        if any(lack["code"] in FILES for lack in found)
        else "",
        "fields": [
            {**one, "type": kind, "optional": code not in target["required"]}
            for code, one, kind in _fields_of_move(form, row, reader)
            if code in wanted
        ],
        "note": form.field("note", t("What was done")),
        "save_text": t("Move to %(stage)s", stage=stage_name(t, stages, to)),
        "hiddens": form.hiddens(("from", "to")),
    }


def visit_href(sale: Sale) -> str:
    return f"/visits/new?customer={sale.customer.id}"


def _fields_of_move(form: Form, row: Opportunity, reader: Reader) -> list[tuple[str, dict[str, Any], str]]:
    t = reader.t
    return [
        ("amount", form.field("amount_cents", t("Amount in %(currency)s", currency=row.currency)), "text"),
        ("closing_date", form.field("expected_close_on", t("Expected to close on")), "date"),
        ("reason", form.field("lost_reason", t("Why it was lost")), "text"),
        ("competitor", form.field("competitor", t("Competitor")), "text"),
    ]
