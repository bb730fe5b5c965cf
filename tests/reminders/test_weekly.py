"""Monday: the report is written; and who hears that somebody has sent theirs on."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, text, update
from structlog.testing import capture_logs

from server.database import Database
from server.models import territory, weekly_report
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.reminder import TerritorySettings
from server.models.user import Role, User
from server.models.visit import Visit
from server.reminders.due import find_due, span_of
from server.reminders.person import reachable
from server.reminders.ranked import left_out_if_it_breaks, with_rankings
from server.reminders.weekly import WeekOver
from server.reminders.wording import lines, said
from tests.cast import NOW, Cast, person, reads_chinese

MONDAY = datetime(2026, 12, 7, 8, 45, tzinfo=UTC)
DAY = timedelta(days=1)
WEEK_ON = date(2026, 11, 30)


@pytest.fixture
def long_here(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        session.execute(update(User).values(created_at=NOW - 100 * DAY))


def test_it_is_told_on_monday_and_not_again(cast: Cast, listens: Any, told_at: Any, long_here: None) -> None:
    listens(cast.alice)
    listens(cast.dora)
    assert told_at(MONDAY - DAY, weekly=True) == []
    assert told_at(MONDAY, weekly=True) == [("Alice", "week", (cast.alice.id,))]
    assert [told_at(MONDAY + days * DAY, weekly=True) for days in (1, 2, 6)] == [[], [], []]
    assert told_at(MONDAY + 7 * DAY, weekly=True) == [("Alice", "week", (cast.alice.id,))]


@pytest.mark.parametrize(("days", "is_told"), [(1, True), (3, True), (4, False)])
def test_a_server_that_was_off_on_monday_tells_it_afterwards_while_it_is_worth_reading(
    cast: Cast, listens: Any, told_at: Any, long_here: None, days: int, is_told: bool
) -> None:
    listens(cast.alice)
    told = [("Alice", "week", (cast.alice.id,))] if is_told else []
    assert told_at(MONDAY + days * DAY, weekly=True) == told
    assert told_at(MONDAY + (days + 1) * DAY, weekly=True) == []


def test_who_does_not_work_on_mondays_hears_on_their_first_day(
    cast: Cast, listens: Any, told_at: Any, long_here: None
) -> None:
    listens(cast.alice, working_days="345")
    assert told_at(MONDAY, weekly=True) == []
    assert told_at(MONDAY + 2 * DAY, weekly=True) == [("Alice", "week", (cast.alice.id,))]


@pytest.mark.parametrize("days", [7, 9, 35])
def test_after_a_closing_it_is_about_the_last_week_in_which_somebody_worked(
    cast: Cast, listens: Any, told_at: Any, database: Database, settings: Any, long_here: None, days: int
) -> None:
    listens(cast.alice, muted=["cold"])
    off = [(MONDAY.date() + count * DAY).isoformat() for count in range(days)]
    with database.writing() as session:
        territory.keep(session, cast.north.id, cast.mei, {"holidays": off})
    assert [told_at(MONDAY + day * DAY, weekly=True) for day in range(days)] == [[]] * days
    back = MONDAY + days * DAY
    with database.reading() as session:
        [found] = find_due(session, reachable(session, settings, back), back)
    assert said("week", found.rows, found.person, back).path == "/report/2026-11-30"
    assert told_at(back, weekly=True) == [("Alice", "week", (cast.alice.id,))]
    assert told_at(back + DAY, weekly=True) == []
    next_monday = back + (7 - back.weekday()) * DAY
    assert told_at(next_monday, weekly=True) == [("Alice", "week", (cast.alice.id,))]


@pytest.mark.parametrize(("days", "weeks"), [(-1, []), (0, [WEEK_ON]), (3, [WEEK_ON]), (4, [])])
def test_a_sweep_looks_only_at_weeks_that_somebody_may_be_told_of(
    cast: Cast, listens: Any, database: Database, settings: Any, long_here: None, days: int, weeks: list[date]
) -> None:
    listens(cast.alice)
    now = MONDAY + days * DAY
    with database.reading() as session:
        span = span_of(reachable(session, settings, now), now)
        found = session.execute(WeekOver().query(span)).all()
    assert sorted({row.due_on for row in found}) == weeks


def test_who_came_this_week_has_none(cast: Cast, listens: Any, told_at: Any, database: Database) -> None:
    with database.writing() as session:
        session.execute(update(User).where(col(User.id) == cast.alice.id).values(created_at=MONDAY - DAY / 4))
    listens(cast.alice)
    assert told_at(MONDAY, weekly=True) == []


def test_it_says_of_which_days_and_leads_there(
    cast: Cast, listens: Any, database: Database, settings: Any, long_here: None
) -> None:
    listens(cast.alice)
    with database.reading() as session:
        [found] = find_due(session, reachable(session, settings, MONDAY), MONDAY)
    message = said("week", found.rows, found.person, MONDAY)
    assert message.body == "30 Nov – 6 Dec: read it, change it, send it on"
    assert message.path == "/report/2026-11-30"
    assert [line.path for line in lines("week", found.rows, found.person, MONDAY)] == ["/report/2026-11-30"]


def test_it_is_said_in_the_language_of_its_reader(
    cast: Cast, listens: Any, database: Database, settings: Any, long_here: None
) -> None:
    listens(cast.alice)
    listens(cast.mei)
    with database.writing() as session:
        for one in (cast.alice, cast.mei):
            reads_chinese(session, one)
        weekly_report.send_on(session, cast.alice, WEEK_ON, "A good week", MONDAY)
    with database.reading() as session:
        due = find_due(session, reachable(session, settings, MONDAY), MONDAY)
    messages = [said(one.kind.name, one.rows, one.person, MONDAY) for one in due]
    assert {(message.title, message.body) for message in messages} == {
        ("Alice 的周报", "已转发给您"),
        ("您的周报已写好", "11月30日 – 12月6日：看一看，改一改，再转发出去"),
    }


def test_a_report_sent_on_is_told_to_the_manager_of_the_territory(
    cast: Cast, listens: Any, told_at: Any, database: Database, settings: Any
) -> None:
    henrik, south = person("Henrik", Role.EXECUTIVE), person("Nils", Role.MANAGER, cast.south)
    with database.writing() as session:
        session.add_all([henrik, south])
        weekly_report.send_on(session, cast.alice, WEEK_ON, "A good week", MONDAY)
    for one in (cast.mei, henrik, south, cast.bob):
        listens(one)
    with database.reading() as session:
        due = find_due(session, reachable(session, settings, MONDAY), MONDAY)
    [found] = [one for one in due if one.kind.name == "report"]
    message = said("report", found.rows, found.person, MONDAY)
    assert (message.title, message.path) == (
        "Weekly report of Alice",
        f"/report/2026-11-30?of={cast.alice.id}",
    )
    assert sent_on(told_at(MONDAY)) == ["Mei"]
    assert told_at(MONDAY + DAY) == []
    with database.writing() as session:
        weekly_report.send_on(session, cast.alice, WEEK_ON, "A better week", MONDAY + DAY)
        weekly_report.send_on(session, cast.mei, WEEK_ON, "The team", MONDAY + DAY)
    assert sent_on(told_at(MONDAY + DAY)) == ["Henrik", "Mei"]


def sent_on(told: Any) -> list[str]:
    return [name for name, kind, _ in told if kind == "report"]


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_where_reps_are_ranked_the_message_says_how_they_stand(
    cast: Cast, listens: Any, database: Database, settings: Any, long_here: None, language: str
) -> None:
    """As the page does, for whom it ranks and nobody else: the first three, and the own place."""
    henrik = person("Henrik", Role.EXECUTIVE)
    others = [person(name, Role.REP, cast.north) for name in ("Cem", "Dana", "Eva")]
    with database.writing() as session:
        session.add_all([henrik, *others])
        session.execute(update(User).values(created_at=NOW - 100 * DAY, locale=language, weekly_visits=20))
        session.add(TerritorySettings(territory_id=cast.north.id, set_by=cast.dora.id, ranked_by="visits"))
        session.flush()
        made = {others[0].id: 20, others[1].id: 15, others[2].id: 10, cast.alice.id: 5}
        visit_all(session, cast, made)
    for one in (cast.alice, cast.charlie, cast.mei, henrik):
        listens(one)
    with database.reading() as session:
        due = find_due(session, reachable(session, settings, MONDAY), MONDAY)
        people = {one.person.user.id: one.person for one in due}
        ranked = with_rankings(session, people, dict.fromkeys(people, WEEK_ON), MONDAY)
        bodies = {
            one.person.user.name: said("week", one.rows, ranked[one.person.user.id], MONDAY).body
            for one in due
        }
    en = language == "en"
    first = "1. Cem 100%, 2. Dana 75%, 3. Eva 50%" if en else "1. Cem 100%、2. Dana 75%、3. Eva 50%"
    what = "Visits against the plan: " if en else "拜访完成率："
    own = ", 4. Alice 25%" if en else "、4. Alice 25%"
    assert bodies["Mei"].endswith(f" · {what}{first} …")
    assert bodies["Alice"].endswith(f" · {what}{first}{own} …")
    assert bodies["Henrik"].endswith(f" · {cast.north.name} · {what}{first} …")
    assert bodies["Charlie"].endswith(
        "read it, change it, send it on" if en else "看一看，改一改，再转发出去"
    )


def visit_all(session: Any, cast: Cast, made: dict[str, int]) -> None:
    at = datetime(2026, 12, 2, 10, 0, tzinfo=UTC)
    customer = Customer(id=new_id(), name="Quay", sort_key="quay", territory_id=cast.north.id, lifecycle="active",
                        created_at=NOW)  # fmt: skip
    session.add(customer)
    session.flush()
    session.add_all(
        Visit(id=new_id(), customer_id=customer.id, author_id=rep, started_at=at, created_at=at)
        for rep, count in made.items()
        for _ in range(count)
    )


def test_a_ranking_that_cannot_be_told_holds_up_no_message_and_no_other_ranking(
    cast: Cast, listens: Any, database: Database, settings: Any, long_here: None
) -> None:
    """A quota of nothing, as no form takes it: nothing can be a share of it."""
    henrik, emil = person("Henrik", Role.EXECUTIVE), person("Emil", Role.REP, cast.south)
    nothing = {"starts_on": "2026-10-01", "amount_cents": 0, "currency": "EUR"}
    with database.writing() as session:
        session.add_all([henrik, emil])
        session.execute(update(User).values(created_at=NOW - 100 * DAY, weekly_visits=20))
        session.execute(update(User).where(col(User.id) == cast.alice.id).values(quotas=[nothing]))
        for place, by in ((cast.north, "attainment"), (cast.south, "visits")):
            session.add(TerritorySettings(territory_id=place.id, set_by=cast.dora.id, ranked_by=by))
    for one in (cast.alice, cast.mei, emil, henrik):
        listens(one)
    with database.reading() as session, capture_logs() as logged:
        due = find_due(session, reachable(session, settings, MONDAY), MONDAY)
        people = {one.person.user.id: one.person for one in due}
        told = with_rankings(session, people, dict.fromkeys(people, WEEK_ON), MONDAY)
    ranked = {one.user.name: one.ranked for one in told.values()}
    visits = "Visits against the plan: 1. Charlie 0%, 1. Emil 0%"
    assert ranked == {"Alice": "", "Mei": "", "Emil": visits, "Henrik": f"{cast.south.name} · {visits}"}
    # Once for all who read the same.
    assert [(one["event"], one["log_level"]) for one in logged] == [("ranking_cannot_be_told", "error")] * 2


def test_what_the_database_refuses_within_a_ranking_leaves_the_rest_of_the_batch_as_it_was(
    database: Database, cast: Cast
) -> None:
    with database.writing() as session, capture_logs() as logged:
        session.add(TerritorySettings(territory_id=cast.north.id, set_by=cast.dora.id, ranked_by="visits"))
        with left_out_if_it_breaks(session):
            session.execute(text("SELECT nothing FROM nowhere"))
        assert session.get_one(TerritorySettings, cast.north.id).ranked_by == "visits"
    assert len(logged) == 1
    with database.reading() as session:
        assert session.get_one(TerritorySettings, cast.north.id).ranked_by == "visits"
