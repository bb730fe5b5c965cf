"""Approval of a move to the next stage: who asked, what was answered, who may answer. Twin of pwa/views/approval.js."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from server import words
from server.models.approval import open_request
from server.models.scope import may_manage, may_write
from server.pipeline.rulebook import Stage, stage_name
from server.views.form import Form
from server.views.reader import Reader, joined
from server.views.sales import codes_missing

if TYPE_CHECKING:
    from server.views.opportunity import Sale


def approval(sale: "Sale", following: Stage | None, form: Form, reader: Reader) -> dict[str, Any]:
    """What the stage still needs of a manager's approval. Empty unless it requires one that has not been given."""
    t, stages, row, people = reader.t, sale.pipeline.stages, sale.row, sale.people
    if following is None or "approval" not in codes_missing(sale.pipeline, row, sale.facts, following):
        return {"refused": form.refused, "said": "", "because": "", "action": ""}
    wanted = {"stage": following["key"], "amount_cents": row.amount_cents, "currency": row.currency}
    last = row.approval_requests[-1] if row.approval_requests else {}
    is_this = wanted.items() <= last.items()
    waits = is_this and open_request(row) is not None
    declined = is_this and last.get("answer") == "declined"
    can_answer = may_manage(reader.user)
    name = stage_name(t, stages, following["key"])
    amount = words.money(row.amount_cents, row.currency)
    way = "approve" if can_answer else "ask" if may_write(reader.user) and not waits else ""
    stands = ""
    if waits:
        stands = said(t("Approval asked for"), last["by"], last["at"], people, reader)
    elif declined:
        stands = said(t("Not approved"), last["answered_by"], last["answered_at"], people, reader)
    elif not is_this and last.get("stage") == following["key"]:
        before = words.money(last["amount_cents"], last["currency"])
        stands = t("Approval was asked for at %(amount)s, which has changed.", amount=before)
    return {
        "hiddens": [{"name": key, "value": str(value)} for key, value in wanted.items()],
        "said": stands,
        "because": last["note"] if declined else "",
        "action": way and f"/opportunities/{row.id}/{way}",
        "can_decline": can_answer and waits,
        "text": t("Approve %(stage)s at %(amount)s", stage=name, amount=amount)
        if can_answer
        else t("Ask for approval"),
        "refused": form.refused,
        "note": form.field("note", t("Your answer in a sentence")),
    }


def said(what: str, by: str, at: str, people: Mapping[str, str], reader: Reader) -> str:
    return joined(what, people.get(by, ""), reader.moment(datetime.fromisoformat(at)))
