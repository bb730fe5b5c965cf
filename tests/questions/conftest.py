"""A company whose history was made by chance, and the same again as plain lists to count by hand."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlmodel import select

from server.database import Database
from server.models.custom_field import CustomField
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.identity import new_id
from server.models.opportunity import STAGES, Opportunity
from server.models.order import Order
from server.models.product import Product
from server.models.quote import Quote
from server.models.user import Role, User
from server.models.visit import Visit
from server.models.visit_kind import Kind
from server.totals import totals
from server.translations import translator
from server.views.reader import Reader
from sync.apply import apply
from tests.cast import NOW, Cast, person

COMPETITORS = ("SealPro", "Nordring", "恒密科技")
TALKED = ("01a2217a-0000-7000-8000-000000000001", "01a2217a-0000-7000-8000-000000000002")
TYPES = ("Workshop", "Plant", None)


@dataclass
class Company:
    customers: dict[str, Customer]
    visits: list[Visit]
    opportunities: list[Opportunity]
    promises: list[FollowUp]
    quotes: list[Quote]
    orders: list[Order]
    products: dict[str, Product]
    field: CustomField
    henrik: User


@pytest.fixture
def company(database: Database, cast: Cast) -> Company:
    """Half a year and more: on both sides of two nights in which clocks changed; with customers that went to another
    rep, into another territory, or into one another."""
    dice = random.Random(11)
    henrik = person("Henrik", Role.EXECUTIVE)
    henrik.time_zone = "Europe/Berlin"
    field = CustomField(id=new_id(), name="Fleet", kind="choice", choices=["small", "large"], created_at=NOW)
    with database.writing() as session:
        session.add_all([henrik, field])
        session.flush()
        customers = [_customer(number, field.id, cast, dice) for number in range(30)]
        session.add_all(customers)
        session.flush()
        sales = []  # in this order: that of ids made within a millisecond is another one each time
        for customer in customers:
            session.add_all(_visits(customer, dice))
            sales += _opportunities(customer, dice)
            session.add_all(_promises(customer, dice))
        session.add_all(sales)
        session.flush()
        products = [
            Product(id=new_id(), name="Shaft seal", cost_cents=777, currency="EUR"),
            Product(id=new_id(), name="O-ring", cost_cents=9_999_999_998, currency="CNY"),
            Product(id=new_id(), name="Grease", price_cents=5, currency="EUR"),
        ]
        session.add_all(products)
        session.flush()
        for sale in sales:
            session.add_all(rows := _ordered(sale, products, dice))
            session.flush()
            session.add_all(_order(quote, dice) for quote in rows)
    _things_happen_to(customers, database, cast)
    return _read(database, field, henrik)


def _customer(number: int, field_id: str, cast: Cast, dice: random.Random) -> Customer:
    owner = dice.choice([cast.alice, cast.bob, cast.charlie])
    kept = dice.choice([{}, {field_id: "small"}, {field_id: "large"}])
    return Customer(
        id=new_id(), name=f"Customer {number}", sort_key=f"customer {number:03}", lifecycle=dice.choice(
            ["active", "lead", "lost"]), cadence_days=dice.choice([7, 30, 45]), customer_type=dice.choice(TYPES),
        owner_id=owner.id, territory_id=owner.territory_id, custom=kept, created_at=NOW - timedelta(days=300),
    )  # fmt: skip


def _visits(customer: Customer, dice: random.Random) -> list[Visit]:
    moments = sorted(NOW - timedelta(minutes=dice.randint(1, 400_000)) for _ in range(dice.randint(0, 9)))
    made = [
        Visit(id=new_id(), customer_id=customer.id, author_id=str(customer.owner_id), started_at=moment,
              kind=dice.choice([Kind.VISIT, Kind.VISIT, Kind.CALL]), created_at=moment, outcome="ordered",
              competitors=sorted(dice.sample(COMPETITORS, dice.randint(0, 2))),
              product_ids=sorted(dice.sample(TALKED, dice.randint(0, 2))))
        for moment in moments
    ]  # fmt: skip
    if made and dice.random() < 0.3:
        made[0].withdrawn_at = NOW
    standing = [visit.started_at for visit in made if visit.withdrawn_at is None]
    customer.last_touch_at = standing[-1] if standing else None
    return [*made, Visit(id=new_id(), customer_id=customer.id, author_id=str(customer.owner_id), created_at=NOW,
                         planned_on=NOW.date())]  # fmt: skip


def _opportunities(customer: Customer, dice: random.Random) -> list[Opportunity]:
    return [
        Opportunity(
            id=new_id(), customer_id=customer.id, owner_id=str(customer.owner_id), name="Seals",
            amount_cents=dice.choice([1, 99_999_999, 123_456, 9_000_000_000_000]),
            currency=dice.choice(["EUR", "CNY"]), stage=dice.choice([*STAGES, "won", "won", "lost"]),
            competitor=dice.choice([None, *COMPETITORS]), created_at=NOW - timedelta(days=500),
            stage_since=NOW - timedelta(minutes=dice.randint(1, 400_000)),
            expected_close_on=dice.choice([None, NOW.date() + timedelta(days=dice.randint(-60, 200))]),
            deleted_at=dice.choice([None, None, None, NOW]),
        )
        for _ in range(dice.randint(0, 5))
    ]  # fmt: skip


def _promises(customer: Customer, dice: random.Random) -> list[FollowUp]:
    return [
        FollowUp(id=new_id(), customer_id=customer.id, owner_id=str(customer.owner_id), created_at=NOW,
                 due_on=NOW.date() + timedelta(days=dice.randint(-9, 9)),
                 completed_at=dice.choice([None, None, NOW]), withdrawn_at=dice.choice([None, None, NOW]))
        for _ in range(dice.randint(0, 3))
    ]  # fmt: skip


def _ordered(sale: Opportunity, products: list[Product], dice: random.Random) -> list[Quote]:
    """With lines of no product, twice the same one, and amounts whose sums need halves."""
    return [
        Quote(id=new_id(), customer_id=sale.customer_id, opportunity_id=sale.id, author_id=sale.owner_id,
              currency=sale.currency, total_cents=0, created_at=NOW, accepted_at=NOW, lines=[
                  {**({"product_id": dice.choice(products).id} if dice.random() < 0.8 else {}), "name": "Seal",
                   **({"unit": unit} if (unit := dice.choice(["piece", "box", None])) else {}),
                   "quantity": dice.randint(1, 900), "unit_price_cents": dice.choice([0, 1, 333, 9_999_999_999]),
                   **({"discount_bp": dice.choice([1, 333, 10_000])} if dice.random() < 0.5 else {})}
                  for _ in range(dice.randint(1, 4))
              ])
        for _ in range(dice.randint(0, 2))
    ]  # fmt: skip


def _order(quote: Quote, dice: random.Random) -> Order:
    return Order(
        id=new_id(), customer_id=quote.customer_id, opportunity_id=quote.opportunity_id, quote_id=quote.id,
        author_id=quote.author_id, currency=quote.currency, lines=quote.lines, created_at=NOW,
        total_cents=totals(quote.lines).total_cents, placed_on=NOW.date() - timedelta(days=dice.randint(0, 300)),
        withdrawn_at=dice.choice([None, None, None, NOW]),
    )  # fmt: skip


def _things_happen_to(customers: list[Customer], database: Database, cast: Cast) -> None:
    mine = [customer for customer in customers if customer.owner_id == cast.alice.id]
    others = [customer for customer in customers if customer.owner_id == cast.charlie.id]
    for customer, owner, to in ((mine[0], cast.alice, cast.bob), (mine[1], cast.alice, cast.charlie),
                                (others[0], cast.charlie, cast.alice)):  # fmt: skip
        with database.writing() as session:
            args = {"customer_id": customer.id, "from": owner.id, "to": to.id}
            apply(session, cast.dora, "customer.assign", args, NOW)
    with database.writing() as session:
        args = {"customer_id": mine[2].id, "into_id": others[1].id}
        apply(session, cast.dora, "customer.merge", args, NOW)
    with database.writing() as session:
        apply(session, cast.mei, "customer.delete", {"customer_id": mine[3].id}, NOW)


def _read(database: Database, field: CustomField, henrik: User) -> Company:
    with database.reading() as session:
        return Company(
            {row.id: row for row in session.exec(select(Customer)) if row.deleted_at is None},
            list(session.exec(select(Visit))),
            list(session.exec(select(Opportunity))),
            list(session.exec(select(FollowUp))),
            list(session.exec(select(Quote))),
            list(session.exec(select(Order))),
            {row.id: row for row in session.exec(select(Product))},
            field,
            henrik,
        )


@pytest.fixture
def reads() -> Callable[[User], Reader]:
    def reads(user: User) -> Reader:
        return Reader(user, NOW, user.time_zone or "UTC", translator("en"))

    return reads
