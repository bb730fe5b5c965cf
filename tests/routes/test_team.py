"""Team: every figure is what counting by hand gives, and leads to as many rows."""

import random
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select, update

from server.database import Database
from server.days import first_day, last_day, working_days
from server.models.column import wire
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.quota import keep
from server.models.reminder import TerritorySettings
from server.models.user import Role, User
from server.models.visit import Visit
from server.views.amounts import about
from server.views.attainment import percent_of
from tests.cast import NOW, PASSWORD, Cast, person
from tests.routes.conftest import Browser, Do, Screens
from tests.routes.doorstep import Doorstep, sign_in
from tests.routes.numbers import figures_of, numbers_in, tiles_of

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 23)


@pytest.fixture
def henrik(database: Database) -> User:
    executive = person("Henrik", Role.EXECUTIVE)
    executive.time_zone = "Europe/Berlin"
    with database.writing() as session:
        session.add(executive)
    return executive


@pytest.fixture
def half_a_year(database: Database, cast: Cast) -> list[Visit]:
    """Of visits, at any hour: also at midnight, and on both sides of the night the clocks went back."""
    dice = random.Random(4)
    customers = [
        Customer(
            id=new_id(),
            name=f"Customer {number}",
            sort_key=f"customer {number}",
            lifecycle=dice.choice(["active", "lead", "lost"]),
            cadence_days=dice.choice([7, 30, 45]),
            owner_id=owner.id,
            territory_id=owner.territory_id,
            created_at=NOW - timedelta(days=200),
        )
        for number in range(40)
        for owner in [dice.choice([cast.alice, cast.bob, cast.charlie])]
    ]
    visits = []
    for customer in customers:
        moments = sorted(NOW - timedelta(minutes=dice.randint(1, 260_000)) for _ in range(dice.randint(0, 8)))
        customer.last_touch_at = moments[-1] if moments else None
        outcomes = ["ordered", "not_now", None]
        made = [
            Visit(id=new_id(), customer_id=customer.id, author_id=str(customer.owner_id), started_at=moment,
                  outcome=dice.choice(outcomes), created_at=moment)
            for moment in moments
        ]  # fmt: skip
        if made and dice.random() < 0.3:
            made[0].withdrawn_at = NOW
        visits += made
    late = [
        FollowUp(id=new_id(), customer_id=customer.id, owner_id=str(customer.owner_id), created_at=NOW,
                 due_on=TODAY + timedelta(days=dice.randint(-9, 9)))
        for customer in customers
    ]  # fmt: skip
    with database.writing() as session:
        session.add_all(customers)
        session.flush()
        session.add_all([*visits, *late])
    return visits


@pytest.fixture
def for_sale(database: Database, cast: Cast, half_a_year: list[Visit]) -> list[Opportunity]:
    """Won in this quarter and in the one before, or standing, some of it for too long."""
    dice = random.Random(5)
    with database.writing() as session:
        customers = session.exec(select(Customer).order_by(Customer.name)).all()
        for rep in (cast.alice, cast.charlie):
            keep(session.get_one(User, rep.id), date(2026, 10, 1), 90_000_000, "EUR", "UTC")
        sales = [
            Opportunity(id=new_id(), customer_id=customer.id, owner_id=customer.owner_id, name="Seals", currency="EUR",
                        amount_cents=dice.randint(10_000, 9_000_000), stage=dice.choice(["won", "quote", "lead"]),
                        stage_since=NOW - timedelta(days=dice.randint(0, 120)), created_at=NOW - timedelta(days=200))
            for customer in customers
            for _ in range(dice.randint(0, 3))
        ]  # fmt: skip
        session.add_all(sales)
    return sales


def rows(html: str) -> int:
    return len(re.findall(r'<li><a class="row" href="/customers/', html))


def in_berlin(moment: datetime) -> date:
    return moment.astimezone(BERLIN).date()


@pytest.mark.parametrize("period", ["week", "month", "quarter"])
def test_figures_are_what_counting_by_hand_gives(
    screens: Browser, database: Database, cast: Cast, henrik: User, half_a_year: list[Visit], period: str
) -> None:
    page = screens(henrik).get(f"/team?period={period}").text
    first = first_day(period, TODAY)
    made = [
        v for v in half_a_year if not v.withdrawn_at and v.started_at and in_berlin(v.started_at) >= first
    ]
    with database.reading() as session:
        customers = [row for row in session.exec(select(Customer)) if row.lifecycle != "lost"]
        late = [row for row in session.exec(select(FollowUp)) if row.due_on < TODAY]
    cold = [
        row
        for row in customers
        if (TODAY - in_berlin(row.last_touch_at or row.created_at)).days > row.cadence_days
    ]
    assert cold
    assert figures_of(page) == {
        "Won against quota": "0",
        "Forecast": "–",
        "Visits": str(len(made)),
        "Going cold": str(len(cold)),
        "Late follow-ups": str(len(late)),
        "Stuck": "0",
    }
    kept = len(customers) - len(cold)
    assert f"{100 * kept // len(customers)}% in touch: {kept}, within their rhythm" in page
    heat = dict(re.findall(r"<title>([^:<]+): (\d+) visits?</title>", page))
    by_day: dict[str, int] = {}
    for visit in half_a_year:
        if visit.started_at and not visit.withdrawn_at:
            day = in_berlin(visit.started_at)
            by_day[f"{day.day} {day:%b}"] = by_day.get(f"{day.day} {day:%b}", 0) + 1
    told = {
        day: int(count) for day, count in heat.items() if day not in ("Today", "Yesterday") and int(count)
    }
    assert len(told) > 20
    assert {day: by_day[day] for day in told} == told


@pytest.mark.parametrize("period", ["week", "month", "quarter"])
def test_every_number_leads_to_as_many_rows(
    screens: Browser,
    cast: Cast,
    henrik: User,
    half_a_year: list[Visit],
    for_sale: list[Opportunity],
    period: str,
) -> None:
    """Of the whole team and of each rep, beside their names."""
    met = set()
    for reader, whose in ((henrik, ""), (henrik, f"&territory={cast.north.id}"), (cast.mei, "")):
        browser = screens(reader)
        page = browser.get(f"/team?period={period}{whose}").text
        tiles = tiles_of(page)
        counted = [(tile.number, tile.href) for label, tile in tiles.items() if label in COUNTED]
        counted += [(one.text.partition(": ")[2], one.href) for one in tiles["Going cold"].more]
        counted += numbers_in(page)
        for text, href in counted:
            listed = browser.get(href).text
            if "/won" in href:
                [amount] = re.findall(r"^€[\d.]+k", text)
                assert amount in about_sums(listed), (text, href)
            else:
                number = re.findall(r"\d+", text)[0]
                assert rows_of_all(browser, href) == int(number), (text, href)
            met.add(href.partition("?")[0].removeprefix("/team/"))
        if visits := tiles["Visits"].more:
            change = int(re.sub(r" .*", "", visits[0].text).replace("±", "").replace("−", "-"))
            made = int(tiles["Visits"].number)
            assert rows_of_all(browser, visits[0].href) == made - change
    assert met == {"visits", "cold", "in-touch", "late", "won", "funnel/stuck"}


COUNTED = ("Visits", "Going cold", "Late follow-ups", "Stuck")


def about_sums(listed: str) -> list[str]:
    """What a list says that it comes to, as Team says amounts."""
    [line] = re.findall(r'<p class="soft" dir="auto">([^<]*)</p>', listed)
    amounts = re.findall(r"€([\d,.]+)", line)
    return [about(round(100 * float(amount.replace(",", ""))), "EUR", "en") for amount in amounts]


def rows_of_all(browser: Screens, href: str) -> int:
    counted, offset = 0, 0
    while more := len(re.findall(r'<li><a class="row" href="/', browser.get(f"{href}&offset={offset}").text)):
        counted, offset = counted + more, offset + 50
    return counted


def test_from_each_list_one_writes_to_whose_it_is(
    screens: Browser, database: Database, cast: Cast, half_a_year: list[Visit]
) -> None:
    browser = screens(cast.mei)
    with database.reading() as session:
        of_whom = {row.id: row.owner_id for row in session.exec(select(Customer))}
    emails = {cast.alice.id: cast.alice.email, cast.bob.id: cast.bob.email}
    for path in ("visits", "cold", "late"):
        page = browser.get(f"/team/{path}?period=month").text
        found = re.findall(
            r'(?s)class="row" href="/customers/([^"]*)".*?(?:href="mailto:([^"?]*)\?subject=Customer|</li>)',
            page,
        )
        assert found
        assert all(email == emails[str(of_whom[id_])] for id_, email in found)
    of_alice = browser.get(f"/team?rep={cast.alice.id}").text
    assert f'href="mailto:{cast.alice.email}"' in of_alice
    report = re.findall(r'href="(/report[^"]*)"', of_alice)[0]
    assert "Alice</h1>" in browser.get(report).text


def test_a_manager_sees_the_territory_and_cannot_ask_for_another(
    screens: Browser, cast: Cast, half_a_year: list[Visit]
) -> None:
    browser = screens(cast.mei)
    own = browser.get("/team?period=quarter").text
    assert "Alice" in own
    assert "Bob" in own
    assert "Charlie" not in own
    asked = browser.get(f"/team?period=quarter&territory={cast.south.id}&rep={cast.charlie.id}").text
    assert figures_of(asked) == figures_of(own)
    assert "Charlie" not in browser.get(f"/team/visits?period=quarter&rep={cast.charlie.id}").text


LEFT_OUT = "The rep or territory of this filter is not among yours, or no longer. It is left out."
BEHIND = ("filter", "visits", "planned", "cold", "late", "approvals", "quota", "won", "open", "in-touch", "forecast",
          "funnel", "funnel/moves", "funnel/standing", "funnel/stuck", "buying", "buying/customers",
          "buying/orders")  # fmt: skip


@pytest.mark.parametrize("path", ["", *(f"/{one}" for one in BEHIND)])
def test_a_filter_that_is_not_among_ones_own_is_said_to_be_left_out(
    screens: Browser, cast: Cast, path: str
) -> None:
    browser = screens(cast.mei)
    for query in (f"rep={cast.charlie.id}", f"territory={cast.south.id}", f"rep={new_id()}", "rep=x"):
        assert browser.get(f"/team{path}?{query}").text.count(LEFT_OUT) == 1
    for query in ("", f"?rep={cast.alice.id}&territory={cast.north.id}", "?rep=&territory="):
        assert LEFT_OUT not in browser.get(f"/team{path}{query}").text


def test_a_remembered_rep_who_left_is_left_out_and_that_is_said_once(
    screens: Browser, database: Database, cast: Cast
) -> None:
    browser = screens(cast.mei)
    assert ">Alice</h1>" in browser.get(f"/team?period=month&rep={cast.alice.id}").text
    assert ">Alice</h1>" in browser.get("/team").text
    with database.writing() as session:
        session.get_one(User, cast.alice.id).territory_id = cast.south.id
    page = browser.get("/team").text
    assert (LEFT_OUT in page, ">Alice</h1>" in page, ">Bob<" in page) == (True, False, True)
    again = browser.get("/team").text
    assert LEFT_OUT not in again
    assert re.search(r'period=month"[^>]*aria-current', again), "the rest is remembered as it was"


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [(0, 7, 0), (-5, 7, 0), (1, 1000, 0), (996, 1000, 99), (1000, 1000, 100), (1019, 1000, 101)],
)
def test_a_share_of_what_is_to_be_reached_is_cut_off(part: int, whole: int, percent: int) -> None:
    assert percent_of(part, whole) == percent


def test_not_everybody_is_in_touch_while_one_is_not(
    screens: Browser, database: Database, cast: Cast, henrik: User
) -> None:
    with database.writing() as session:
        for number in range(300):
            since = NOW - timedelta(days=31 if number == 7 else 1)
            of = {"owner_id": cast.alice.id, "territory_id": cast.north.id}
            session.add(Customer(id=new_id(), name="A", sort_key="a", created_at=since, **of))
    browser = screens(henrik)
    assert "99% in touch: 299, within their rhythm" in browser.get("/team").text
    assert ">99%<" in browser.get("/team/questions/new?measure=in_touch").text


def test_with_nothing_to_filter_by_it_says_what_will_be_there(
    screens: Browser, database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        for rep in (cast.alice, cast.bob):
            session.get_one(User, rep.id).deactivated_at = NOW
    browser = screens(cast.mei)
    page = browser.get("/team/filter").text
    assert "There is nothing to filter by yet." in page
    assert 'type="submit"' not in page.partition("<main")[2].partition("</main>")[0]
    with database.writing() as session:
        session.get_one(User, cast.bob.id).deactivated_at = None
    page = browser.get("/team/filter").text
    assert "There is nothing to filter by yet." not in page
    assert '<select id="rep"' in page


def test_who_needs_a_word_comes_first_and_it_says_why(
    screens: Browser, database: Database, cast: Cast, henrik: User
) -> None:
    yesterday = NOW - timedelta(days=3)  # Friday
    customer = Customer(
        id=new_id(), name="Harbour", sort_key="harbour", owner_id=cast.alice.id, territory_id=cast.north.id,
        created_at=NOW,
    )  # fmt: skip
    with database.writing() as session:
        session.execute(update(User).values(created_at=NOW - timedelta(days=200)))
        session.add(customer)
        session.flush()
        visit = {"customer_id": customer.id, "author_id": cast.alice.id, "created_at": yesterday}
        session.add_all(Visit(id=new_id(), started_at=yesterday, **visit) for _ in range(70))
    page = screens(henrik).get("/team?period=month").text
    names = re.findall(r'<strong dir="auto">(Alice|Bob|Charlie)</strong>', page)
    assert names[:3] == ["Bob", "Charlie", "Alice"]
    assert "Behind the plan · No visit in three months" in page
    assert "Alice: Visits 70 of 84" in told_of(page, "Alice")
    assert page.count("of 1 customer<") == 2, "in the tile, and at the territory below"
    assert ">ahead</span>" in page


def test_the_customers_of_who_has_left_are_told_of_beside_those_of_the_others(
    screens: Browser, database: Database, cast: Cast
) -> None:
    old = {"territory_id": cast.north.id, "created_at": NOW - timedelta(days=90)}
    with database.writing() as session:
        for owner, count in ((cast.alice, 1), (cast.bob, 3)):
            session.add_all(
                Customer(id=new_id(), name=f"{owner.name} {n}", sort_key="", owner_id=owner.id, **old)
                for n in range(count)
            )
    browser = screens(cast.mei)
    assert cold_of(browser.get("/team").text) == [("Bob", "of 3 customers"), ("Alice", "of 1 customer")]
    with database.writing() as session:
        session.get_one(User, cast.bob.id).deactivated_at = NOW
    page = browser.get("/team").text
    assert cold_of(page) == [("Others", "of 3 customers"), ("Alice", "of 1 customer")]
    assert "Bob" in browser.get("/team/questions/new?measure=cold&by=rep").text, "where the row leads to"
    assert 'href="/team/questions/new?measure=cold&amp;by=rep"' in page


def test_no_number_stands_where_nobody_is_going_cold(
    screens: Browser, database: Database, cast: Cast
) -> None:
    its = {"owner_id": cast.alice.id, "territory_id": cast.north.id, "created_at": NOW}
    with database.writing() as session:
        session.add(Customer(id=new_id(), name="Quay", sort_key="quay", **its))
    page = screens(cast.mei).get("/team").text
    assert cold_of(page) == [("Alice", "of 1 customer")]
    assert 'class="tag' not in page[page.index('id="cold-title"') :].split("</section>")[0]


def cold_of(page: str) -> list[tuple[str, str]]:
    return re.findall(r'<strong dir="auto">(\w+)</strong><small>(of [^<]+)</small><svg class="bar-of"', page)


@pytest.mark.parametrize(
    ("hours", "tag", "reasons"),
    [(1, "on track", ""), (24, "on track", ""), (11 * 24, "behind", "Behind the plan · No visit yet")],
)
def test_whoever_is_new_is_measured_against_the_days_since_then(
    screens: Browser, database: Database, cast: Cast, henrik: User, hours: int, tag: str, reasons: str
) -> None:
    with database.writing() as session:
        session.execute(update(User).values(created_at=NOW - timedelta(hours=hours)))
    page = screens(henrik).get(f"/team?period=month&territory={cast.south.id}").text
    charlie = page[page.index('<strong dir="auto">Charlie</strong>') :].split("</li>")[0]
    assert f">{tag}</span>" in charlie
    assert ("No visit" in charlie, reasons in charlie) == (bool(reasons), True)


def test_holidays_of_a_territory_are_no_days_on_which_its_reps_fall_behind(
    screens: Browser, database: Database, cast: Cast, henrik: User
) -> None:
    """Two weeks of them until yesterday: twenty visits are all that the first week of the month asked for."""
    days = [str(date(2026, 11, 9) + timedelta(days=number)) for number in range(14)]
    far = Customer(id=new_id(), name="Far", sort_key="far", owner_id=cast.charlie.id,
                   territory_id=cast.south.id, created_at=NOW)  # fmt: skip
    with database.writing() as session:
        session.execute(update(User).values(created_at=NOW - timedelta(days=200)))
        session.add(far)
        session.flush()
        for author in (cast.alice, cast.charlie):
            visit = {"customer_id": far.id, "author_id": author.id, "created_at": NOW}
            at = NOW - timedelta(days=17)
            session.add_all(Visit(id=new_id(), started_at=at, **visit) for _ in range(20))
    browser = screens(henrik)
    assert "behind" in told_of(browser.get("/team?period=month").text, "Charlie")
    with database.writing() as session:
        session.add(TerritorySettings(territory_id=cast.south.id, set_by=cast.dora.id, holidays=days))
    page = browser.get("/team?period=month").text
    charlie, alice = told_of(page, "Charlie"), told_of(page, "Alice")
    assert "on track" in charlie
    assert "Behind the plan" not in charlie
    assert "Last visit" not in charlie
    assert "Behind the plan · Last visit" in alice


def test_the_pipeline_is_counted_by_stage_and_says_what_stands_too_long(
    screens: Browser, do: Do, cast: Cast, henrik: User, half_a_year: list[Visit], database: Database
) -> None:
    with database.reading() as session:
        held = session.exec(select(Customer).where(Customer.owner_id == cast.alice.id)).all()
    of = {"name": "Seals", "stage": "lead", "currency": "EUR", "amount_cents": 150_000}
    for customer in held[:3]:
        do(cast.alice, "opportunity.create", {**of, "opportunity_id": new_id(), "customer_id": customer.id})
    yuan = {**of, "currency": "CNY", "opportunity_id": new_id(), "customer_id": held[0].id}
    do(cast.alice, "opportunity.create", yuan)
    with database.writing() as session:
        session.get_one(Opportunity, yuan["opportunity_id"]).stage_since = NOW - timedelta(days=300)
    page = screens(henrik).get("/team").text
    lead = page[page.index(">Lead<") : page.index(">First contact<")]
    assert "¥1,500 · €4,500" in lead
    assert ">1 stuck<" in lead
    assert re.search(r'class="tag">4<', lead)
    assert ">1 stuck<" not in screens(henrik).get(f"/team?rep={cast.bob.id}").text
    assert figures_of(page)["Stuck"] == "1"
    assert "1 of them at Lead" in page
    for href in (tiles_of(page)["Stuck"].href, *(one.href for one in numbers_in(lead))):
        assert screens(henrik).get(href).text.count('<a class="row" href="/opportunities/') == 1


def test_who_is_far_behind_the_quota_needs_a_word_however_many_the_visits(
    screens: Browser, database: Database, cast: Cast, henrik: User
) -> None:
    with database.writing() as session:
        session.execute(update(User).values(created_at=NOW - timedelta(days=90)))
        keep(session.get_one(User, cast.charlie.id), date(2026, 10, 1), 90_000_000, "EUR", "UTC")
        customer = Customer(id=new_id(), name="Harbour", sort_key="harbour", owner_id=cast.charlie.id,
                            territory_id=cast.south.id, created_at=NOW)  # fmt: skip
        session.add(customer)
        session.flush()
        at, whose = NOW - timedelta(hours=2), {"customer_id": customer.id, "created_at": NOW}
        session.add_all(
            Visit(id=new_id(), author_id=cast.charlie.id, started_at=at, **whose) for _ in range(30)
        )
        session.add(Opportunity(id=new_id(), owner_id=cast.charlie.id, name="Seals", amount_cents=9_000_000,
                                currency="EUR", stage="won", stage_since=at, **whose))  # fmt: skip
    page = screens(henrik).get("/team").text
    charlie = told_of(page, "Charlie")
    assert "Charlie Behind the quota behind" in charlie
    assert "Won against quota €90k · 10%" in charlie
    assert "Behind the plan" not in charlie


@pytest.mark.parametrize(("fine", "needy", "unfolded", "fold"), [
    (6, 2, 8, ""),
    (7, 2, 2, "7 more reps, nothing unusual"),
    (8, 0, 0, "8 reps, nothing unusual"),
    (1, 9, 10, ""),
])  # fmt: skip
def test_of_many_reps_those_with_nothing_unusual_are_folded_below_the_others(
    screens: Browser, database: Database, cast: Cast, fine: int, needy: int, unfolded: int, fold: str
) -> None:
    """Mei leads them. Each has all numbers, folded or not, in the order of their names."""
    with database.writing() as session:
        for rep in (cast.alice, cast.bob):
            session.get_one(User, rep.id).deactivated_at = NOW
        home = {"territory_id": cast.north.id, "created_at": NOW - timedelta(days=200)}
        harbour = Customer(id=new_id(), name="Harbour", sort_key="harbour", **home)
        session.add(harbour)
        reps = [person(f"Rep {number:02}", Role.REP) for number in range(fine + needy)]
        for rep in reps:
            rep.territory_id = cast.north.id
        session.add_all(reps)
        session.flush()
        made = {"customer_id": harbour.id, "started_at": NOW - timedelta(hours=2), "created_at": NOW}
        session.add_all(Visit(id=new_id(), author_id=rep.id, **made) for rep in reps[needy:])
        for number, rep in enumerate(reps):
            named = {"name": f"Mill {number}", "sort_key": f"mill {number}", "owner_id": rep.id}
            session.add(Customer(id=new_id(), **named, **home))
        for rep in reps[:needy]:
            rep.created_at = home["created_at"]
            keep(rep, date(2026, 10, 1), 90_000_000, "EUR", "UTC")
    page = screens(cast.mei).get("/team").text
    group = page[page.index('id="reps-title"') : page.index('<div class="panels">')]
    above, folded = group.partition("<details")[::2]
    assert len(re.findall("<li>", above)) == unfolded
    assert len(re.findall("<li>", folded)) == fine + needy - unfolded
    assert re.findall(r"<summary>([^<]*)<", folded) == ([fold] if fold else [])
    assert re.findall(r"<strong[^>]*>(Rep \d+)<", group) == [rep.name for rep in reps]
    assert [above.count("Behind the quota"), folded.count("Behind the quota")] == [needy, 0]
    assert len([one for one in numbers_in(group) if "/team/visits" in one.href]) == fine + needy
    cold, more = page[page.index('id="cold-title"') :].split("</section>")[0].partition("<details")[::2]
    assert [half.count('<li><a class="row"') for half in (cold, more)] == (
        [8, 0] if fine + needy == 8 else [6, fine + needy - 6]
    )


def told_of(page: str, name: str) -> str:
    """All that a screen reader says of a rep."""
    [row] = re.findall(rf'<li>(?:(?!</li>).)*<strong dir="auto">{name}</strong>.*?</li>', page, re.DOTALL)[:1]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", row)).replace(" :", ":").split())


def test_who_saw_whom_on_a_day_is_a_list_of_its_own(
    screens: Browser, henrik: User, half_a_year: list[Visit]
) -> None:
    browser = screens(henrik)
    page = browser.get("/team").text
    found = re.findall(r'<td><a href="(/team/visits[^"]*day=[^"]*)">(\d+)</a></td>', page)
    assert len(found) > 20
    assert '<th scope="col">Week of</th><th scope="col">Mon</th><th scope="col">Tue</th>' in page
    for href, count in found[::5]:
        assert rows(browser.get(unescape(href)).text) == int(count)
    today, count = re.findall(r'href="([^"]*day=2026-11-23)">(\d+) visits? today', page)[0]
    assert rows(browser.get(unescape(today)).text) == int(count)
    assert browser.get("/team/visits?day=tomorrow").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/visits",
        "/planned",
        "/cold",
        "/in-touch",
        "/late",
        "/approvals",
        "/quota",
        "/won",
        "/open",
        "/forecast",
    ],
)
def test_as_many_statements_whatever_there_is(
    screens: Browser, henrik: User, half_a_year: list[Visit], count_queries: Callable[[], Any], path: str
) -> None:
    browser = screens(henrik)
    with count_queries() as asked:
        assert browser.get(f"/team{path}?period=quarter").status_code == 200
    assert len(asked) <= 15


def test_a_visit_from_a_phone_whose_clock_is_ahead_is_counted_where_it_is_listed(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    for hours, name in ((2, "interested"), (48, "ordered")):
        at = wire(NOW + timedelta(hours=hours))
        do(
            cast.alice,
            "visit.log",
            {"visit_id": new_id(), "customer_id": cafe.id, "started_at": at, "outcome": name},
        )
    browser = screens(cast.mei)
    page = browser.get("/team").text
    assert figures_of(page)["Visits"] == "1"
    assert "1 visit today" in page
    for path in ("/team/visits", f"/team/visits?day={TODAY}"):
        assert browser.get(path).text.count('<li><a class="row" href="/customers/') == 1


def test_great_numbers_are_told_in_thousands(screens: Browser, database: Database, cast: Cast) -> None:
    customers = [
        Customer(id=new_id(), name="Quay", sort_key="quay", owner_id=cast.alice.id, territory_id=cast.north.id,
                 created_at=NOW - timedelta(days=90))
        for _ in range(1_200)
    ]  # fmt: skip
    at = NOW - timedelta(hours=2)
    with database.writing() as session:
        session.add_all(customers)
        session.flush()
        session.add_all(
            Visit(id=new_id(), customer_id=one.id, author_id=cast.alice.id, started_at=at, created_at=at)
            for one in customers
        )
    browser = screens(cast.mei)
    page = browser.get("/team").text
    found = tiles_of(page)
    assert [found[name].number for name in ("Visits", "Going cold")] == ["1,200", "1,200"]
    assert "of 1,200 customers" in found["Going cold"].said
    assert "1,200 of 20" in told_of(page, "Alice")
    for measure in ("visits", "customers"):
        asked = browser.get(f"/team/questions/new?measure={measure}&by=rep&period=month").text
        assert asked.count("1,200") == 2, "the whole and its one group"
    assert ",1200" in browser.get("/team/questions/export.csv?measure=visits&by=rep&period=month").text


def test_an_address_that_makes_no_sense_shows_the_week(screens: Browser, cast: Cast) -> None:
    browser = screens(cast.mei)
    days = ("day=9999-12-31", "day=0001-01-01", "day=2026-02-30")
    for query in ("period=%00", "rep=1&territory=2", "offset=-1", f"offset={'9' * 20}", "outcome=x", *days):
        assert browser.get(f"/team?{query}").status_code == 200
        assert browser.get(f"/team/visits?{query}").status_code == 200


def test_where_nobody_has_begun_there_is_nothing_to_compare(
    screens: Browser, cast: Cast, do: Do, cafe: Customer
) -> None:
    team = screens(cast.mei)
    assert "on last week" not in team.get("/team").text
    visit = {
        "visit_id": new_id(),
        "customer_id": cafe.id,
        "started_at": NOW.isoformat(),
        "outcome": "ordered",
    }
    do(cast.alice, "visit.log", visit)
    assert "+1 on last week by this day" in team.get("/team").text


def test_reps_have_no_such_page_and_leaders_land_on_it(doorstep: Doorstep, cast: Cast) -> None:
    assert doorstep.signed_in("alice@example.test").get("/team").status_code == 404
    answer = sign_in(doorstep.browser(), "mei@example.test", PASSWORD)
    assert answer.headers["location"] == "/team"
    assert sign_in(doorstep.browser(), "alice@example.test").headers["location"] == "/today"


def test_periods_begin_and_end_where_calendars_say() -> None:
    assert [first_day(period, date(2026, 12, 31)) for period in ("week", "month", "quarter")] == [
        date(2026, 12, 28), date(2026, 12, 1), date(2026, 10, 1),
    ]  # fmt: skip
    assert [last_day(period, date(2026, 2, 3)) for period in ("week", "month", "quarter")] == [
        date(2026, 2, 8), date(2026, 2, 28), date(2026, 3, 31),
    ]  # fmt: skip
    assert working_days(date(2026, 11, 20), date(2026, 11, 23)) == 2
    assert working_days(date(2026, 11, 23), date(2026, 11, 22)) == 0


def test_each_page_says_of_which_moment_it_is(screens: Browser, henrik: User) -> None:
    """Read again without a signal it says how old it is."""
    browser = screens(henrik)
    for path in (
        "",
        "/funnel",
        "/funnel/stuck",
        "/forecast",
        "/quota",
        "/visits",
        "/buying",
        "/questions/new",
        "/alerts",
    ):
        assert '<p class="soft as-of">As of Mon 23 Nov ' in browser.get(f"/team{path}").text, path
    assert "As of Mon 23 Nov " in browser.get("/report").text


def test_what_is_still_planned_today_is_a_list_that_one_acts_from(
    screens: Browser, do: Do, cast: Cast, half_a_year: list[Visit], database: Database
) -> None:
    browser = screens(cast.mei)
    with database.reading() as session:
        held = session.exec(select(Customer).where(Customer.owner_id == cast.alice.id)).all()
    for customer, time in zip(held, ("14:00", "09:30", ""), strict=False):
        more = {"planned_time": time} if time else {}
        plan = {
            "visit_id": new_id(),
            "customer_id": customer.id,
            "planned_on": NOW.date().isoformat(),
            **more,
        }
        do(cast.alice, "visit.plan", plan)
    [(href, count)] = re.findall(r'href="([^"]*)">(\d+) still planned', browser.get("/team").text)
    page = browser.get(unescape(href)).text
    assert rows(page) == int(count) >= 3
    assert page.index("09:30") < page.index("14:00")
    assert "/give?" in page
    assert rows(browser.get(f"/team/planned?rep={cast.bob.id}").text) < int(count)
