"""Questions of one's own as one asks, keeps, shares, pins and exports them."""

import random
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
from python_calamine import CalamineWorkbook
from sqlmodel import select

from server.database import Database
from server.models.customer import Customer, CustomerShare
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.product import Product
from server.models.question import Question
from server.models.user import User
from server.models.visit import Visit
from tests.cast import NOW, Cast
from tests.routes.conftest import Browser, Screens
from tests.routes.numbers import cents_listed, figures_of

ASK = "/team/questions/new"
SPLIT = {"measure": "visits", "by": "rep", "period": "quarter"}


@pytest.fixture
def half_a_year(database: Database, cast: Cast) -> None:
    dice = random.Random(8)
    with database.writing() as session:
        for number in range(24):
            owner = dice.choice([cast.alice, cast.bob, cast.charlie])
            customer = Customer(
                id=new_id(), name=f"Customer {number}", sort_key=f"customer {number:02}", owner_id=owner.id,
                territory_id=owner.territory_id, customer_type=dice.choice(["Workshop", "=Plant", None]),
                lifecycle="active", created_at=NOW - timedelta(days=200),
            )  # fmt: skip
            session.add(customer)
            session.flush()
            for _ in range(dice.randint(1, 5)):
                at = NOW - timedelta(minutes=dice.randint(1, 70_000))
                session.add(Visit(id=new_id(), customer_id=customer.id, author_id=owner.id, started_at=at,
                                  outcome="ordered", created_at=at))  # fmt: skip
                sale = {"amount_cents": dice.randint(1, 9) * 150_000, "stage": dice.choice(["won", "quote"])}
                session.add(Opportunity(id=new_id(), customer_id=customer.id, owner_id=owner.id, name="Seals",
                                        currency=dice.choice(["EUR", "CNY"]), created_at=at, stage_since=at,
                                        **sale))  # fmt: skip


def totals(html: str) -> list[str]:
    return re.findall(r'class="total" href="[^"]*">([^<]*)<', html)


def numbers(html: str) -> dict[str, tuple[str, str]]:
    """{"Alice": ("12", "/team/questions/list?…")}"""
    found = re.findall(r'<th scope="row"[^>]*><a href="([^"]*)">([^<]*)</a>.*?<td><a [^>]*>([^<]*)</a>', html)
    return {name: (text, unescape(href)) for href, name, text in found}


def rows(html: str) -> int:
    return len(re.findall(r'<li><a class="row" href="/(?:customers|opportunities)/', html))


def keep(browser: Screens, name: str, **asked: Any) -> str:
    answer = browser.post("/team/questions", {"name": name, **SPLIT, **asked})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).partition("?")[0]


def test_every_number_leads_to_as_many_rows(screens: Browser, henrik: User, half_a_year: None) -> None:
    browser = screens(henrik)
    for asked in ("measure=visits&by=rep", "measure=touched&by=territory", "measure=cold&by=customer_type",
                  "measure=customers&by=lifecycle", "measure=visits&by=month&only.customer_type=Workshop"):  # fmt: skip
        page = browser.get(f"{ASK}?{asked}&period=quarter").text
        told = numbers(page)
        assert told, asked
        for text, href in told.values():
            assert rows(browser.get(href).text) == int(text), href
        assert rows_of_all(browser, unescape(page)) == int(totals(page)[0])


def rows_of_all(browser: Screens, page: str) -> int:
    href = re.findall(r'class="total" href="([^"]*)"', page)[0]
    count, offset = 0, 0
    while more := rows(browser.get(f"{href}&offset={offset}").text):
        count, offset = count + more, offset + 50
    return count


def test_it_says_what_team_says(screens: Browser, cast: Cast, henrik: User, half_a_year: None) -> None:
    for user in (henrik, cast.mei):
        browser = screens(user)
        for period in ("week", "month", "quarter"):
            team = figures_of(browser.get(f"/team?period={period}").text)
            asked = {"Visits": "visits", "Going cold": "cold"}
            for label, measure in asked.items():
                assert totals(browser.get(f"{ASK}?measure={measure}&period={period}").text) == [team[label]]


def test_money_of_two_currencies_is_told_twice_and_agrees_with_the_board(
    screens: Browser, database: Database, henrik: User, half_a_year: None
) -> None:
    page = screens(henrik).get(f"{ASK}?measure=open_amount&by=stage").text
    with database.reading() as session:
        standing = [row for row in session.exec(select(Opportunity)) if row.stage == "quote"]
    sums = {c: sum(row.amount_cents for row in standing if row.currency == c) for c in ("CNY", "EUR")}
    assert totals(page) == [f"¥{sums['CNY'] // 100:,}", f"€{sums['EUR'] // 100:,}"]
    of_quote = re.findall(r'<td><a href="([^"]*)">([¥€])', page)
    for href, symbol in [*of_quote, *re.findall(r'class="total" href="([^"]*)">([¥€])', page)]:
        pages = [screens(henrik).get(f"{unescape(href)}&offset={offset}").text for offset in (0, 50, 100)]
        assert cents_listed(pages, symbol) == sums["CNY" if symbol == "¥" else "EUR"]
    assert len(of_quote) == 2
    board = screens(henrik).get("/team").text
    assert f"{totals(page)[0]} · {totals(page)[1]}" in board


def test_a_shared_question_is_answered_as_whoever_opens_it_may_see(
    screens: Browser, cast: Cast, henrik: User, half_a_year: None
) -> None:
    mine, boss = screens(cast.mei), screens(henrik)
    path = keep(boss, "Everybody's visits", shared_with=["manager"])
    seen, whole = numbers(mine.get(path).text), numbers(boss.get(path).text)
    assert set(seen) == {"Alice", "Bob"}
    assert set(whole) == {"Alice", "Bob", "Charlie"}
    assert seen["Alice"] == whole["Alice"]
    assert rows(mine.get(whole["Charlie"][1]).text) == 0
    narrowed = keep(boss, "Only the south", **{"only.territory": cast.south.id}, shared_with=["manager"])
    assert "Nothing to tell" in mine.get(narrowed).text
    for end in ("csv", "xlsx"):
        export = re.search(rf'href="([^"]*export\.{end}[^"]*)"', boss.get(path).text)
        assert export
        assert b"Charlie" not in mine.get(unescape(export[1])).content


def test_what_is_not_shared_is_there_for_its_owner_alone(
    screens: Browser, cast: Cast, henrik: User, half_a_year: None
) -> None:
    mine, boss = screens(cast.mei), screens(henrik)
    path = keep(boss, "For me")
    assert mine.get(path).status_code == 404
    assert "For me" not in mine.get("/team/questions").text
    shared = keep(boss, "For managers", shared_with=["manager"])
    assert "From Henrik" in mine.get("/team/questions").text
    for verb in ("", "/name", "/delete"):
        assert mine.post(f"{shared}{verb}", {"name": "Mine now", **SPLIT}).status_code == 404
    assert screens(cast.dora).get(shared).status_code == 404


def test_a_question_is_renamed_changed_and_deleted_by_its_owner(
    screens: Browser, cast: Cast, half_a_year: None, database: Database
) -> None:
    browser = screens(cast.mei)
    path = keep(browser, "Visits")
    assert (
        browser.post(f"{path}/name", {"name": "Visits of us", "shared_with": ["executive"]}).status_code
        == 303
    )
    assert browser.post(path, {**SPLIT, "name": "By month", "by": "month"}).status_code == 303
    with database.reading() as session:
        kept = session.exec(select(Question)).one()
    assert (kept.name, kept.shared_with, kept.definition["by"]) == ("By month", [], ["month"])
    assert browser.post(f"{path}/pin", {"pinned": "yes"}).status_code == 303
    assert browser.post(f"{path}/delete").status_code == 303
    assert browser.get(path).status_code == 404
    assert browser.get("/team").status_code == 200


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("measure=profit", "Please choose one of the list."),
        ("measure=", "This is needed."),
        ("measure=visits&by=stage", "Visits cannot be told by Stage. Choose another one."),
        ("measure=visits&by=rep&then=rep", "This is the same as above."),
        ("measure=visits&by=week&then=month", "One of the two can be a time."),
        ("measure=visits&by=custom.1", "Please choose one of the list."),
        ("measure=visits&period=tomorrow", "Please choose one of the list."),
        ("measure=visits&only.stage=1", "cannot be told by Stage"),
        ("measure=visits&only.region=%01", "cannot be kept"),
    ],
)
def test_nonsense_gets_a_sentence_beside_its_field(
    screens: Browser, cast: Cast, asked: str, sentence: str
) -> None:
    page = screens(cast.mei).get(f"{ASK}?{asked}")
    assert page.status_code == 200
    assert sentence in page.text
    assert screens(cast.mei).get(f"/team/questions/list?{asked}").status_code == 404


@pytest.mark.parametrize("only", ["month", "week"])
def test_a_month_that_is_none_has_nothing_in_it(
    screens: Browser, cast: Cast, half_a_year: None, only: str
) -> None:
    asked = f"measure=visits&period=quarter&only.{only}=garbage&only.{only}=2026-99-01"
    browser = screens(cast.mei)
    page = browser.get(f"{ASK}?{asked}")
    assert page.status_code == 200
    assert "garbage" in page.text, "and can be unticked"
    answer = browser.get(f"/team/questions/list?{asked}")
    assert (answer.status_code, rows(answer.text)) == (200, 0)


def test_what_was_typed_is_kept_where_something_is_wrong(
    screens: Browser, cast: Cast, database: Database
) -> None:
    browser = screens(cast.mei)
    wrong = {**SPLIT, "name": "x" * 81, "shared_with": ["executive"]}
    answer = browser.post("/team/questions", wrong)
    assert answer.status_code == 422
    assert "At most 80 characters, please." in answer.text
    for page in (answer.text, browser.get(f"{ASK}?{urlencode(wrong, doseq=True)}").text):
        assert re.search(r'value="executive" checked', page)
        assert re.search(r'type="hidden" name="by" value="rep"', page)
        assert "x" * 81 in page
    assert browser.post("/team/questions", {"name": "x", "measure": "profit"}).status_code == 422
    with database.reading() as session:
        assert session.exec(select(Question)).all() == []


def test_without_a_name_it_is_called_what_it_asks(screens: Browser, cast: Cast, database: Database) -> None:
    browser = screens(cast.mei)
    path = keep(browser, " ")
    with database.reading() as session:
        assert session.exec(select(Question)).one().name == "Visits by rep"
    title = '<h2 dir="auto"{}>Visits by rep</h2>'
    assert title.format(' class="unseen"') in browser.get(path).text  # as the page is called already
    browser.post(f"{path}/name", {"name": "Who sees whom"})
    assert title.format("") in browser.get(path).text
    assert browser.post(f"{path}/name", {"name": " "}).status_code == 422


def test_what_a_later_version_or_a_retired_field_left_behind_says_so(
    screens: Browser, cast: Cast, database: Database
) -> None:
    browser = screens(cast.mei)
    path = keep(browser, "Old")
    for definition in ({"version": 2, "measure": "visits"}, {"version": 1, "measure": "visits", "by": ["custom.x"]},
                       {"version": 1, "measure": "visits", "only": []}, []):  # fmt: skip
        with database.writing() as session:
            session.exec(select(Question)).one().definition = definition  # type: ignore[assignment]
        for page in (path, "/team/questions", "/team"):
            assert browser.get(page).status_code == 200
    with database.writing() as session:
        session.exec(select(Question)).one().definition = {"version": 9}
    assert "no longer known here" in browser.get(path).text


def test_pinned_questions_stand_on_team_until_they_are_taken_off(
    screens: Browser, cast: Cast, henrik: User, half_a_year: None
) -> None:
    boss, mine = screens(henrik), screens(cast.mei)
    path = keep(boss, "Who sees whom", shared_with=["manager"])
    for browser in (boss, mine, mine):  # twice is once
        assert browser.post(f"{path}/pin", {"pinned": "yes"}).status_code == 303
    assert "Who sees whom" in mine.get("/team").text
    assert set(numbers(mine.get("/team").text)) == {"Alice", "Bob"}
    boss.post(f"{path}/name", {"name": "Who sees whom"})
    assert "Who sees whom" not in mine.get("/team").text
    boss.post(f"{path}/pin")
    assert "Who sees whom" not in boss.get("/team").text


def test_a_question_that_team_has_no_room_for_is_not_said_to_be_there(
    screens: Browser, cast: Cast, henrik: User, half_a_year: None
) -> None:
    boss, mine = screens(henrik), screens(cast.mei)
    others = [keep(boss, f"No {number}", shared_with=["manager"]) for number in range(6)]
    seventh = keep(mine, "The seventh")
    for path in others:
        assert mine.post(f"{path}/pin", {"pinned": "yes"}).headers["location"] == f"{path}?done=pinned"
    answer = mine.post(f"{seventh}/pin", {"pinned": "yes"})
    assert "Team has six questions already. Take one off first." in mine.get(answer.headers["location"]).text
    assert mine.get("/team/questions").text.count("On Team") == 6
    assert mine.post(f"{others[0]}/pin", {"pinned": "yes"}).headers["location"] == f"{others[0]}?done=pinned"
    # One that is no longer shared with them is not on Team, and takes no room there.
    boss.post(f"{others[0]}/name", {"name": "No longer shared"})
    assert mine.post(f"{seventh}/pin", {"pinned": "yes"}).headers["location"] == f"{seventh}?done=pinned"
    assert "The seventh" in mine.get("/team").text


def test_parts_that_come_to_more_than_the_whole_say_why(
    screens: Browser, cast: Cast, database: Database, half_a_year: None
) -> None:
    """A visit where two competitors were seen is told of both."""
    with database.writing() as session:
        session.exec(select(Visit).where(Visit.author_id == cast.alice.id)).first().competitors = ["A", "B"]  # type: ignore[union-attr]
    browser, why = screens(cast.mei), "One that has several is counted in each of them."
    for asked, is_so in ((("competitor",), True), (("rep", "product"), True), (("rep",), False), ((), False)):
        by = dict(zip(("by", "then"), asked, strict=False))
        page = browser.get(f"{ASK}?{urlencode({'measure': 'visits', 'period': 'quarter', **by})}").text
        assert (why in page) == is_so, asked
        sheet = browser.get(f"/team/questions/export.csv?{urlencode({'measure': 'visits', **by})}").text
        assert (why in sheet) == is_so, asked
    browser.post(f"{keep(browser, 'Seen', by='competitor')}/pin", {"pinned": "yes"})
    assert why in browser.get("/team").text


def test_columns_that_have_no_room_are_told(
    screens: Browser, cast: Cast, database: Database, half_a_year: None
) -> None:
    with database.writing() as session:
        for number, customer in enumerate(session.exec(select(Customer)).all()):
            customer.region = f"Region {number:02}"
    browser, asked = screens(cast.mei), {"measure": "customers", "by": "rep", "then": "region"}
    page = browser.get(f"{ASK}?{urlencode(asked)}").text
    told = re.search(r"The first 12 columns of (\d+) are shown", page)
    assert told
    assert int(told[1]) > 12
    browser.post(f"{keep(browser, 'Where', **asked)}/pin", {"pinned": "yes"})
    assert f"The first 6 columns of {told[1]} are shown" in browser.get("/team").text
    browser.post(f"{keep(browser, 'When', then='week')}/pin", {"pinned": "yes"})
    assert re.search(r"The last 6 columns of \d are shown", browser.get("/team").text)
    assert "columns" not in browser.get(f"{ASK}?{urlencode({**SPLIT, 'then': 'week'})}").text


def test_team_with_pinned_questions_takes_as_many_statements_whatever_they_ask(
    screens: Browser, henrik: User, half_a_year: None, count_queries: Callable[[], Any]
) -> None:
    browser = screens(henrik)
    for number, asked in enumerate(({"by": "rep", "then": "week"}, {"measure": "open_amount", "by": "stage"},
                                    {"measure": "cold", "by": "territory"}, {"measure": "days_standing"},
                                    {"measure": "order_amount", "by": "product", "then": "month"})):  # fmt: skip
        path = keep(browser, f"Question {number}", **{"then": "", **asked})
        browser.post(f"{path}/pin", {"pinned": "yes"})
    with count_queries() as asked_for:
        assert browser.get("/team").text.count('class="pinned"') == 5
    assert len(asked_for) <= 15, asked_for


def test_names_from_elsewhere_on_team_take_one_statement_of_all_pinned_questions(
    screens: Browser, cast: Cast, database: Database, half_a_year: None, count_queries: Callable[[], Any]
) -> None:
    """What was shared with a manager is of reps whom she does not lead; and Team is of one product."""
    seal = Product(id=new_id(), name="Shaft seal")
    with database.writing() as session:
        session.add(seal)
        for customer in session.exec(select(Customer).where(Customer.owner_id == cast.charlie.id)):
            session.add(CustomerShare(customer_id=customer.id, user_id=cast.mei.id))
        for visit in session.exec(select(Visit)):
            visit.product_ids = [seal.id]
    browser = screens(cast.mei)
    for measure in ("visits", "touched", "open_amount"):
        path = keep(browser, f"Question {measure}", measure=measure)
        browser.post(f"{path}/pin", {"pinned": "yes"})
    browser.get(f"/team?of_product={seal.id}")
    with count_queries() as asked_for:
        page = browser.get("/team").text
    assert "Charlie" in numbers(page)
    assert ">Shaft seal<" in page
    assert len(asked_for) <= 15, asked_for


def test_team_is_as_one_last_looked_at_it(screens: Browser, cast: Cast, henrik: User) -> None:
    browser, other = screens(henrik), screens(cast.mei)
    browser.get(f"/team?period=quarter&territory={cast.north.id}")
    again = browser.get("/team").text
    assert re.search(r'aria-current="true"[^>]*>This quarter<', again)
    assert re.search(r'aria-current="true"[^>]*>North<', again)
    assert re.search(r'aria-current="true"[^>]*>This week<', other.get("/team").text)
    browser.get("/team?period=week")
    assert re.search(r'aria-current="true"[^>]*>All territories<', browser.get("/team").text)
    browser.get("/team/visits?period=month")  # a list is no way of looking at Team
    assert re.search(r'aria-current="true"[^>]*>This week<', browser.get("/team").text)


def test_the_exports_say_the_same_and_no_cell_is_a_formula(
    screens: Browser, henrik: User, half_a_year: None
) -> None:
    browser = screens(henrik)
    asked = "measure=won_amount&by=customer_type&period=quarter"
    csv = browser.get(f"/team/questions/export.csv?{asked}")
    assert csv.headers["content-disposition"] == 'attachment; filename="won_amount-2026-11-23.csv"'
    assert csv.headers["content-type"] == "text/csv; charset=utf-8"
    lines = csv.text.removeprefix("\ufeff").splitlines()
    assert lines[0] == "Customer type,Currency,Won amount"
    assert any(line.startswith("'=Plant,EUR,") for line in lines)
    book = CalamineWorkbook.from_filelike(
        BytesIO(browser.get(f"/team/questions/export.xlsx?{asked}").content)
    )
    cells = book.get_sheet_by_index(0).to_python()
    assert [[str(row[0]).lstrip("'"), row[1], float(str(row[2]))] for row in cells[1:]] == [
        [line.split(",")[0].lstrip("'"), line.split(",")[1], float(line.split(",")[2])] for line in lines[1:]
    ]
    page = browser.get(f"{ASK}?{asked}").text
    euros = sum(float(str(row[2])) for row in cells[1:] if row[1] == "EUR")
    assert f"€{euros:,.0f}" in totals(page)


def test_an_empty_company_has_an_empty_answer_and_no_division(screens: Browser, cast: Cast) -> None:
    browser = screens(cast.mei)
    for measure in (
        "visits",
        "touched",
        "won_amount",
        "open_amount",
        "conversion",
        "days_standing",
        "customers",
        "cold",
    ):
        for by in ("", "&by=rep", "&by=territory&then=rep", "&by=month"):
            page = browser.get(f"{ASK}?measure={measure}{by}")
            assert page.status_code == 200
            assert "Nothing to tell" in page.text or "cannot be told" in page.text
