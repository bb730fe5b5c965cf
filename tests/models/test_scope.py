"""Who sees what: the filters for SQL and the same question of a row at hand give one answer."""

import itertools

import pytest
from sqlmodel import Session, select

from server.database import Database
from server.models import scope
from server.models.customer import Customer, CustomerShare
from server.models.identity import new_id
from server.models.refusal import NotAllowed
from server.models.user import Role, User
from tests.cast import NOW, Cast, person


@pytest.fixture
def everybody(database: Database, cast: Cast) -> list[User]:
    more = [
        person("Eve", Role.EXECUTIVE),
        person("Sue", Role.SUPPORT, cast.north),
        person("Otto", Role.MANAGER, cast.south),
        person("Nell", Role.MANAGER),  # of no territory
    ]
    with database.writing() as session:
        session.add_all(more)
    return [*cast.everyone, *more]


@pytest.fixture
def customers(database: Database, cast: Cast, everybody: list[User]) -> list[Customer]:
    """Of every owner or none, in every territory or none, shared with each or nobody, deleted or not."""
    owners = [None, cast.alice.id, cast.charlie.id]
    territories = [None, cast.north.id, cast.south.id]
    shares = [None, *(user.id for user in everybody)]
    rows: list[Customer] = []
    with database.writing() as session:
        for owner, territory, share, gone in itertools.product(owners, territories, shares, [None, NOW]):
            row = Customer(
                id=new_id(), name="Bar", sort_key="bar", created_at=NOW, owner_id=owner, territory_id=territory,
                deleted_at=gone,
            )  # fmt: skip
            session.add(row)
            session.flush()
            if share:
                session.add(CustomerShare(customer_id=row.id, user_id=share))
            rows.append(row)
    return rows


def test_sight_is_the_same_in_sql_and_of_a_row(
    database: Database, everybody: list[User], customers: list[Customer]
) -> None:
    with database.reading() as session:
        for user in everybody:
            shared = _shared_with(session, user)
            found = {row.id for row in session.exec(scope.customers_of(user))}
            among_all = select(Customer.id).where(scope.among_all_in_sight_of(user))
            said = {row.id for row in customers if scope.sees(user, row, row.id in shared)}
            assert found == {row.id for row in customers if row.id in said and not row.deleted_at}, user.name
            assert set(session.exec(among_all)) == said, user.name


def test_a_phone_holds_what_is_owned_or_shared_whatever_the_role(
    database: Database, everybody: list[User], customers: list[Customer]
) -> None:
    with database.reading() as session:
        for user in everybody:
            shared = _shared_with(session, user)
            held = {row.id for row in session.exec(scope.replica_of(user))}
            mine = {row.id for row in customers if row.owner_id == user.id or row.id in shared}
            assert held == {row.id for row in customers if row.id in mine and not row.deleted_at}, user.name


def _shared_with(session: Session, user: User) -> set[str]:
    return set(session.exec(select(CustomerShare.customer_id).where(CustomerShare.user_id == user.id)))


def test_sight_by_role(
    database: Database, cast: Cast, everybody: list[User], customers: list[Customer]
) -> None:
    bare = {row.id: row for row in customers if not row.deleted_at}
    with database.reading() as session:
        unshared = set(bare) - set(session.exec(select(CustomerShare.customer_id)))
        seen = {
            user.name: {
                (row.owner_id, row.territory_id)
                for row in session.exec(scope.customers_of(user))
                if row.id in unshared
            }
            for user in everybody
        }
    north, south, alice, charlie = cast.north.id, cast.south.id, cast.alice.id, cast.charlie.id
    places = {None, north, south}
    assert seen["Alice"] == {(alice, place) for place in places}
    assert seen["Bob"] == seen["Sue"] == seen["Nell"] == set()
    assert seen["Mei"] == {(owner, north) for owner in (None, alice, charlie)}
    assert seen["Otto"] == {(owner, south) for owner in (None, alice, charlie)}
    assert seen["Eve"] == seen["Dora"] == set(itertools.product((None, alice, charlie), places))


def test_missing_and_unseen_are_the_same(database: Database, cast: Cast, harbour_cafe: Customer) -> None:
    with database.reading() as session:
        assert scope.visible_customer(session, cast.mei, harbour_cafe.id).name == "Harbour Café"
        for user, customer_id in ((cast.charlie, harbour_cafe.id), (cast.charlie, new_id())):
            assert not scope.may_see(session, user, customer_id)
            with pytest.raises(NotAllowed):
                scope.visible_customer(session, user, customer_id)
