"""Approval of a move to the next stage: who asked, what was answered, who may answer. Twin of pwa/views/approval.js."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from server import words
from server.models.approval import open_request
from server.models.scope import manages, may_write
from server.pipeline.rulebook import stage_name
from server.views.form import Form
from server.views.reader import Reader, joined
from server.views.sales import codes_missing, next_stage

if TYPE_CHECKING:
    from server.views.opportunity import Sale


def approval(sale: "Sale", people: Mapping[str, str], form: Form, reader: Reader) -> dict[str, Any] | None:
    """None unless the next stage requires approval and it has not been given."""
    t, stages, row = reader.t, sale.pipeline.stages, sale.row
    following = next_stage(stages, row.stage)
    if following is None or "approval" not in codes_missing(sale.pipeline, row, sale.facts, following):
        return None
    wanted = {"stage": following["key"], "amount_cents": row.amount_cents, "currency": row.currency}
    last = row.approval_requests[-1] if row.approval_requests else {}
    is_this = wanted.items() <= last.items()
    waits = is_this and open_request(row) is not None
    declined = is_this and last.get("answer") == "declined"
    can_answer = may_write(reader.user) and manages(reader.user)
    name = stage_name(t, stages, following["key"])
    amount = words.money(row.amount_cents, row.currency)
    return {
        "hiddens": [{"name": key, "value": str(value)} for key, value in wanted.items()],
        "asked": said(t("Approval asked for"), last["by"], last["at"], people, reader) if waits else "",
        "declined": said(t("Not approved"), last["answered_by"], last["answered_at"], people, reader)
        if declined
        else "",
        "because": last["note"] if declined else "",
        "can_ask": may_write(reader.user) and not can_answer and not waits,
        "can_answer": can_answer,
        "can_decline": can_answer and waits,
        "text": t("Approve %(stage)s at %(amount)s", stage=name, amount=amount),
        "refused": form.refused,
        "note": form.field("note", t("Your answer in a sentence")),
    }


def said(what: str, by: str, at: str, people: Mapping[str, str], reader: Reader) -> str:
    return joined(what, people.get(by, ""), reader.moment(datetime.fromisoformat(at)))
