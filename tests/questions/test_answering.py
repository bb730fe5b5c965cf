"""Every figure is what counting by hand gives, whoever asks, and leads to as many rows as it says."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from server.database import Database
from server.models.user import Role, User
from server.models.visit import Visit
from server.questions.answering import Answer, Question, answers
from server.questions.asking import Asking
from server.questions.definition import Definition
from server.questions.dimensions import ALWAYS, dimensions_of
from server.questions.measures import MEASURES
from server.questions.periods import span_of
from server.views.reader import Reader
from tests.cast import Cast
from tests.questions.conftest import Company

Reads = Callable[[User], Reader]
OPEN = ("lead", "first_contact", "needs_confirmed", "quote", "contract", "payment")


class ByHand:
    """The same figures from plain lists."""

    def __init__(self, company: Company, reader: Reader) -> None:
        self.company, self.reader, self.zone = company, reader, ZoneInfo(reader.time_zone)

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def sees(self, customer_id: str) -> bool:
        customer, user = self.company.customers.get(customer_id), self.reader.user
        near = user.role == Role.EXECUTIVE or (customer and customer.territory_id == user.territory_id)
        return customer is not None and bool(near)

    def things(self, definition: Definition) -> Iterator[Any]:
        span = span_of(definition.period, self.reader.today)
        measure = definition.measure
        if measure in ("visits", "touched"):
            for visit in self.company.visits:
                stands = visit.started_at and not visit.withdrawn_at and not visit.corrected_by
                is_meant = stands and (measure == "touched" or visit.kind == "visit")
                if is_meant and self.sees(visit.customer_id) and self.day(visit.started_at) in span:
                    yield visit
        elif measure in ("customers", "cold"):
            for customer in self.company.customers.values():
                silent = (self.reader.today - self.day(customer.last_touch_at or customer.created_at)).days
                if customer.lifecycle != "lost" and self.sees(customer.id) and (
                    measure == "customers" or silent > customer.cadence_days
                ):  # fmt: skip
                    yield customer
        else:
            kinds = {"won_amount": ("won",), "conversion": ("won", "lost")}.get(measure, OPEN)
            for sale in self.company.opportunities:
                if sale.deleted_at or not self.sees(sale.customer_id) or sale.stage not in kinds:
                    continue
                if kinds is OPEN or self.day(sale.stage_since) in span:
                    yield sale

    def keys(self, thing: Any, name: str, measure: str) -> list[str]:
        customer = self.company.customers[getattr(thing, "customer_id", thing.id)]
        if name == "rep":
            return [thing.author_id if isinstance(thing, Visit) else customer.owner_id or ""]
        if name == "competitor":
            return thing.competitors if isinstance(thing, Visit) else [thing.competitor or ""]
        if name == "stage":
            return [f"{thing.pipeline_id}:{thing.stage}"]
        if name in ("month", "week"):
            return [self.time(thing, name, measure)]
        if name.startswith("custom."):
            return [customer.custom.get(name.removeprefix("custom."), "")]
        return [getattr(customer, {"territory": "territory_id"}.get(name, name)) or ""]

    def time(self, thing: Any, name: str, measure: str) -> str:
        if MEASURES[measure].is_now:
            return thing.expected_close_on.replace(day=1).isoformat() if thing.expected_close_on else ""
        day = self.day(thing.started_at if isinstance(thing, Visit) else thing.stage_since)
        return (day.replace(day=1) if name == "month" else day - timedelta(days=day.weekday())).isoformat()

    def told(self, things: list[Any], measure: str) -> int | None:
        if measure == "touched":
            return len({visit.customer_id for visit in things})
        if measure in ("won_amount", "open_amount"):
            return sum(sale.amount_cents for sale in things)
        if measure == "conversion":
            won = sum(sale.stage == "won" for sale in things)
            return int(100 * won / len(things) + 0.5) if things else None
        if measure == "days_standing":
            days = sorted((self.reader.today - self.day(sale.stage_since)).days for sale in things)
            return days[(len(days) - 1) // 2] if days else None
        return len(things)

    def cells(self, definition: Definition) -> dict[str, dict[tuple[str, ...], int | None]]:
        groups: dict[tuple[str, tuple[str, ...]], list[Any]] = defaultdict(list)
        for thing in self.things(definition):
            is_money = MEASURES[definition.measure].unit == "money"
            for keys in product(*(self.keys(thing, name, definition.measure) for name in definition.by)):
                groups[thing.currency if is_money else "", keys].append(thing)
        cells: dict[str, dict[tuple[str, ...], int | None]] = defaultdict(dict)
        for (currency, keys), things in groups.items():
            cells[currency][keys] = self.told(things, definition.measure)
        return dict(cells)


def answered(database: Database, reader: Reader, *definitions: Definition) -> list[Answer]:
    with database.reading() as session:
        asking = Asking(session, reader)
        known = dimensions_of(asking)
        return answers(asking, [Question(asking, definition, known) for definition in definitions])


def all_definitions(company: Company, period: str) -> list[Definition]:
    names = ["rep", "territory", "customer_type", "lifecycle", "stage", "competitor", "month", "week",
             f"custom.{company.field.id}"]  # fmt: skip
    found = []
    for measure in MEASURES:
        unfit = {one.name for one in ALWAYS if not one.fits(MEASURES[measure])}
        fits = [name for name in names if name not in unfit]
        found += [Definition(measure, (name,), period) for name in fits]
        found += [Definition(measure, (fits[0], name), period) for name in fits[1:]]
    return found


@pytest.mark.parametrize("period", ["quarter", "last_month", "twelve_months"])
@pytest.mark.parametrize("who", ["henrik", "mei"])
def test_each_figure_is_what_counting_by_hand_gives(
    database: Database, cast: Cast, company: Company, reads: Reads, who: str, period: str
) -> None:
    reader = reads(company.henrik if who == "henrik" else cast.mei)
    by_hand, definitions = ByHand(company, reader), all_definitions(company, period)
    assert len(definitions) > 80
    for answer in answered(database, reader, *definitions):
        definition = answer.question.definition
        counted = by_hand.cells(definition)
        assert {c: cells for c, cells in answer.cells.items() if cells} == counted, definition
        whole = by_hand.cells(Definition(definition.measure, (), period))
        told = {currency: cells[()] for currency, cells in whole.items()}
        assert {c: n for c, n in answer.totals.items() if n} == {c: n for c, n in told.items() if n}, (
            definition
        )
