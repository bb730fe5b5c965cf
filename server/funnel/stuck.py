"""Opportunities that stand longer than their stage allows, and what may be the reason. Only the rulebook, which is
Python, knows what is missing, so their rows are read: those that have stood longest, at most MOST_STUCK."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, exists, func, or_
from sqlalchemy import select as sql_select
from sqlmodel import col, select

from server.alerts.kinds import StandingTooLong
from server.database import UtcMoment
from server.forecast.won import read_rows
from server.funnel.moves import Funnel
from server.models.column import each_text, wire
from server.models.customer import Customer
from server.models.opportunity import Opportunity, as_facts, fact_columns
from server.models.quote import Quote
from server.models.user import User
from server.models.visit import Visit
from server.pipeline.rulebook import Lack, kinds_of, lacks, stage_of
from server.questions.subjects import HAPPENED
from server.translations import msgid
from server.views.sales import next_stage

MOST_STUCK: Final = 3_000
REASONS: Final = {
    "required": msgid("A required action is missing"),
    "approval": msgid("Waits for approval"),
    "silent": msgid("Nobody was in touch"),
    "price": msgid("The price"),
    "competitor": msgid("A competitor"),
    "unknown": msgid("No reason found"),
}
HINTS: Final = {
    "required": msgid("For the next stage"),
    "approval": msgid("A manager’s, for the next stage"),
    "silent": msgid("For longer than the stage allows"),
    "price": msgid("The customer is sensitive to it, or declined a quote"),
    "competitor": msgid("Named, or seen there since it came to the stage"),
    "unknown": msgid("Ask who looks after it"),
}


class Stuck(NamedTuple):
    opportunity_id: str
    stage: str
    key: str
    reasons: tuple[str, ...]  # of REASONS, and at least one


# The columns by which the rulebook judges an opportunity.
JUDGED: Final = (
    "id", "pipeline_id", "stage", "stage_since", "created_at", "amount_cents", "currency", "expected_close_on",
    "lost_reason", "competitor", "approvals",
)  # fmt: skip


def stuck(funnel: Funnel) -> list[Stuck]:
    """Those that have stood longest first."""
    stages = {pipeline.id: pipeline.stages for pipeline in funnel.pipelines}
    kinds = kinds_of([stage for some in stages.values() for stage in some])
    query: Any = (
        sql_select(
            *(col(getattr(Opportunity, name)) for name in JUDGED),
            funnel.group, _declined_quote(), _competitor(), col(Customer.price_sensitivity),
            func.coalesce(col(Customer.last_touch_at), col(Customer.created_at), type_=UtcMoment()),
            *fact_columns(col(Opportunity.customer_id), col(Opportunity.id), kinds),
        )
        .select_from(Opportunity)
        .join(Customer, col(Customer.id) == col(Opportunity.customer_id))
        .where(*funnel.conditions, *StandingTooLong(None).where(funnel.asking))
        .order_by(col(Opportunity.stage_since), col(Opportunity.id))
    )  # fmt: skip
    number = len(JUDGED)
    found = []
    for row in read_rows(funnel.asking.session, query.limit(MOST_STUCK)):
        judged = {name: wire(value) for name, value in zip(JUDGED, row[:number], strict=True)}
        key, has_declined, has_competitor, sensitivity, touched_at, *facts = row[number:]
        mine = stages[judged["pipeline_id"]]
        to, told = next_stage(mine, judged["stage"]), as_facts(kinds, *facts)
        codes = lacks({"stages": mine}, judged, told, to["key"]) if to else []
        is_about_price = has_declined or sensitivity == "high"
        allowed = (stage_of(mine, judged["stage"]) or {}).get("stuck_after_days") or 0
        days = (funnel.asking.reader.today - funnel.asking.reader.day_of(touched_at)).days
        reasons = _reasons(codes, days > allowed, is_about_price, has_competitor)
        found.append(Stuck(judged["id"], judged["stage"], key, reasons))
    return found


def named(funnel: Funnel, some: Sequence[Stuck]) -> list[Any]:
    """The rows of one page, in the order of `some`: opportunity, customer, and the name of the customer's owner or
    None."""
    query = (
        sql_select(Opportunity, Customer, col(User.name))
        .join(Customer, col(Customer.id) == col(Opportunity.customer_id))
        .outerjoin(User, col(User.id) == col(Customer.owner_id))
        .where(*funnel.conditions, col(Opportunity.id).in_([one.opportunity_id for one in some]))
    )
    found = {row[0].id: row for row in funnel.asking.session.execute(query)}
    return [found[one.opportunity_id] for one in some]


def _declined_quote() -> Any:
    """Whether the customer declined a quote of the opportunity."""
    of_it = col(Quote.opportunity_id) == col(Opportunity.id)
    return exists().where(of_it, col(Quote.declined_at).is_not(None), col(Quote.withdrawn_at).is_(None))


def _competitor() -> Any:
    """Whether a competitor is named, or was seen at the customer since the opportunity came to its stage."""
    rival = each_text(col(Visit.competitors)).table_valued("value", name="rival")
    there = and_(
        col(Visit.customer_id) == col(Customer.id), col(Visit.started_at) >= col(Opportunity.stage_since)
    )
    any_rival = exists(select(1).select_from(rival).correlate(Visit))
    return or_(col(Opportunity.competitor).is_not(None), exists().where(there, *HAPPENED, any_rival))


def _reasons(
    lacking: Sequence[Lack], is_silent: bool, is_about_price: bool, has_competitor: bool
) -> tuple[str, ...]:
    codes = [lack["code"] for lack in lacking]
    holds = {
        "required": any(code != "approval" for code in codes),
        "approval": "approval" in codes,
        "silent": is_silent,
        "price": is_about_price,
        "competitor": has_competitor,
    }
    return tuple(name for name, is_so in holds.items() if is_so) or ("unknown",)
