"""Thousands of plain customers for one rep, to measure with."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import chain

from sqlmodel import Session, SQLModel, select

from server.database import Database
from server.demo.cast import PRODUCTS, SOUTH
from server.demo.companies import company
from server.demo.customers import Account, account
from server.demo.dice import Dice
from server.demo.talk import note
from server.models.bulk import insert_rows
from server.models.revision import note_scope
from server.models.user import User
from server.models.visit import Visit

OUTCOMES = ("interested", "ordered", "needs_quote", "not_now", "nobody_there")


def seed_many(
    database: Database,
    now: datetime,
    customers: int = 5000,
    visits_each: int = 5,
    owner: str = "alice@demo.test",
    contacts: bool = True,
) -> None:
    """Gives this many new customers, three of ten with Chinese names, to the user with the email `owner`."""
    with database.writing() as session:
        user = session.exec(select(User).where(User.email == owner)).one()
        dice = Dice(5000, owner)
        accounts = [_account(number, user, now, dice) for number in range(customers)]
        visits = [visit for made in accounts for visit in _visits(made, user, visits_each, now, dice)]
        with_contacts = (contact for made in accounts for contact in made.contacts[:1] if contacts)
        _write(session, chain((made.customer for made in accounts), with_contacts, visits))
        for made in accounts:
            note_scope(session, user.id, made.customer.id)


def _account(number: int, user: User, now: datetime, dice: Dice) -> Account:
    found = company(SOUTH, dice.chance(0.3), dice, suffix=f" {number}")
    return account(found, user.id, user.territory_id, now, dice)


def _visits(made: Account, user: User, count: int, now: datetime, dice: Dice) -> Iterator[Visit]:
    days_ago = dice.randint(1, 60)
    for number in range(count):
        started_at = now - timedelta(days=days_ago + number * 30, minutes=dice.randint(0, 400))
        outcome = dice.choice(OUTCOMES)
        if number == 0:
            made.customer.last_touch_at = started_at
        yield Visit(
            id=dice.id_at(started_at),
            customer_id=made.customer.id,
            author_id=user.id,
            started_at=started_at,
            ended_at=started_at + timedelta(minutes=20),
            outcome=outcome,
            note=note(outcome, made.chinese, made.contacts[0].name, dice.choice(PRODUCTS), dice),
            created_at=started_at + timedelta(minutes=20),
        )


def _write(session: Session, rows: Iterable[SQLModel]) -> None:
    for _ in insert_rows(session, rows):
        pass
