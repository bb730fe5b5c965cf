"""A potential sale: where it stands, and what it lacks to go on."""

from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Index, and_, bindparam, func, or_
from sqlmodel import Field, SQLModel, col, select

from server.models.attachment import Attachment
from server.models.column import counter, json_list, key, link, maybe_link, maybe_moment, moment, wire
from server.models.customer import note_purchase
from server.models.field_history import edit_fields
from server.models.pipeline import DEFAULT_PIPELINE, Pipeline, as_wire
from server.models.refusal import NotAllowed, Refused
from server.models.visit_kind import Outcome
from server.pipeline import rulebook

if TYPE_CHECKING:
    from server.models.act import Act

# The keys of the stages of the pipeline that comes with Legwork.
STAGES = ("lead", "first_contact", "needs_confirmed", "quote", "contract", "payment", "won", "lost")
LONGEST_HISTORY: Final = 200


class Opportunity(SQLModel, table=True):
    """`moves`: `{by, since, at, from, to, note?}` each, the latest last; it stood at `from` from `since` until `at`.
    `approvals`: `{by, at, stage, amount_cents, currency, note?}` each. `approval_requests`: see approval.py."""

    __tablename__ = "opportunities"
    __collection__ = "opportunities"
    __table_args__ = (Index("ix_opportunities_board", "pipeline_id", "stage", "stage_since"),)

    id: str = key()
    customer_id: str = link("customers.id")
    owner_id: str = link("users.id")
    name: str
    amount_cents: int = counter()
    currency: str = Field(max_length=3)
    pipeline_id: str = link("pipelines.id", default=DEFAULT_PIPELINE, index=False)
    stage: str
    expected_close_on: date | None = None
    lost_reason: str | None = None
    competitor: str | None = None
    moves: list[dict[str, Any]] = json_list()
    approvals: list[dict[str, Any]] = json_list()
    approval_requests: list[dict[str, Any]] = json_list()
    # Of the latest request; None again when it lapses.
    approval_asked_by: str | None = maybe_link("users.id", index=False)
    approval_asked_at: datetime | None = maybe_moment(index=True)
    approval_answered_at: datetime | None = maybe_moment(index=True)
    created_at: datetime = moment(index=True)
    stage_since: datetime = moment()
    deleted_at: datetime | None = maybe_moment()


class Lacking(Refused):
    """A stage requires what is not there. Its sentence needs the pipeline, because people name stages themselves."""

    def __init__(self, pipeline: dict[str, Any], found: list[rulebook.Lack], to: str) -> None:
        fields = rulebook.fields_of(found)
        super().__init__("invalid", detail={"fields": fields} if fields else {})
        self.pipeline, self.found, self.to = pipeline, found, to

    def said(self, t: Callable[..., str]) -> str:
        return rulebook.refusal(t, self.pipeline, self.found, self.to)


def create(
    act: "Act",
    *,
    opportunity_id: str,
    customer_id: str,
    name: str,
    amount_cents: int,
    currency: str,
    stage: str,
    expected_close_on: date | None = None,
    pipeline_id: str = DEFAULT_PIPELINE,
) -> None:
    act.editable(customer_id)
    act.rows.check_free(Opportunity, opportunity_id)
    new: dict[str, Any] = {
        "id": opportunity_id,
        "customer_id": customer_id,
        "owner_id": act.by.id,
        "name": name,
        "amount_cents": amount_cents,
        "currency": currency,
        "pipeline_id": _open_pipeline(act, pipeline_id).id,
        "expected_close_on": expected_close_on,
        "created_at": act.moment,
        "stage_since": act.moment,
    }
    kind = _check_requirements(act, {**as_wire(Opportunity(**new, stage="")), "stage": None}, stage)
    # Again: it may have been retired while _check_requirements waited for its lock.
    _open_pipeline(act, pipeline_id)
    act.rows.insert(Opportunity, **new, stage=stage)
    if kind == "won":
        note_purchase(act, customer_id)


def _open_pipeline(act: "Act", pipeline_id: str) -> Pipeline:
    pipeline = act.session.get(Pipeline, pipeline_id)
    if pipeline is None or pipeline.retired_at is not None:
        raise NotAllowed
    return pipeline


def _check_requirements(act: "Act", opportunity: dict[str, Any], to: str) -> str:
    """Raises Lacking if the stage `to` requires what is not there. Returns the kind of that stage."""
    # An admin who removes a stage waits for this transaction, or this one waits for the admin.
    shared = {"read": True}
    pipeline = as_wire(act.session.get_one(Pipeline, opportunity["pipeline_id"], with_for_update=shared))
    facts = facts_of(act, opportunity, rulebook.kinds_of(pipeline["stages"]))
    found = rulebook.lacks(pipeline, opportunity, facts, to)
    if found:
        raise Lacking(pipeline, found, to)
    return next(str(stage["kind"]) for stage in pipeline["stages"] if stage["key"] == to)


def facts_of(act: "Act", opportunity: dict[str, Any], kinds: tuple[str, ...]) -> dict[str, Any]:
    """What the rulebook must know of the customer, its files, quotes and contracts: see `as_facts`. `kinds`: of visits,
    those whose last moment it asks for."""
    act.rows.write()
    asked = {"customer_id": opportunity["customer_id"], "opportunity_id": opportunity["id"]}
    return as_facts(kinds, *act.session.exec(_facts(kinds), params=asked).one())


@cache
def _facts(kinds: tuple[str, ...]) -> Any:
    return select(*fact_columns(bindparam("customer_id"), bindparam("opportunity_id"), kinds))


def fact_columns(customer_id: Any, opportunity_id: Any, kinds: tuple[str, ...]) -> tuple[Any, ...]:
    """SQL subqueries, in the order of the parameters of `as_facts`. The ids are parameters, for one opportunity, or
    columns, for each row of a statement."""
    from server.models.contract import Contract
    from server.models.quote import Quote
    from server.models.visit import Visit

    # coalesce, because calls need no outcome.
    met_somebody = func.coalesce(Visit.outcome, "") != Outcome.NOBODY_THERE
    stands = met_somebody, col(Visit.withdrawn_at).is_(None), col(Visit.corrected_by).is_(None)
    done: list[Any] = [
        select(func.max(Visit.started_at)).where(
            Visit.customer_id == customer_id, Visit.kind == kind, *stands
        )
        for kind in kinds
    ]
    file = select(func.max(Attachment.created_at)).where(
        Attachment.customer_id == customer_id,
        col(Attachment.withdrawn_at).is_(None),
        col(Attachment.refused_at).is_(None),
        or_(col(Attachment.opportunity_id).is_(None), col(Attachment.opportunity_id) == opportunity_id),
    )
    quoted = select(func.min(Quote.discount_bp)).where(
        Quote.opportunity_id == opportunity_id,
        col(Quote.sent_at).is_not(None),
        col(Quote.declined_at).is_(None),
        col(Quote.withdrawn_at).is_(None),
    )
    signed = select(func.count(col(Contract.signed_at))).where(
        Contract.opportunity_id == opportunity_id,
        col(Contract.cancelled_at).is_(None),
        col(Contract.withdrawn_at).is_(None),
    )
    return tuple(query.scalar_subquery() for query in (file, quoted, signed, *done))


def as_facts(
    kinds: tuple[str, ...],
    filed: datetime | None,
    discount_bp: int | None,
    signed: int,
    *done: datetime | None,
) -> dict[str, Any]:
    return {
        **{kind: at and wire(at) for kind, at in zip(kinds, done, strict=True)},
        "file": filed and wire(filed),
        "discount_bp": discount_bp,
        "signed": signed > 0,
    }


def move(
    act: "Act",
    *,
    opportunity_id: str,
    from_: str,
    to: str,
    amount_cents: int | None = None,
    note: str | None = None,
    **filled_in: Any,
) -> None:
    """`from_`: the stage that the user saw; Refused if somebody moved it elsewhere meanwhile. `amount_cents`: filled in
    where there was none. `filled_in`: expected_close_on, lost_reason, competitor. Raises Lacking."""
    opportunity = editable(act, opportunity_id)
    if opportunity.stage == to:
        return
    if opportunity.stage != from_:
        raise Refused("conflict", detail={"current": opportunity.stage})
    if amount_cents is not None:
        check_amount(opportunity, 0, opportunity.currency, amount_cents, opportunity.currency)
        filled_in["amount_cents"] = amount_cents
    changed = as_wire(opportunity) | {name: wire(value) for name, value in filled_in.items()}
    kind = _check_requirements(act, changed, to)
    edit_fields(act, opportunity, filled_in)
    set_stage(opportunity, to, act.by.id, act.moment, **({"note": note} if note else {}))
    if kind == "won":
        note_purchase(act, opportunity.customer_id)


def set_stage(opportunity: Opportunity, to: str, by: str, at: datetime, **more: str) -> None:
    stood = {"since": wire(opportunity.stage_since), "at": wire(at)}
    done = {"by": by, **stood, "from": opportunity.stage, "to": to, **more}
    opportunity.moves = [*opportunity.moves, done][-LONGEST_HISTORY:]
    opportunity.stage = to
    opportunity.stage_since = at
    let_request_lapse(opportunity)


def editable(act: "Act", opportunity_id: str) -> Opportunity:
    opportunity = act.rows.one(Opportunity, opportunity_id)
    act.editable(opportunity.customer_id)
    if opportunity.deleted_at is not None:
        raise Refused("deleted")
    return opportunity


def check_amount(
    opportunity: Opportunity, from_cents: int, from_currency: str, cents: int, currency: str
) -> bool:
    """Whether setting this amount would change anything. `from_cents`, `from_currency`: what the user saw;
    Refused if it is something else by now."""
    now = (opportunity.amount_cents, opportunity.currency)
    if now == (cents, currency):
        return False
    if now != (from_cents, from_currency):
        raise Refused("conflict", detail={"current": list(now)})
    return True


def edit(act: "Act", *, opportunity_id: str, fields: dict[str, Any]) -> None:
    edit_fields(act, editable(act, opportunity_id), fields)


def revalue(
    act: "Act", *, opportunity_id: str, from_cents: int, from_currency: str, amount_cents: int, currency: str
) -> None:
    """Sets another amount, if it still is the one that the user saw."""
    opportunity = editable(act, opportunity_id)
    if check_amount(opportunity, from_cents, from_currency, amount_cents, currency):
        edit_fields(act, opportunity, {"amount_cents": amount_cents, "currency": currency})
        let_request_lapse(opportunity)


def is_waiting() -> Any:
    """SQL: somebody asked for approval, and nobody has answered."""
    asked = col(Opportunity.approval_asked_at).is_not(None), col(Opportunity.deleted_at).is_(None)
    return and_(*asked, col(Opportunity.approval_answered_at).is_(None))


def let_request_lapse(opportunity: Opportunity) -> None:
    """Ends an unanswered request for approval: it was for another amount, or for a move that is made already."""
    if opportunity.approval_answered_at is None:
        opportunity.approval_asked_at = opportunity.approval_asked_by = None
