"""Asking a manager to let an opportunity go on to a stage, at its amount, and the answer."""

from typing import TYPE_CHECKING, Any, Final

from server.models.column import wire
from server.models.opportunity import Opportunity, check_amount, editable
from server.models.refusal import Refused

if TYPE_CHECKING:
    from server.models.act import Act

MOST_REQUESTS: Final = 50
APPROVAL_SENTENCES: Final = {"answered": "Somebody answered this in the meantime. Please look and decide."}


def open_request(opportunity: Opportunity) -> dict[str, Any] | None:
    """The latest request, if it waits for an answer: `{by, at, stage, amount_cents, currency}`. Once answered, a
    request also has `{answer, answered_by, answered_at, note?}`."""
    if opportunity.approval_asked_at is None or opportunity.approval_answered_at is not None:
        return None
    return opportunity.approval_requests[-1]


def ask(act: "Act", *, opportunity_id: str, stage: str, amount_cents: int, currency: str) -> None:
    """Does nothing if the same is approved already, or is being asked for."""
    opportunity = editable(act, opportunity_id)
    check_amount(opportunity, amount_cents, currency, amount_cents, currency)
    wanted = {"stage": stage, "amount_cents": amount_cents, "currency": currency}
    waiting = open_request(opportunity)
    if any(wanted.items() <= one.items() for one in (*opportunity.approvals, waiting or {})):
        return
    asked = {"by": act.by.id, "at": wire(act.moment), **wanted}
    opportunity.approval_requests = [*opportunity.approval_requests, asked][-MOST_REQUESTS:]
    opportunity.approval_asked_by, opportunity.approval_asked_at = act.by.id, act.moment
    opportunity.approval_answered_at = None


def approve(
    act: "Act", *, opportunity_id: str, stage: str, amount_cents: int, currency: str, note: str | None = None
) -> None:
    """A manager lets it go on to a stage, at this amount; nobody need have asked."""
    opportunity = editable(act, opportunity_id)
    act.require(act.manages)
    check_amount(opportunity, amount_cents, currency, amount_cents, currency)
    given = {
        "by": act.by.id,
        "at": wire(act.moment),
        "stage": stage,
        "amount_cents": amount_cents,
        "currency": currency,
    }
    others = [other for other in opportunity.approvals if other["stage"] != stage]
    opportunity.approvals = [*others, given | ({"note": note} if note else {})]
    waiting = open_request(opportunity)
    if waiting is not None and waiting["stage"] == stage:
        _answer(act, opportunity, "given", note)


def decline(
    act: "Act", *, opportunity_id: str, stage: str, amount_cents: int, currency: str, note: str
) -> None:
    opportunity = editable(act, opportunity_id)
    act.require(act.manages)
    asked = {"stage": stage, "amount_cents": amount_cents, "currency": currency}
    waiting = open_request(opportunity)
    if waiting is not None and asked.items() <= waiting.items():
        _answer(act, opportunity, "declined", note)
        return
    last = opportunity.approval_requests[-1] if opportunity.approval_requests else {}
    done = {**asked, "answer": "declined", "answered_by": act.by.id, "note": note}
    if not done.items() <= last.items():
        raise Refused("conflict", APPROVAL_SENTENCES["answered"], {"current": last.get("answer")})


def _answer(act: "Act", opportunity: Opportunity, answer: str, note: str | None) -> None:
    *before, asked = opportunity.approval_requests
    said = {"answer": answer, "answered_by": act.by.id, "answered_at": wire(act.moment)}
    opportunity.approval_requests = [*before, {**asked, **said, **({"note": note} if note else {})}]
    opportunity.approval_answered_at = act.moment
