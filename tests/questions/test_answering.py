"""Every figure is what counting by hand gives, whoever asks, and leads to as many rows as it says."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any, NamedTuple
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from server.database import Database
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.user import Role, User
from server.models.visit import Visit
from server.questions import statements
from server.questions.answering import Answer, Question, answers
from server.questions.asking import Asking
from server.questions.definition import Definition, check, typed_of
from server.questions.dimensions import ALWAYS, dimensions_of
from server.questions.measures import MEASURES, median
from server.questions.periods import PERIODS, span_of
from server.questions.rows_behind import rows_behind
from server.totals import line_cents
from server.translations import translator
from server.views import activity
from server.views.activity import Team
from server.views.question_answer import answer_view, sheet_of
from server.views.reader import Reader
from tests.cast import NOW, Cast
from tests.questions.conftest import Company

Reads = Callable[[User], Reader]
OPEN = ("lead", "first_contact", "needs_confirmed", "quote", "contract", "payment")


class Line(NamedTuple):
    order: Order
    line: dict[str, Any]

    @property
    def customer_id(self) -> str:
        return self.order.customer_id


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
        elif measure in ("customers", "cold", "in_touch"):
            for customer in self.company.customers.values():
                if customer.lifecycle != "lost" and self.sees(customer.id) and (
                    measure != "cold" or self.is_cold(customer)
                ):  # fmt: skip
                    yield customer
        elif measure in ("orders", "order_amount", "margin", "quantity"):
            for order in self.company.orders:
                if not order.withdrawn_at and self.sees(order.customer_id) and order.placed_on in span:
                    yield from (Line(order, line) for line in order.lines)
        elif measure == "late":
            for promise in self.company.promises:
                is_late = promise.due_on < self.reader.today and not promise.completed_at
                if is_late and not promise.withdrawn_at and self.sees(promise.customer_id):
                    yield promise
        else:
            kinds = {"won_amount": ("won",), "conversion": ("won", "lost")}.get(measure, OPEN)
            for sale in self.company.opportunities:
                if sale.deleted_at or not self.sees(sale.customer_id) or sale.stage not in kinds:
                    continue
                if kinds is OPEN or self.day(sale.stage_since) in span:
                    yield sale

    def is_cold(self, customer: Customer) -> bool:
        silent = (self.reader.today - self.day(customer.last_touch_at or customer.created_at)).days
        return silent > customer.cadence_days

    def keys(self, thing: Any, name: str, measure: str) -> list[str]:
        customer = self.company.customers[getattr(thing, "customer_id", None) or thing.id]
        if name == "rep":
            promised = thing.owner_id if isinstance(thing, FollowUp) else None
            return [getattr(thing, "author_id", promised) or customer.owner_id or ""]
        if name == "competitor":
            return thing.competitors if isinstance(thing, Visit) else [thing.competitor or ""]
        if name == "product":
            if isinstance(thing, Opportunity):
                return self.quoted(thing)
            return [thing.line.get("product_id", "")] if isinstance(thing, Line) else thing.product_ids
        if name == "stage":
            return [f"{thing.pipeline_id}:{thing.stage}"]
        if name in ("month", "week"):
            return [self.time(thing, name, measure)]
        if name.startswith("custom."):
            return [customer.custom.get(name.removeprefix("custom."), "")]
        return [getattr(customer, {"territory": "territory_id"}.get(name, name)) or ""]

    def quoted(self, sale: Opportunity) -> list[str]:
        of_it = (one for one in self.company.quotes if one.opportunity_id == sale.id and not one.withdrawn_at)
        return list({line.get("product_id", "") for one in of_it for line in one.lines}) or [""]

    def time(self, thing: Any, name: str, measure: str) -> str:
        if MEASURES[measure].is_now:
            return thing.expected_close_on.replace(day=1).isoformat() if thing.expected_close_on else ""
        if isinstance(thing, Line):
            day = thing.order.placed_on
        else:
            day = self.day(thing.started_at if isinstance(thing, Visit) else thing.stage_since)
        return (day.replace(day=1) if name == "month" else day - timedelta(days=day.weekday())).isoformat()

    def told(self, things: list[Any], measure: str) -> int | None:
        if measure == "touched":
            return len({visit.customer_id for visit in things})
        if measure == "orders":
            return len({line.order.id for line in things})
        if measure == "order_amount":
            return sum(line_cents(line.line) for line in things)
        if measure == "margin":
            known = [margin for line in things if (margin := self.margin(line)) is not None]
            return sum(known) if known else None
        if measure == "quantity":
            return sum(line.line["quantity"] for line in things)
        if measure in ("won_amount", "open_amount"):
            return sum(sale.amount_cents for sale in things)
        if measure == "conversion":
            won = sum(sale.stage == "won" for sale in things)
            return int(100 * won / len(things) + 0.5) if things else None
        if measure == "in_touch":
            kept = sum(not self.is_cold(customer) for customer in things)
            return 100 * kept // len(things) if things else None
        if measure == "days_standing":
            days = sorted((self.reader.today - self.day(sale.stage_since)).days for sale in things)
            return days[(len(days) - 1) // 2] if days else None
        return len(things)

    def margin(self, line: Line) -> int | None:
        sold = self.company.products.get(line.line.get("product_id", ""))
        if sold is None or sold.cost_cents is None or sold.currency != line.order.currency:
            return None
        return line_cents(line.line) - line.line["quantity"] * sold.cost_cents

    def left_out(self, definition: Definition) -> dict[str, tuple[int, int]]:
        all_of_it, without = Counter[str](), Counter[str]()
        for line in self.things(definition):
            all_of_it[line.order.currency] += 1
            without[line.order.currency] += self.margin(line) is None
        return {currency: (n, all_of_it[currency]) for currency, n in without.items() if n}

    def apart(self, thing: Any, measure: str) -> str:
        if measure == "quantity":
            return thing.line.get("unit", "")
        found = getattr(thing, "order", thing)
        return found.currency if MEASURES[measure].unit == "money" else ""

    def cells(self, definition: Definition) -> dict[str, dict[tuple[str, ...], int]]:
        groups: dict[tuple[str, tuple[str, ...]], list[Any]] = defaultdict(list)
        for thing in self.things(definition):
            for keys in product(*(self.keys(thing, name, definition.measure) for name in definition.by)):
                groups[self.apart(thing, definition.measure), keys].append(thing)
        cells: dict[str, dict[tuple[str, ...], int]] = defaultdict(dict)
        for (currency, keys), things in groups.items():
            if (told := self.told(things, definition.measure)) is not None:
                cells[currency][keys] = told
        return dict(cells)


def answered(database: Database, reader: Reader, *definitions: Definition) -> list[Answer]:
    with database.reading() as session:
        asking = Asking(session, reader)
        known = dimensions_of(asking)
        return answers(asking, [Question(asking, definition, known) for definition in definitions])


def all_definitions(company: Company, period: str) -> list[Definition]:
    names = ["rep", "territory", "customer_type", "lifecycle", "stage", "competitor", "product", "month", "week",
             f"custom.{company.field.id}"]  # fmt: skip
    found = []
    for measure in MEASURES:
        unfit = {one.name for one in ALWAYS if not one.fits(MEASURES[measure])}
        fits = [name for name in names if name not in unfit]
        found += [Definition(measure, (name,), period) for name in fits]
        found += [Definition(measure, (fits[0], name), period) for name in fits[1:]]
    return found


@pytest.mark.parametrize(
    ("who", "period"), [("henrik", "quarter"), ("henrik", "last_month"), ("mei", "twelve_months")]
)
def test_each_figure_is_what_counting_by_hand_gives(
    database: Database, cast: Cast, company: Company, reads: Reads, who: str, period: str
) -> None:
    reader = reads(company.henrik if who == "henrik" else cast.mei)
    by_hand, definitions = ByHand(company, reader), all_definitions(company, period)
    assert len(definitions) > 150
    empty = 0
    for answer in answered(database, reader, *definitions):
        definition = answer.question.definition
        counted = by_hand.cells(definition)
        empty += not counted
        assert {c: cells for c, cells in answer.cells.items() if cells} == counted, definition
        whole = by_hand.cells(Definition(definition.measure, (), period))
        told = {currency: cells[()] for currency, cells in whole.items()}
        assert {c: n for c, n in answer.totals.items() if n} == {c: n for c, n in told.items() if n}, (
            definition
        )
        left_out = by_hand.left_out(definition) if definition.measure == "margin" else {}
        assert answer.left_out == left_out
    assert not empty


def test_what_clocks_did_at_night_moves_nothing_to_another_day(
    database: Database, company: Company, reads: Reads
) -> None:
    """Visits around the nights in which Berlin put its clocks forward and back, and around the end of a month."""
    nights = [datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 10, 24, 20, tzinfo=UTC),
              datetime(2026, 10, 31, 20, tzinfo=UTC)]  # fmt: skip
    customer = next(row for row in company.customers.values() if row.owner_id)
    made = [
        Visit(id=new_id(), customer_id=customer.id, author_id=str(customer.owner_id), created_at=NOW,
              started_at=night + timedelta(minutes=20 * number))
        for night in nights for number in range(36)
    ]  # fmt: skip
    with database.writing() as session:
        session.add_all(made)
    company.visits += made
    reader = reads(company.henrik)
    by_hand = ByHand(company, reader)
    for by in ("month", "week"):
        definition = Definition("visits", (by,), "twelve_months")
        [answer] = answered(database, reader, definition)
        assert answer.cells == by_hand.cells(definition)
    with database.reading() as session:
        days = activity.visits_by_day(session, Team(reader), date(2026, 1, 1))
    counted: Counter[date] = sum(days.values(), Counter())
    things = by_hand.things(Definition("visits", (), "year"))
    assert counted == Counter(by_hand.day(visit.started_at) for visit in things)


def test_a_number_has_as_many_rows_behind_it(database: Database, company: Company, reads: Reads) -> None:
    with database.reading() as session:
        asking = Asking(session, reads(company.henrik))
        known = dimensions_of(asking)
        for measure, by in product(
            MEASURES, ("rep", "competitor", "product", "month", "territory", f"custom.{company.field.id}")
        ):
            if not known[by].fits(MEASURES[measure]):
                continue
            definition = Definition(measure, (by,), "twelve_months")
            [answer] = answers(asking, [Question(asking, definition, known)])
            for key in {keys[0] for cells in answer.cells.values() for keys in cells}:
                found = rows_behind(Question(asking, definition.narrowed(**{by: key}), known), 0, 1000)
                told = sum(cells.get((key,), 0) for cells in answer.cells.values())
                assert found
                assert len({row[0].id for row in found}) == len(found)
                if MEASURES[measure].unit == "number":
                    assert len(found) == told, (measure, by)
                elif measure == "order_amount":
                    amounts = [line_cents(one) for order, *_ in found for one in order.lines
                               if by != "product" or one.get("product_id", "") == key]  # fmt: skip
                    assert sum(amounts) == told
                elif measure == "margin":
                    assert sum(row[3] or 0 for row in found) == told
                elif MEASURES[measure].unit == "money":
                    assert sum(row[0].amount_cents for row in found) == told, (measure, by)


def test_a_margin_says_what_it_leaves_out_and_tells_nothing_where_nothing_is_known(
    database: Database, company: Company, reads: Reads
) -> None:
    reader = reads(company.henrik)
    names = {product.name: product.id for product in company.products.values()}
    asked = [
        Definition("margin", ("month",), "twelve_months"),
        Definition("margin", (), "twelve_months", {"product": (names["Grease"],)}),
        Definition("order_amount", ("month",), "twelve_months"),
    ]
    known, unknown, amount = answered(database, reader, *asked)
    told = {currency: known.left_out[currency] for currency in ("CNY", "EUR")}
    sentences = [
        f"{currency}: {n} of {whole} order lines are left out, as they have no cost in this currency."
        for currency, (n, whole) in told.items()
    ]
    assert answer_view(known)["left_out"] == sentences
    assert sheet_of(known)[-2:] == [[sentence] for sentence in sentences]
    assert known.totals["CNY"] < 0 < known.totals["EUR"]
    assert unknown.totals == {}
    assert all(n == whole for n, whole in unknown.left_out.values())
    assert answer_view(unknown)["is_empty"]
    assert amount.left_out == {}


def test_as_many_statements_whatever_is_asked(database: Database, company: Company, reads: Reads) -> None:
    """One for all questions together, and what the company looks like."""
    asked: list[str] = []

    def count_statement(*arguments: Any) -> None:
        asked.append(arguments[2])

    event.listen(database.engine, "before_cursor_execute", count_statement)
    answered(database, reads(company.henrik), *all_definitions(company, "quarter"))
    event.remove(database.engine, "before_cursor_execute", count_statement)
    assert len([one for one in asked if one.lstrip().upper().startswith(("SELECT", "WITH"))]) <= 4


def test_names_of_products_come_with_the_answer(database: Database, company: Company, reads: Reads) -> None:
    with database.reading() as session:
        asking = Asking(session, reads(company.henrik))
        asked = Definition("orders", ("product",), "twelve_months")
        [answer] = answers(asking, [Question(asking, asked, dimensions_of(asking))])
        names = {asking.names.get(key, "") for (key,) in answer.cells[""]}
    assert names == {"Shaft seal", "O-ring", "Grease", ""}


def test_a_median_is_a_value_that_there_is() -> None:
    assert median([]) is None
    assert median([(7, 1)]) == 7
    assert median([(9, 1), (1, 1)]) == 1
    assert median([(9, 5), (1, 2), (3, 1)]) == 9


def test_periods_end_today_or_where_the_calendar_says() -> None:
    today = date(2026, 2, 10)
    spans = {period: (span_of(period, today).first, span_of(period, today).last) for period in PERIODS}
    assert spans == {
        "week": (date(2026, 2, 9), today),
        "month": (date(2026, 2, 1), today),
        "quarter": (date(2026, 1, 1), today),
        "year": (date(2026, 1, 1), today),
        "last_month": (date(2026, 1, 1), date(2026, 1, 31)),
        "last_quarter": (date(2025, 10, 1), date(2025, 12, 31)),
        "last_year": (date(2025, 1, 1), date(2025, 12, 31)),
        "twelve_months": (date(2025, 3, 1), today),
    }


def test_a_definition_is_the_same_in_a_row_and_in_an_address() -> None:
    definition = Definition("visits", ("rep", "week"), "year", {"region": ("", "a&b=c")})
    known, t = {one.name: one for one in ALWAYS}, translator("en")
    assert check(typed_of(definition.as_json()), known, t) == (definition, {})
    address = parse_qs(definition.href("/x").partition("?")[2], keep_blank_values=True)
    assert check(address, known, t) == (definition, {})


def test_of_too_many_groups_the_greatest_are_told_and_the_whole_is_still_the_whole(
    database: Database, company: Company, reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = reads(company.henrik)
    asked = [
        Definition(measure, by, "year")
        for measure, by in (("visits", ("rep",)), ("visits", ("rep", "month")), ("conversion", ("competitor",)),
                            ("won_amount", ("competitor",)))
    ]  # fmt: skip
    before = answered(database, reader, *asked)
    monkeypatch.setattr(statements, "MOST_GROUPS", 2)
    cut = answered(database, reader, *asked)
    assert [answer.totals for answer in cut] == [answer.totals for answer in before]
    assert [(answer.is_cut, answer.has_greatest) for answer in cut] == [
        (True, True), (True, False), (True, False), (True, True),
    ]  # fmt: skip
    for number in (0, 3):
        every, few = (
            sorted((cents for cells in one[number].cells.values() for cents in cells.values()), reverse=True)
            for one in (before, cut)
        )
        assert few == every[:2]
    assert not any(answer.is_cut for answer in before)
    shown = [answer_view(answer)["blocks"] for answer in cut]
    assert [bool(blocks) for blocks in shown] == [True, False, False, True]
    assert sheet_of(cut[1])[1:] == [["There are too many groups to show. Narrow it down."]]


def test_many_small_amounts_are_more_than_a_large_one(
    database: Database, company: Company, cast: Cast, reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    heap = Customer(
        id=new_id(), name="Heaps", sort_key="heaps", owner_id=cast.alice.id, territory_id=cast.north.id,
        customer_type="Heaps", created_at=NOW,
    )  # fmt: skip
    told = {
        "customer_id": heap.id,
        "owner_id": cast.alice.id,
        "name": "Seals",
        "currency": "EUR",
        "stage": "won",
    }
    amounts = [("One", 1_000_000), *[("Many", 999_999)] * 3]
    with database.writing() as session:
        session.add(heap)
        session.flush()
        session.add_all(
            Opportunity(
                id=new_id(), competitor=name, amount_cents=cents, created_at=NOW, stage_since=NOW, **told
            )
            for name, cents in amounts
        )
    monkeypatch.setattr(statements, "MOST_GROUPS", 1)
    asked = Definition("won_amount", ("competitor",), "year", {"customer_type": ("Heaps",)})
    [answer] = answered(database, reads(company.henrik), asked)
    assert (answer.is_cut, answer.cells) == (True, {"EUR": {("Many",): 2_999_997}})
