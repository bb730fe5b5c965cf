"""Puts the demo company together and writes it in one transaction."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, SQLModel, select

from server import passwords
from server.database import Database
from server.demo import cast
from server.demo.approvals import ask, insist
from server.demo.cast import PEOPLE, Person
from server.demo.catalogue import price, version_of
from server.demo.companies import companies
from server.demo.contracts import contracts
from server.demo.customers import Account, account
from server.demo.dice import Dice
from server.demo.further import calls, lengthen_chain, like_and_compare, own_fields, say_more
from server.demo.given import given
from server.demo.history import Diary
from server.demo.library import files, library
from server.demo.lifecycles import live
from server.demo.orders import Sold, letterhead, rows, sell
from server.demo.past import past_sales, set_quotas
from server.demo.questions import alerts, questions, rankings
from server.demo.sales import add_opportunity
from server.demo.service import renew, service_pipeline
from server.demo.tasks import tasks
from server.models.access import AccessRequest
from server.models.bulk import insert_rows
from server.models.contract import Contract
from server.models.custom_field import CustomField
from server.models.customer import CustomerShare
from server.models.pipeline import Pipeline
from server.models.product import Product
from server.models.revision import note_scope
from server.models.user import User
from server.models.workspace import Team, Territory, Workspace
from server.words import local_date

RNG_SEED = 2026
CHINESE_IN = {cast.SOUTH: 0.17, cast.NORTH: 0.1, cast.EAST: 0.92}
UNUSUAL_IN = {cast.SOUTH: 4, cast.NORTH: 5, cast.EAST: 5}


class NotEmptyError(Exception):
    """There are people in the database who are not the demo's; it must not be mixed with real data."""


@dataclass(frozen=True)
class SignIn:
    email: str
    password: str
    name: str
    role: str
    territory: str | None


@dataclass
class Company:
    """What has been made so far, before any of it is written."""

    rng_seed: int
    now: datetime
    users: dict[str, User] = field(default_factory=dict)
    territory_ids: dict[str, str] = field(default_factory=dict)
    territories: dict[str, Territory] = field(default_factory=dict)
    rows: list[SQLModel] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    diaries: list[Diary] = field(default_factory=list)
    shares: list[CustomerShare] = field(default_factory=list)
    names_taken: set[str] = field(default_factory=set)
    fields: list[CustomField] = field(default_factory=list)
    product_ids: dict[str, str] = field(default_factory=dict)
    asks: list[AccessRequest] = field(default_factory=list)
    sold: Sold = field(init=False)
    service: Pipeline = field(init=False)
    contracts: list[Contract] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sold = Sold(self.now)
        self.service = service_pipeline(Dice(self.rng_seed, "pipelines"), self.now)


def seed(
    database: Database, now: datetime, rng_seed: int = RNG_SEED, company_zone: str = "UTC"
) -> list[SignIn]:
    """Writes the demo company, unless it is there already. Raises NotEmptyError if there are other people."""
    with database.writing() as session:
        emails = set(session.exec(select(User.email)))
        if not emails:
            company = _made(now, rng_seed)
            set_quotas(company.users, company.territories, now, company_zone)
            insist(session)
            _write(session, company)
        elif not emails.issuperset(person.email for person in PEOPLE):
            raise NotEmptyError
    return [SignIn(p.email, cast.PASSWORD, p.name, p.role, p.territory) for p in PEOPLE]


def _made(now: datetime, rng_seed: int) -> Company:
    company = Company(rng_seed, now)
    _people(company)
    products = _products(company)
    company.fields = own_fields(now, Dice(rng_seed, "fields of our own"))
    company.rows.extend([*company.fields, company.service])
    for person in PEOPLE:
        if person.role == "rep":
            _work_of(person, company, products)
    _free_customers(company)
    _shares(company)
    _asks(company)
    ask(company.accounts, company.users, company.now)
    company.rows.append(paper := letterhead())
    signing = Dice(rng_seed, "contracts")
    company.contracts = list(contracts(company.accounts, company.sold.quotes, paper, signing))
    return company


def _people(company: Company) -> None:
    dice, began_at = Dice(company.rng_seed, "people"), company.now - timedelta(days=720)
    team_ids = {}
    for territory, team in cast.TEAMS.items():
        company.territory_ids[territory], team_ids[territory] = dice.id_at(began_at), dice.id_at(began_at)
        company.territories[territory] = Territory(id=company.territory_ids[territory], name=territory)
        company.rows.append(company.territories[territory])
        company.rows.append(
            Team(id=team_ids[territory], name=team, territory_id=company.territory_ids[territory])
        )
    password_hash = passwords.hashed(cast.PASSWORD)
    for person in PEOPLE:
        company.users[person.key] = User(
            id=dice.id_at(began_at),
            email=person.email,
            name=person.name,
            role=person.role,
            password_hash=password_hash,
            team_id=team_ids.get(person.territory or ""),
            territory_id=company.territory_ids.get(person.territory or ""),
            locale=person.locale,
            time_zone=person.time_zone,
            created_at=began_at,
        )
    company.rows.extend(company.users.values())


def _products(company: Company) -> dict[str, str]:
    dice, began_at = Dice(company.rng_seed, "products"), company.now - timedelta(days=720)
    products = [
        Product(id=dice.id_at(began_at), name=name, version=version_of(name)) for name in cast.PRODUCTS
    ]
    priced = price(products, company.now, dice)
    company.sold.products = priced
    company.product_ids = {product.name: product.id for product in products}
    company.rows.extend([*products, *(one for one in priced if one not in products)])
    return company.product_ids


def _work_of(person: Person, company: Company, products: dict[str, str]) -> None:
    dice, user = Dice(company.rng_seed, person.key), company.users[person.key]
    territory = person.territory or ""
    accounts = _accounts(territory, user.id, person.customers, company, dice)
    for made in accounts:
        lengthen_chain(made, Dice(company.rng_seed, f"the chain of {made.customer.name}"))
    _sales(person, accounts, company)
    paid = Dice(company.rng_seed, f"{person.key} is paid")
    sell(accounts, user.id, currency_of(person), company.sold, company.now, paid)
    # After `sell`, which makes quotes for all opportunities so far: these are older, and have none.
    long_ago = Dice(company.rng_seed, f"{person.key} sold")
    past_sales(accounts, user.id, currency_of(person), company.now, long_ago)
    yearly = Dice(company.rng_seed, f"{person.key} renews")
    service, currency = company.service.id, currency_of(person)
    company.sold.quotes += renew(accounts, user.id, currency, service, company.now, yearly)
    diary = Diary(person, user.id, local_date(company.now, person.time_zone), products, dice)
    diary.live_through(accounts)
    between = Dice(company.rng_seed, f"{person.key} on the telephone")
    diary.visits += calls(person, diary.visits, accounts, between)
    company.diaries.append(diary)
    through_life = Dice(company.rng_seed, f"the customers of {person.key} through life")
    company.rows.extend(live(accounts, user.id, company.sold.orders, company.now, through_life))


def _sales(person: Person, accounts: list[Account], company: Company) -> None:
    dice, user = Dice(company.rng_seed, f"{person.key} sells"), company.users[person.key]
    for made in accounts:
        likely = {"active": 0.3, "prospect": 0.35, "lead": 0.1}.get(made.customer.lifecycle, 0.05)
        if dice.chance(likely):
            add_opportunity(made, user.id, currency_of(person), company.now, dice)


def currency_of(person: Person) -> str:
    return "CNY" if person.territory == cast.EAST else "EUR"


def _accounts(
    territory: str, owner_id: str | None, count: int, company: Company, dice: Dice
) -> list[Account]:
    unusual = UNUSUAL_IN[territory] if owner_id else 0
    chinese = count - unusual if territory == cast.EAST else round(count * CHINESE_IN[territory])
    found = companies(territory, count, chinese, unusual, dice, company.names_taken)
    accounts = [account(one, owner_id, company.territory_ids[territory], company.now, dice) for one in found]
    for made in accounts:
        say_more(made, company.fields, Dice(company.rng_seed, f"more about {made.customer.name}"))
        like_and_compare(
            made,
            territory == cast.EAST,
            company.product_ids,
            Dice(company.rng_seed, f"likings of {made.customer.name}"),
        )
    company.accounts.extend(accounts)
    return accounts


def _free_customers(company: Company) -> None:
    dice = Dice(company.rng_seed, "free")
    for territory, count in cast.FREE_CUSTOMERS.items():
        _accounts(territory, None, count, company, dice)


def _shares(company: Company) -> None:
    """Alice and Bob share some customers with each other; support sees some customers, too."""
    users = company.users
    owned = {
        user.id: [made.customer.id for made in company.accounts if made.customer.owner_id == user.id]
        for user in users.values()
    }
    for owner, other, count in (
        ("alice", "bob", 6),
        ("bob", "alice", 6),
        ("alice", "sofia", 5),
        ("charlie", "sofia", 3),
        ("wang", "zhao", 6),
    ):
        dice = Dice(company.rng_seed, f"{owner} shares with {other}")
        chosen = dice.sample(owned[users[owner].id], count)
        company.shares += [
            CustomerShare(customer_id=customer_id, user_id=users[other].id) for customer_id in chosen
        ]


def _asks(company: Company) -> None:
    """A colleague would like to see a customer of Alice's, and one of Wang's."""
    for owner, other in (("alice", "charlie"), ("wang", "alice")):
        owner_id, at = company.users[owner].id, company.now - timedelta(hours=3)
        first = next(made.customer.id for made in company.accounts if made.customer.owner_id == owner_id)
        company.asks.append(AccessRequest(customer_id=first, user_id=company.users[other].id, asked_at=at))


def _write(session: Session, company: Company) -> None:
    _open_workspace(session, company)
    session.flush()
    for _ in insert_rows(session, _in_order(company)):
        pass
    for share in company.shares:
        note_scope(session, share.user_id, share.customer_id)
    for made in company.accounts:
        note_scope(session, made.customer.owner_id, made.customer.id)


def _in_order(company: Company) -> Iterator[SQLModel]:
    """All rows, each after those that it points at."""
    yield from company.rows
    yield from (made.customer for made in company.accounts)
    for made in company.accounts:
        yield from made.contacts
    yield from (tag for made in company.accounts for tag in made.tags)
    yield from company.shares
    yield from company.asks
    yield from (row for diary in company.diaries for row in diary.visits)
    yield from (row for diary in company.diaries for row in diary.follow_ups)
    yield from given(company.accounts, company.users, company.now, Dice(company.rng_seed, "given"))
    yield from (row for made in company.accounts for row in made.opportunities)
    yield from rows(company.sold)
    yield from company.contracts
    yield from tasks(company.accounts, company.users, company.now, Dice(company.rng_seed, "tasks"))
    yield from library(company.users, company.territory_ids, company.now, Dice(company.rng_seed, "library"))
    yield from files(company.accounts, company.now, Dice(company.rng_seed, "files"))
    dice = Dice(company.rng_seed, "what leaders ask")
    yield from questions(company.users, company.fields, company.now, dice)
    yield from alerts(company.users, company.territory_ids, company.now, dice)
    yield from rankings(company.users, company.territory_ids)


def _open_workspace(session: Session, company: Company) -> None:
    workspace = session.get(Workspace, 1)
    if workspace is None:
        workspace = Workspace(
            epoch=Dice(company.rng_seed, "epoch").id_at(company.now), created_at=company.now
        )
    workspace.name, workspace.set_up_at, workspace.setup_token_hash = cast.COMPANY, company.now, None
    session.add(workspace)
