"""Lists stand in one order, whichever database they are read from: each sorts names, and what is empty, its own way."""

import re
from collections.abc import Callable

import pytest
from sqlmodel import col

from server.database import Database
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.product import Product
from server.models.user import Role
from server.questions.answering import Question
from server.questions.asking import Asking
from server.questions.definition import Definition
from server.questions.measures import Measure
from server.questions.rows_behind import rows_behind
from server.questions.subjects import REPS
from server.translations import translator
from server.views.reader import Reader
from tests.cast import NOW, Cast, person
from tests.routes.conftest import Browser, Do

NAMES = ["Zoë", "émile", "Émilie", "anna", "Bo", "bo", "Ann", "Anne", "-x", "王芳"]
IN_ORDER = ["-x", "Ann", "anna", "Anne", "Bo", "bo", "émile", "Émilie", "Zoë", "王芳"]


def options(page: str, name: str) -> list[str]:
    """What can be chosen, but for the first, which stands for all."""
    choice = re.search(rf'<select[^>]* name="{name}".*?</select>', page, re.DOTALL)
    assert choice is not None
    return re.findall(r"<option[^>]*>([^<]*)", choice[0])[1:]


def test_people_and_products_stand_by_name(screens: Browser, database: Database, cast: Cast) -> None:
    with database.writing() as session:
        for number, name in enumerate(NAMES):
            rep = person(f"rep{number}", Role.REP, cast.north)
            rep.name = name
            session.add_all([rep, Product(id=new_id(), name=name)])
    mei = screens(cast.mei)
    reps = [name for name in options(mei.get("/team/filter").text, "rep") if name in NAMES]
    assert reps == IN_ORDER
    listed = re.findall(r'<strong dir="auto">([^<]*)', mei.get("/products").text)
    assert [name for name in listed if name in NAMES] == IN_ORDER


class Everyone(Measure):
    subject, is_now = REPS, True


def test_so_do_the_reps_behind_a_number_and_what_a_question_can_be_narrowed_to(
    database: Database, cast: Cast, add_customer: Callable[..., Customer]
) -> None:
    with database.writing() as session:
        for number, name in enumerate(NAMES):
            rep = person(f"rep{number}", Role.REP, cast.north)
            rep.name = name
            session.add(rep)
    for name in NAMES:
        add_customer(cast.alice, name, region=name)
    with database.reading() as session:
        asking = Asking(session, Reader(cast.mei, NOW, "UTC", translator("en")))
        everyone = Question(asking, Definition("", (), "week", {}), {}, Everyone())
        pages = [rows_behind(everyone, offset, 5) for offset in (0, 5, 10)]
        reps = [row[0].name for page in pages for row in page]
        regions = asking.values_of(col(Customer.region))
    assert [name for name in reps if name in NAMES] == IN_ORDER
    assert regions == sorted(NAMES)


@pytest.mark.parametrize(
    ("by", "path", "day"),
    [("alice", "/report/2026-11-16", "2026-11-25"), ("mei", "/team/planned", "2026-11-23")],
)
def test_visits_without_a_time_come_after_those_of_the_same_day(
    screens: Browser, cast: Cast, add_customer: Callable[..., Customer], do: Do, by: str, path: str, day: str
) -> None:
    for name, time in (("Any time", None), ("At ten", "10:00"), ("At nine", "09:00")):
        customer = add_customer(cast.alice, name)
        told = {"customer_id": customer.id, "planned_on": day, "planned_time": time}
        do(cast.alice, "visit.plan", {"visit_id": new_id(), **told})
    page = screens(getattr(cast, by)).get(path).text
    assert re.findall(r'dir="auto">(A[^<]* (?:time|ten|nine))<', page) == ["At nine", "At ten", "Any time"]


def test_the_address_stays_as_it_was_but_for_what_was_done(screens: Browser, cast: Cast) -> None:
    asked = f"/team/visits?when=before&period=month&rep={cast.alice.id}&outcome=interested&day=&offset=0"
    answer = screens(cast.mei).part(f"{asked}&done=given&id={cast.alice.id}")
    assert answer.headers["hx-replace-url"] == asked
