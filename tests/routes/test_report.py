"""The weekly report: what is in it, who may read it, and what becomes of it when it is sent on."""

import html
import random
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from server.database import Database
from server.models.column import wire
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.reminder import TerritorySettings
from server.models.user import Role, User
from server.models.visit import Visit
from server.models.weekly_report import LONGEST, WeeklyReport
from tests.cast import NOW, Cast, person
from tests.routes.conftest import Browser, Do
from tests.routes.numbers import cents_listed, numbers_in

LAST_WEEK = "2026-11-16"
WEDNESDAY = datetime(2026, 11, 18, 10, 0, tzinfo=NOW.tzinfo)


def log(do: Do, by: User, customer: Customer, at: datetime = WEDNESDAY, **more: Any) -> None:
    args = {"visit_id": new_id(), "customer_id": customer.id, "started_at": wire(at), "outcome": "interested"}
    do(by, "visit.log", {**args, **more})


def sell(database: Database, by: User, customer: Customer, stage: str, cents: int, **more: Any) -> None:
    since = NOW - timedelta(days=60)
    row = {
        "id": new_id(), "customer_id": customer.id, "owner_id": by.id, "name": "Espresso machines",
        "amount_cents": cents, "currency": "EUR", "stage": stage, "created_at": since, "stage_since": WEDNESDAY,
        "moves": [{"by": by.id, "since": wire(since), "at": wire(WEDNESDAY), "from": "lead", "to": stage}],
    }  # fmt: skip
    with database.writing() as session:
        session.add(Opportunity(**{**row, **more}))


def lines(page: str) -> list[str]:
    return [
        re.sub(r"<[^>]+>", " ", line).strip()
        for line in re.findall(r'class="row plain"[^>]*>(.*?)</li>', page, re.DOTALL)
    ]


def words_in(page: str) -> str:
    found = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", page, re.DOTALL)
    assert found is not None
    return found[1]


def test_it_tells_what_a_rep_did_won_lost_and_promised(
    screens: Browser, database: Database, cast: Cast, cafe: Customer, add_customer: Any, do: Do
) -> None:
    log(
        do,
        cast.alice,
        cafe,
        note="They want the big one",
        follow_up={"follow_up_id": new_id(), "due_on": "2026-11-25"},
    )
    log(do, cast.alice, cafe, NOW - timedelta(days=9))
    log(do, cast.alice, cafe, NOW - timedelta(hours=1), note="Not of that week")
    sell(database, cast.alice, cafe, "won", 1_250_000)
    sell(database, cast.alice, cafe, "won", 300_000, currency="USD")
    sell(database, cast.alice, cafe, "lost", 80_000, lost_reason="Too dear", competitor="Brewline")
    sell(
        database,
        cast.alice,
        add_customer(cast.bob, "Quay Bar"),
        "won",
        999_900,
        name="Now Bob looks after it",
    )
    page = screens(cast.alice).get("/report").text
    told = "\n".join(lines(page))
    assert "1 visit · 20 planned" in told
    assert "Wednesday · Visit · Interested · They want the big one" in told
    assert "Together: €12,500, $3,000" in told
    assert "Too dear · Brewline" in told
    assert "Wed 25 Nov · Promised" in told
    assert "Not of that week" not in page
    assert "Now Bob looks after it" not in page
    assert "They want the big one" in words_in(page)
    assert f'href="/customers/{cafe.id}"' in page
    with database.writing() as session:
        session.get_one(User, cast.alice.id).locale = cast.alice.locale = "zh-Hans"
    assert "合计：€12,500、$3,000" in "\n".join(lines(screens(cast.alice).get("/report").text))


def test_late_promises_lead_to_their_list(screens: Browser, cast: Cast, cafe: Customer, do: Do) -> None:
    promised = {"follow_up_id": new_id(), "customer_id": cafe.id, "due_on": "2026-11-20", "note": "Call Lin"}
    do(cast.alice, "follow_up.create", promised)
    mei, of_alice = screens(cast.mei), f"/report/{LAST_WEEK}?of={cast.alice.id}"
    for browser, report, expected in (
        (mei, "/report", "/team/late"),
        (mei, of_alice, f"/team/late?rep={cast.alice.id}"),
        (screens(cast.alice), "/report", "/today"),
    ):
        found = re.search(
            r'href="([^"]+)"><span class="text"><strong dir="auto">1 promise is late<',
            browser.get(report).text,
        )
        assert found is not None
        assert found[1] == expected
        assert "Harbour Café" in browser.get(expected).text
    assert "1 late follow-up" in [one.text for one in numbers_in(mei.get("/report").text)]


def test_a_managers_count_of_visits_leads_to_these_visits(
    screens: Browser, cast: Cast, cafe: Customer, do: Do
) -> None:
    for day in (0, 1, 6):
        log(do, cast.alice, cafe, WEDNESDAY - timedelta(days=day), note=f"Day {day}")
    mei = screens(cast.mei)
    for report in ("/report", f"/report/{LAST_WEEK}?of={cast.alice.id}"):
        found = re.search(
            r'href="([^"]+)"><span class="text"><strong dir="auto">2 visits ', mei.get(report).text
        )
        assert found is not None
        shown = mei.get(html.unescape(found[1])).text
        assert ["Day 0" in shown, "Day 1" in shown, "Day 6" in shown] == [True, True, False]
    assert "/team/" not in screens(cast.alice).get("/report").text


@pytest.mark.parametrize("seed", range(3))
def test_its_figures_are_what_counting_by_hand_gives(
    screens: Browser, database: Database, cast: Cast, add_customer: Callable[..., Customer], seed: int
) -> None:
    dice = random.Random(seed)
    customers = [
        add_customer(dice.choice([cast.alice, cast.bob, cast.charlie]), f"Customer {n}") for n in range(9)
    ]
    visits = [
        Visit(id=new_id(), customer_id=customer.id, author_id=str(customer.owner_id), created_at=at, started_at=at,
              kind=dice.choice(["visit", "call"]), withdrawn_at=NOW if dice.random() < 0.2 else None)
        for _ in range(90)
        for customer, at in [(dice.choice(customers), NOW - timedelta(minutes=dice.randint(0, 20_000)))]
    ]  # fmt: skip
    with database.writing() as session:
        session.add_all(visits)

    def counted(author: User) -> int:
        return sum(
            v.author_id == author.id and v.kind == "visit" and v.withdrawn_at is None
            and date(2026, 11, 16) <= v.started_at.date() <= date(2026, 11, 22)
            for v in visits if v.started_at
        )  # fmt: skip

    page = screens(cast.mei).get(f"/report/{LAST_WEEK}").text
    assert f"{counted(cast.alice)} of 20 visits" in page
    assert f"{counted(cast.bob)} of 20 visits" in page
    assert "Charlie" not in page
    assert f"{counted(cast.alice) + counted(cast.bob)} visits · 40 planned" in page


def test_what_was_won_counts_for_who_looks_after_the_customer_however_much_it_is(
    screens: Browser, database: Database, cast: Cast, cafe: Customer, add_customer: Callable[..., Customer]
) -> None:
    quay = add_customer(cast.bob, "Quay Bar")
    with database.writing() as session:
        for number in range(260):
            sale = {"customer_id": cafe.id if number % 2 else quay.id, "amount_cents": 100 * number}
            session.add(
                Opportunity(
                    id=new_id(), owner_id=cast.bob.id, name=f"Sale {number}", currency="EUR", stage="won",
                    created_at=NOW - timedelta(days=60), stage_since=WEDNESDAY, **sale,
                )
            )  # fmt: skip
    page = screens(cast.mei).get(f"/report/{LAST_WEEK}").text
    alice, bob = sum(range(1, 260, 2)), sum(range(0, 260, 2))
    assert f"won €{alice:,}" in page
    assert f"won €{bob:,}" in page
    assert f"Together: €{alice + bob:,}" in page


def test_what_is_sent_on_is_read_by_the_manager_as_it_was_changed(
    screens: Browser, database: Database, cast: Cast, cafe: Customer, do: Do
) -> None:
    log(do, cast.alice, cafe)
    alice, mei = screens(cast.alice), screens(cast.mei)
    assert "It goes to: Mei." in alice.get("/report").text
    for text in ("A first try", "A good week.\r\n<b>Really</b>"):
        answer = alice.post(f"/report/{LAST_WEEK}", {"text": text})
        assert answer.headers["location"] == f"/report/{LAST_WEEK}?done=sent"
    assert words_in(alice.get(answer.headers["location"]).text) == "A good week.\n&lt;b&gt;Really&lt;/b&gt;"
    assert "sent on" in mei.get(f"/report/{LAST_WEEK}").text
    read = mei.get(f"/report/{LAST_WEEK}?of={cast.alice.id}").text
    assert "A good week.\n&lt;b&gt;Really&lt;/b&gt;" in read
    assert "<textarea" not in read
    with database.reading() as session:
        assert len(session.exec(select(WeeklyReport)).all()) == 1


def test_a_sale_that_fell_back_has_not_moved_on(
    screens: Browser, database: Database, cast: Cast, cafe: Customer
) -> None:
    since = wire(NOW - timedelta(days=60))
    for name, left, to in (
        ("Forward", "lead", "quote"), ("Backward", "quote", "lead"), ("Reopened", "lost", "quote"),
        ("Of a stage that is gone", "gone", "lead"),
    ):  # fmt: skip
        moves = [{"by": cast.alice.id, "since": since, "at": wire(WEDNESDAY), "from": left, "to": to}]
        sell(database, cast.alice, cafe, to, 100_000, name=name, moves=moves)
    sell(database, cast.alice, cafe, "quote", 100_000, name="Without a history", moves=[])
    for reader in (cast.alice, cast.mei):
        page = screens(reader).get(f"/report/{LAST_WEEK}").text
        on, back = page.split("<h2>Moved on</h2>")[1].split("<h2>Went back</h2>")
        said = [name for name in ("Forward", "Backward", "Reopened", "gone", "Without") if name in on]
        assert said == ["Forward", "Reopened", "gone", "Without"]
        assert "Backward" in back.partition("</section>")[0]
        assert "Went back\n- Backward · €1,000 · Harbour Café · Lead" in words_in(page)


def test_who_was_not_there_yet_or_had_holidays_needs_no_word(
    screens: Browser, database: Database, cast: Cast
) -> None:
    def in_order() -> list[str]:
        return re.findall(r'<strong dir="auto">(Alice|Bob)</strong>', screens(cast.mei).get("/report").text)

    with database.writing() as session:
        for user, days in ((cast.alice, 2), (cast.bob, 200)):
            session.get_one(User, user.id).created_at = NOW - timedelta(days=days)
    assert in_order() == ["Bob", "Alice"]
    week = [f"2026-11-{day}" for day in range(16, 21)]
    with database.writing() as session:
        session.add(TerritorySettings(territory_id=cast.north.id, set_by=cast.mei.id, holidays=week))
    assert in_order() == ["Alice", "Bob"]


def test_what_a_manager_sends_on_is_read_by_executives_with_the_figures_of_the_territory(
    screens: Browser, database: Database, cast: Cast, cafe: Customer, add_customer: Any, do: Do
) -> None:
    henrik, roving = person("Henrik", Role.EXECUTIVE), person("Ruth", Role.MANAGER)
    with database.writing() as session:
        session.add_all([henrik, roving])
    log(do, cast.alice, cafe)
    log(do, cast.charlie, add_customer(cast.charlie, "Far Away"))
    sell(database, cast.alice, cafe, "won", 90_000)
    mei, reader = screens(cast.mei), screens(henrik)
    assert "It goes to: Henrik." in mei.get("/report").text
    mei.post(f"/report/{LAST_WEEK}", {"text": "A week of ours"})
    path = f"/report/{LAST_WEEK}?of={cast.mei.id}"
    offered = reader.get(f"/report/{LAST_WEEK}").text.partition(f'href="{path}"')[2]
    assert "sent on" in offered.partition("</li>")[0]
    page = reader.get(path).text
    assert "A week of ours" in page
    assert "1 visit · 40 planned" in page
    assert "Charlie" not in page
    for what, name in (("visit", cafe.name), ("won", cafe.name), ("customers", cafe.name)):
        rows = reader.get(f"/report/{LAST_WEEK}/{what}?of={cast.mei.id}").text
        assert name in rows
        assert "Far Away" not in rows
    # Without a territory nobody is led: it tells the manager's own week, and nothing of others.
    alone = reader.get(f"/report/{LAST_WEEK}?of={roving.id}").text
    assert "No visit, call or message was logged." in alone
    assert screens(cast.mei).get(f"/report/{LAST_WEEK}?of={roving.id}").status_code == 404


@pytest.mark.parametrize(
    ("text", "said"),
    [(" \n", "Write something"), ("x" * (LONGEST + 1), f"At most {LONGEST}"), ("a\x00b", "cannot be kept")],
)
def test_what_cannot_be_sent_stays_in_its_field_with_the_reason(
    screens: Browser, cast: Cast, text: str, said: str
) -> None:
    answer = screens(cast.alice).post(f"/report/{LAST_WEEK}", {"text": text})
    assert answer.status_code == 422
    assert said in answer.text
    assert words_in(answer.text).replace("\x00", "") == text.strip().replace("\x00", "")


def test_every_number_leads_to_as_many_rows_and_from_there_one_acts(
    screens: Browser, database: Database, cast: Cast, add_customer: Callable[..., Customer]
) -> None:
    """What was promised, planned and won: of all whom one leads, of one of them, and to who reports it."""
    dice, henrik = random.Random(9), person("Henrik", Role.EXECUTIVE)
    customers = [add_customer(dice.choice([cast.alice, cast.bob]), f"Customer {n}") for n in range(30)]
    rows: list[Any] = [henrik]
    for customer in customers:
        whose = {"customer_id": customer.id, "created_at": NOW - timedelta(days=40)}
        for _ in range(4):
            kept = NOW - timedelta(minutes=dice.randint(0, 20_000)) if dice.random() < 0.5 else None
            day = NOW.date() + timedelta(days=dice.randint(-9, 9))
            gone = NOW if dice.random() < 0.1 else None
            rows += [
                FollowUp(id=new_id(), owner_id=customer.owner_id, due_on=day, completed_at=kept, withdrawn_at=gone,
                         **whose),
                Visit(id=new_id(), author_id=str(customer.owner_id), planned_on=day, withdrawn_at=gone, **whose),
                Visit(id=new_id(), author_id=str(customer.owner_id), withdrawn_at=gone, outcome="interested",
                      started_at=NOW - timedelta(minutes=dice.randint(0, 20_000)), kind=dice.choice(["visit", "call"]),
                      **whose),
            ]  # fmt: skip
    with database.writing() as session:
        session.add_all(rows)
    for customer in customers[:9]:
        sell(database, cast.alice, customer, "won", dice.randint(1, 9_999_999))
    met = set()
    for reader, of in ((cast.mei, ""), (cast.mei, cast.alice.id), (henrik, cast.bob.id), (cast.alice, "")):
        browser = screens(reader)
        page = browser.get(f"/report/{LAST_WEEK}?of={of}").text
        linked = [
            (html.unescape(href), text)
            for href, text in re.findall(
                r'href="([^"]+)"><span class="text"><strong dir="auto">([^<]*)<', page
            )
            if "/report/" in href or href.startswith("/team/late")
        ]
        for href, text in [*linked, *((one.href, one.text) for one in numbers_in(page))]:
            pages = [browser.get(f"{href}{'&' if '?' in href else '?'}offset={n}").text for n in (0, 50, 100)]
            what = href.partition("?")[0].rpartition("/")[2]
            if what == "won":
                amount = re.sub(r"[^\d.]", "", text)
                assert cents_listed(pages, "€") == round(100 * float(amount)), (href, text)
                assert f"€{text.partition('€')[2]}</p>" in pages[0]
            else:
                found = sum(one.count('<li><a class="row" href="/') for one in pages)
                assert found == int(re.findall(r"\d+", text)[0]), (href, text)
            assert ("/give?" in pages[0]) == (reader is not cast.alice), (href, text)
            met.add(what)
    assert met == {"kept", "planned", "due", "won", "late", "visit", "call", "customers"}


def test_nobody_reads_the_report_of_whom_they_do_not_lead(
    screens: Browser, database: Database, cast: Cast
) -> None:
    henrik, sofia = person("Henrik", Role.EXECUTIVE), person("Sofia", Role.SUPPORT)
    with database.writing() as session:
        session.add_all([henrik, sofia])
    asked = [
        (cast.alice, cast.bob, 404), (cast.mei, cast.alice, 200), (cast.mei, cast.charlie, 404),
        (henrik, cast.charlie, 200), (cast.dora, cast.charlie, 200), (sofia, cast.alice, 404),
        (henrik, cast.mei, 200), (cast.dora, cast.mei, 200), (cast.alice, cast.mei, 404), (henrik, sofia, 404),
    ]  # fmt: skip
    for reader, author, status in asked:
        for path in ("", "/kept", "/due", "/planned", "/won"):
            assert screens(reader).get(f"/report/{LAST_WEEK}{path}?of={author.id}").status_code == status
        assert screens(reader).get(f"/report/{LAST_WEEK}/nonsense?of={author.id}").status_code == 404
    assert screens(sofia).get("/report").status_code == 404
    assert screens(sofia).post(f"/report/{LAST_WEEK}", {"text": "x"}).status_code == 404
    assert screens(henrik).post(f"/report/{LAST_WEEK}", {"text": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("week", "shown"),
    [
        ("", "16 Nov – 22 Nov"),
        ("/2026-11-19", "16 Nov – 22 Nov"),
        ("/2026-11-23", "23 Nov – 29 Nov"),
        ("/2031-01-01", "23 Nov – 29 Nov"),
        ("/nonsense", "There is nothing here"),
        ("/0001-01-01", "There is nothing here"),
    ],
)
def test_a_week_is_named_by_any_of_its_days_and_none_of_the_future(
    screens: Browser, cast: Cast, week: str, shown: str
) -> None:
    assert shown in screens(cast.alice).get(f"/report{week}").text


def test_a_team_is_asked_for_in_as_many_statements_as_one_rep(
    screens: Browser, database: Database, cast: Cast, cafe: Customer, do: Do, count_queries: Any
) -> None:
    mei = screens(cast.mei)
    with count_queries() as alone:
        mei.get("/report")
    with database.writing() as session:
        session.add_all([person(f"Rep {number}", Role.REP, cast.north, cast.team) for number in range(20)])
    log(do, cast.alice, cafe)
    with count_queries() as crowded:
        mei.get("/report")
    assert len(crowded) == len(alone)


def test_of_many_reps_those_who_need_a_word_stay_in_sight_and_the_others_are_folded(
    screens: Browser, database: Database, cast: Cast, cafe: Customer, do: Do
) -> None:
    crowd = [person(f"Rep {number:02}", Role.REP, cast.north, cast.team) for number in range(40)]
    for rep in crowd:
        rep.weekly_visits = 0  # nothing is behind any plan
    with database.writing() as session:
        session.add_all(crowd)
        for rep in (cast.alice, cast.bob):
            session.get_one(User, rep.id).created_at = NOW - timedelta(days=90)
    log(do, cast.alice, cafe)  # one visit, and twenty were planned
    page = screens(cast.mei).get("/report").text
    in_sight, _, folded = page.partition('<details class="fold" id="more-reps">')
    assert ">Alice</strong>" in in_sight
    assert "40 more reps, nothing unusual" in folded
    assert [f">Rep {number:02}</strong>" in in_sight for number in range(40)] == [False] * 40
    assert all(f">Rep {number:02}</strong>" in folded for number in range(40))


def test_sections_of_many_lines_are_folded_and_sent_on_whole(
    screens: Browser, database: Database, cast: Cast, cafe: Customer
) -> None:
    for number in range(14):
        sell(database, cast.alice, cafe, "won", 100, name=f"Sale {number:02}")
    page = screens(cast.mei).get("/report").text
    assert re.search(r'id="more-section-\d+"><summary>\d more', page)
    assert all(f"Sale {number:02}" in words_in(page) for number in range(14))
