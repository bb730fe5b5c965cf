"""The demo company: whole, repeatable, and never mixed with real people."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, SQLModel, col, func, select

from server.alerts.watching import numbers_of
from server.database import Database, open_database
from server.demo import NotEmptyError, seed, seed_many
from server.models.alert import Alert
from server.models.attachment import Attachment
from server.models.column import wire
from server.models.contact import Contact
from server.models.customer import Customer, CustomerShare, CustomerTag
from server.models.field_history import FieldHistory
from server.models.follow_up import FollowUp
from server.models.library_document import LibraryDocument
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.product import Product
from server.models.question import PinnedQuestion, Question
from server.models.quote import Quote
from server.models.revision import RowRevision, ScopeRevision
from server.models.scope import MANAGING_ROLES
from server.models.user import User
from server.models.visit import Visit
from server.models.workspace import Territory, Workspace
from server.questions.answering import answers
from server.questions.asking import Asking
from server.questions.dimensions import dimensions_of
from server.translations import translator
from server.views.questions import understood
from server.views.reader import Reader
from server.words import local_date
from tests.cast import TUESDAY, Cast

TABLES = (
    Attachment,
    LibraryDocument,
    Territory,
    Customer,
    Contact,
    CustomerTag,
    CustomerShare,
    Visit,
    FollowUp,
    Opportunity,
    Product,
    Quote,
    Order,
)


@pytest.fixture
def another(request: pytest.FixtureRequest, demo: Database) -> Iterator[Database]:
    """An empty database of the same kind."""
    databases = request.getfixturevalue("sqlite_files" if demo.is_sqlite else "postgres_databases")
    url = databases.fresh()
    database = open_database(url)
    yield database
    database.close()
    databases.drop(url)


def rows(database: Database, table: type[SQLModel]) -> list[tuple[Any, ...]]:
    with database.reading() as session:
        return sorted(
            tuple(str(value) for value in row) for row in session.execute(select(*table.__table__.columns))
        )


def user(session: Session, name: str) -> User:
    return session.exec(select(User).where(User.email == f"{name}@demo.test")).one()


def test_customers_became_what_they_are_step_by_step(demo: Database) -> None:
    with demo.reading() as session:
        customers = session.exec(select(Customer)).all()
        kept = session.exec(select(func.count()).where(col(FieldHistory.field) == "lifecycle")).one()
        won = select(Opportunity.customer_id).where(Opportunity.stage == "won")
        bought = set(session.exec(won)) | set(session.exec(select(Order.customer_id)))
    for customer in customers:
        moves = customer.lifecycle_moves or []
        states = ["lead", *(move["to"] for move in moves)]
        assert (states[:-1], states[-1]) == ([move["from"] for move in moves], customer.lifecycle)
        ats = [wire(customer.created_at), *(move["at"] for move in moves), wire(TUESDAY)]
        assert ats == sorted(ats)
        assert customer.id not in bought or "active" in states  # as a sale or an order makes them
    assert kept == sum(len(customer.lifecycle_moves or ()) for customer in customers) > 100


def test_it_has_the_people_and_the_customers_it_promises(another: Database) -> None:
    sign_ins = seed(another, TUESDAY)
    roles = [sign_in.role for sign_in in sign_ins]
    assert {role: roles.count(role) for role in roles} == {
        "rep": 4,
        "manager": 2,
        "executive": 1,
        "support": 2,
        "admin": 1,
    }
    assert len({sign_in.territory for sign_in in sign_ins if sign_in.territory}) == 3
    with another.reading() as session:
        assert session.scalar(select(func.count()).select_from(Customer)) == 300
        assert session.exec(select(Workspace)).one().set_up_at == TUESDAY


def test_every_rep_has_a_day_worth_looking_at(demo: Database) -> None:
    with demo.reading() as session:
        for name in ("alice", "bob", "charlie", "wang"):
            rep = user(session, name)
            today = local_date(TUESDAY, rep.time_zone or "UTC")
            open_ones = list(
                session.exec(
                    select(FollowUp.due_on).where(
                        FollowUp.owner_id == rep.id, col(FollowUp.completed_at).is_(None)
                    )
                )
            )
            planned = session.exec(
                select(Visit).where(Visit.author_id == rep.id, Visit.planned_on == today)
            ).all()
            assert len([due for due in open_ones if due < today]) == 2
            assert open_ones.count(today) >= 3
            assert len(planned) == 4
            assert _going_cold(session, rep, today) >= 2


def _going_cold(session: Session, rep: User, today: date) -> int:
    customers = session.exec(
        select(Customer).where(Customer.owner_id == rep.id, Customer.lifecycle != "lost")
    )
    touched = [(customer, customer.last_touch_at) for customer in customers if customer.last_touch_at]
    return sum(today - touch.date() > timedelta(days=customer.cadence_days) for customer, touch in touched)


def test_the_visits_lie_in_the_past_half_year_and_the_last_one_is_the_last_touch(demo: Database) -> None:
    with demo.reading() as session:
        done = session.exec(select(Visit).where(col(Visit.started_at).is_not(None))).all()
        last = {
            visit.customer_id: visit.started_at
            for visit in sorted(done, key=lambda visit: str(visit.started_at))
        }
        assert len(done) > 1500
        assert all(
            TUESDAY - timedelta(days=184) < visit.started_at < TUESDAY for visit in done if visit.started_at
        )
        touches = dict(
            session.exec(
                select(Customer.id, Customer.last_touch_at).where(col(Customer.last_touch_at).is_not(None))
            ).all()
        )
        assert touches == last


def test_the_same_seed_on_the_same_day_makes_the_same_company(demo: Database, another: Database) -> None:
    seed(another, TUESDAY)
    for table in TABLES:
        assert rows(demo, table) == rows(another, table)


def test_the_hour_at_which_it_is_made_makes_no_other_company(demo: Database, another: Database) -> None:
    seed(another, TUESDAY + timedelta(hours=3, minutes=7))  # in Shanghai, too, it is Tuesday still
    assert told(demo) == told(another)


def told(database: Database) -> list[tuple[Any, ...]]:
    """What people did and whom they know. Without ids, because these hold the moment at which a row was made."""
    with database.reading() as session:
        visits = select(Customer.name, Visit.started_at, Visit.outcome, Visit.note, Visit.planned_on)
        people = select(Customer.name, Contact.name, Contact.role, Contact.phone, Customer.cadence_days)
        found = [
            *session.execute(visits.where(col(Visit.customer_id) == Customer.id)),
            *session.execute(people.where(col(Contact.customer_id) == Customer.id)),
        ]
    return sorted(tuple(str(value) for value in row) for row in found)


def test_another_seed_makes_another_company(demo: Database, another: Database) -> None:
    seed(another, TUESDAY, rng_seed=7)
    assert rows(demo, Customer) != rows(another, Customer)


def test_seeding_again_changes_nothing(another: Database) -> None:
    first = seed(another, TUESDAY)
    before = [rows(another, table) for table in TABLES]
    assert seed(another, TUESDAY + timedelta(days=1)) == first
    assert [rows(another, table) for table in TABLES] == before


def test_it_refuses_where_real_people_work(database: Database, cast: Cast) -> None:
    with pytest.raises(NotEmptyError):
        seed(database, TUESDAY)
    assert rows(database, Customer) == []


def test_phones_hear_of_every_row_and_of_what_became_theirs(demo: Database) -> None:
    with demo.reading() as session:
        alice = user(session, "alice")
        noted = set(session.exec(select(RowRevision.row_id).where(RowRevision.collection == "visits")))
        mine = set(session.exec(select(ScopeRevision.customer_id).where(ScopeRevision.user_id == alice.id)))
        owned = set(session.exec(select(Customer.id).where(Customer.owner_id == alice.id)))
        assert noted == set(session.exec(select(Visit.id)))
        assert mine > owned


def test_many_customers_go_to_the_one_who_measures(database: Database) -> None:
    seed(database, TUESDAY)
    with database.reading() as session:
        bob = user(session, "bob").id
        before = session.scalar(select(func.count()).where(Visit.author_id == bob)) or 0
    seed_many(database, TUESDAY, customers=40, visits_each=3, owner="bob@demo.test")
    with database.reading() as session:
        assert session.scalar(select(func.count()).where(Customer.owner_id == bob)) == 65 + 40
        assert session.scalar(select(func.count()).where(Visit.author_id == bob)) == before + 120


def test_what_leaders_keep_is_answered_and_their_alerts_have_something_to_tell(demo: Database) -> None:
    with demo.reading() as session:
        leaders = {row.id: row for row in session.exec(select(User)) if row.role in MANAGING_ROLES}
        readers = {
            id_: Reader(row, TUESDAY, row.time_zone or "UTC", translator("en"))
            for id_, row in leaders.items()
        }
        for kept in session.exec(select(Question)).all():
            asking = Asking(session, readers[kept.owner_id])
            question = understood(asking, kept, dimensions_of(asking))
            assert question is not None
            assert answers(asking, [question])[0].totals
        watched = numbers_of(session, session.exec(select(Alert)).all(), readers)
        pinned = session.exec(select(PinnedQuestion.user_id)).all()
    assert [one.alert.kind for one in watched if not one.is_so] == ["stuck"]
    assert len(watched) == 9
    assert len(pinned) == 3
