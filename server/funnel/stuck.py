"""What stands longer than its stage allows, and what may be the reason. The rulebook says what is missing, so these are
read as rows: those that have stood longest, up to a limit."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, exists, or_
from sqlalchemy import select as sql_select
from sqlmodel import col, select

from server.alerts.kinds import StandingTooLong
from server.funnel.moves import Funnel
from server.models.column import each_text
from server.models.customer import Customer
from server.models.opportunity import Opportunity, as_facts, fact_columns
from server.models.quote import Quote
from server.models.user import User
from server.models.visit import Visit
from server.pipeline.rulebook import stage_of
from server.questions.subjects import HAPPENED
from server.translations import msgid
from server.views.sales import codes_missing, next_stage

MOST_STUCK: Final = 3_000
REASONS: Final = {
    "required": msgid("A required action is missing"),
    "approval": msgid("Waits for approval"),
    "silent": msgid("Nobody was in touch"),
    "price": msgid("The price"),
    "competitor": msgid("A competitor"),
    "unknown": msgid("No reason to be seen"),
}
HINTS: Final = {
    "required": msgid("For the next stage"),
    "approval": msgid("A manager’s, for the next stage"),
    "silent": msgid("For longer than the stage allows to stand"),
    "price": msgid("The customer is sensitive to it, or declined a quote"),
    "competitor": msgid("Named, or seen there since it stands"),
    "unknown": msgid("Ask who looks after it"),
}


class Stuck(NamedTuple):
    opportunity: Opportunity
    customer: Customer
    owner: str | None
    key: str
    reasons: tuple[str, ...]  # of REASONS, and at least one


def stuck(funnel: Funnel) -> list[Stuck]:
    """Those that have stood longest first."""
    declined, seen = _declined(), _seen()
    query: Any = (
        sql_select(
            Opportunity, Customer, col(User.name), funnel.group, declined, seen,
            *fact_columns(col(Opportunity.customer_id), col(Opportunity.id)),
        )
        .join(Customer, col(Customer.id) == col(Opportunity.customer_id))
        .outerjoin(User, col(User.id) == col(Customer.owner_id))
        .where(*funnel.standing, *StandingTooLong(None).where(funnel.asking))
        .order_by(col(Opportunity.stage_since), col(Opportunity.id))
    )  # fmt: skip
    found = funnel.asking.session.execute(query.limit(MOST_STUCK)).all()
    return [
        Stuck(row, customer, owner, key, _reasons(funnel, row, customer, as_facts(*facts), declined, seen))
        for row, customer, owner, key, declined, seen, *facts in found
    ]


def _declined() -> Any:
    of_it = col(Quote.opportunity_id) == col(Opportunity.id)
    return exists().where(of_it, col(Quote.declined_at).is_not(None), col(Quote.withdrawn_at).is_(None))


def _seen() -> Any:
    rival = each_text(col(Visit.competitors)).table_valued("value", name="rival")
    there = and_(
        col(Visit.customer_id) == col(Customer.id), col(Visit.started_at) >= col(Opportunity.stage_since)
    )
    any_rival = exists(select(1).select_from(rival).correlate(Visit))
    return or_(col(Opportunity.competitor).is_not(None), exists().where(there, *HAPPENED, any_rival))


def _reasons(
    funnel: Funnel, row: Opportunity, customer: Customer, facts: Mapping[str, Any], declined: bool, seen: bool
) -> tuple[str, ...]:
    stages = funnel.pipeline.stages
    stage, ahead = stage_of(stages, row.stage), next_stage(stages, row.stage)
    codes = codes_missing(funnel.pipeline, row, facts, ahead) if ahead else []
    allowed = (stage or {}).get("stuck_after_days") or 0
    reader = funnel.asking.reader
    since = reader.day_of(customer.last_touch_at or customer.created_at)
    holds = {
        "required": any(code != "approval" for code in codes),
        "approval": "approval" in codes,
        "silent": (reader.today - since).days > allowed,
        "price": declined or customer.price_sensitivity == "high",
        "competitor": seen,
    }
    return tuple(name for name, is_so in holds.items() if is_so) or ("unknown",)
