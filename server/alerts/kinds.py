"""The kinds of alert. A new one is a small class here, or in selling.py, and an entry in KINDS.

`terms` are the values that its form asks for. Every kind has a `limit`; the alert holds from that number on.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import String, and_, case, cast, exists, false, func, literal, or_
from sqlmodel import col, select

from server import words
from server.alerts.kind import DAYS, LIMIT, AlertKind, Terms
from server.alerts.selling import BehindQuota, BigDiscount, OrdersLess
from server.models.column import each_text
from server.models.opportunity import Opportunity
from server.models.visit import Visit
from server.pipeline.rulebook import STAGE_SENTENCES
from server.questions.asking import Asking
from server.questions.measures import MEASURES, Measure
from server.questions.subjects import ACTIVITIES, CUSTOMERS, OPPORTUNITIES
from server.reminders.kinds import SILENT_SINCE
from server.translations import Translator, msgid
from server.views.attainment import percent_of
from sync.changes import Arg

MOST_COMPETITOR: Final = 100


class Cold(AlertKind):
    name, label = "cold", msgid("Customers going cold")

    def measure(self, terms: Terms) -> Measure:
        return MEASURES["cold"]

    def said(self, t: Translator, terms: Terms, number: int) -> str:
        return t.n("%(n)s customer is going cold", "%(n)s customers are going cold", number)


class ColdShare(AlertKind):
    name, label = "cold_share", msgid("Share of customers going cold")
    limit_label = msgid("At least what percentage")
    specs: Mapping[str, Arg] = {"limit": Arg("integer", required=True, min=1, max=100)}
    usual: Mapping[str, int] = {"limit": 20}

    def measure(self, terms: Terms) -> Measure:
        return ShareCold()

    def behind(self, terms: Terms) -> Measure:
        return MEASURES["cold"]

    def said(self, t: Translator, terms: Terms, number: int) -> str:
        return t("%(n)s%% of the customers are going cold", n=number)

    def limit_said(self, t: Translator, terms: Terms) -> str:
        return t("You asked to hear of it at %(limit)s%% or more.", limit=terms["limit"])


class ShareCold(Measure):
    subject, unit, is_now = CUSTOMERS, "percent", True

    def figures(self, asking: Asking) -> Sequence[Any]:
        return func.sum(case((asking.is_cold, 1), else_=0)), func.count()

    def value(self, rows: Sequence[Sequence[int]]) -> int | None:
        cold, customers = sum(row[0] for row in rows), sum(row[1] for row in rows)
        return percent_of(cold, customers) if customers else None


class Stuck(AlertKind):
    """Without `days`, each stage's own limit (`stuck_after_days`) counts."""

    name, label = "stuck", msgid("Opportunities that are stuck")
    specs: Mapping[str, Arg] = {"limit": LIMIT, "days": Arg("integer", min=1, max=3650)}
    usual: Mapping[str, int] = {"limit": 5}

    def measure(self, terms: Terms) -> Measure:
        return StandingTooLong(terms.get("days"))

    def said(self, t: Translator, terms: Terms, number: int) -> str:
        if not terms.get("days"):
            return t.n("%(n)s opportunity is stuck", "%(n)s opportunities are stuck", number)
        return t.n(
            "%(n)s opportunity has stood for more than %(days)s",
            "%(n)s opportunities have stood for more than %(days)s",
            number,
            days=words.days(terms["days"], t.locale),
        )


class StandingTooLong(Measure):
    subject, is_now = OPPORTUNITIES, True

    def __init__(self, days: int | None) -> None:
        self.days = days

    def where(self, asking: Asking) -> Sequence[Any]:
        """Days are those of the reader's calendar, as on the board."""
        if self.days:
            return asking.at_stages("open"), _stood_for(self.days, asking)
        stuck = [
            and_(
                col(Opportunity.pipeline_id) == pipeline.id,
                col(Opportunity.stage) == stage["key"],
                _stood_for(stage["stuck_after_days"], asking),
            )
            for pipeline in asking.company.pipelines
            for stage in pipeline.stages
            if stage["kind"] == "open" and stage["stuck_after_days"] is not None
        ]
        return (or_(false(), *stuck),)


def _stood_for(days: int, asking: Asking) -> Any:
    return col(Opportunity.stage_since) < _days_ago(days, asking)


def _days_ago(days: int, asking: Asking) -> Any:
    return asking.reader.start_of(asking.reader.in_days(-days))


class CompetitorSeen(AlertKind):
    name, label = "competitor", msgid("A competitor seen again and again")
    limit_label = msgid("At least how many times")
    specs: Mapping[str, Arg] = {
        "competitor": Arg("text", required=True, max=MOST_COMPETITOR),
        "limit": LIMIT,
        "days": DAYS,
    }
    usual: Mapping[str, int] = {"limit": 3, "days": 30}

    def measure(self, terms: Terms) -> Measure:
        return Sightings(terms["competitor"], terms["days"])

    def said(self, t: Translator, terms: Terms, number: int) -> str:
        return t.n(
            "%(name)s was seen %(n)s time within %(days)s",
            "%(name)s was seen %(n)s times within %(days)s",
            number,
            name=terms["competitor"],
            days=words.days(terms["days"], t.locale),
        )


class Sightings(Measure):
    """Visits, calls and messages that name the competitor, within the last `days` days, today included."""

    subject, is_now = ACTIVITIES, True

    def __init__(self, competitor: str, days: int) -> None:
        self.competitor, self.days = competitor, days

    def where(self, asking: Asking) -> Sequence[Any]:
        seen = each_text(col(Visit.competitors)).table_valued("value")
        same = func.lower(cast(seen.c.value, String)) == func.lower(literal(self.competitor))
        named = exists(select(1).select_from(seen).where(same).correlate(Visit))
        return named, col(Visit.started_at) >= _days_ago(self.days - 1, asking)


class Quiet(AlertKind):
    """Opportunities at one stage, without a visit, call, message or move for more than `days` days."""

    name, label = "quiet", msgid("Opportunities at a stage without activity")
    specs: Mapping[str, Arg] = {
        "stage": Arg("text", required=True, max=100),
        "days": DAYS,
        "limit": LIMIT,
    }
    usual: Mapping[str, int] = {"limit": 3, "days": 14}

    def measure(self, terms: Terms) -> Measure:
        return WithoutActivity(terms["stage"], terms["days"])

    def said(self, t: Translator, terms: Terms, number: int) -> str:
        key = terms["stage"].partition(":")[2]
        stage = terms.get("stage_name") or (t(STAGE_SENTENCES[key]) if key in STAGE_SENTENCES else key)
        return t.n(
            "%(n)s opportunity at %(stage)s without activity for more than %(days)s",
            "%(n)s opportunities at %(stage)s without activity for more than %(days)s",
            number,
            stage=stage,
            days=words.days(terms["days"], t.locale),
        )


class WithoutActivity(Measure):
    subject, is_now = OPPORTUNITIES, True

    def __init__(self, stage: str, days: int) -> None:
        self.stage, self.days = stage, days

    def where(self, asking: Asking) -> Sequence[Any]:
        pipeline, _, key = self.stage.partition(":")
        at = col(Opportunity.pipeline_id) == pipeline, col(Opportunity.stage) == key
        before = _days_ago(self.days, asking)
        return *at, _stood_for(self.days, asking), before > SILENT_SINCE


class Late(AlertKind):
    name, label = "late", msgid("Late follow-ups")
    usual: Mapping[str, int] = {"limit": 5}

    def measure(self, terms: Terms) -> Measure:
        return MEASURES["late"]

    def said(self, t: Translator, terms: Terms, number: int) -> str:
        return t.n("%(n)s follow-up is late", "%(n)s follow-ups are late", number)


KINDS: Final[dict[str, AlertKind]] = {
    kind.name: kind
    for kind in (
        Cold(), ColdShare(), Stuck(), CompetitorSeen(), Quiet(), Late(), BehindQuota(), OrdersLess(), BigDiscount(),
    )
}  # fmt: skip
