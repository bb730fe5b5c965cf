"""Alerts: told on the day they become so, once, of what their owner may see; and not once they are over."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlmodel import col, select

from server.alerts import watching
from server.config import Settings
from server.database import Database
from server.models import alert as alerts
from server.models.alert import Alert
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.pipeline import DEFAULT_PIPELINE
from server.models.quote import Quote
from server.models.reminder import Delivery
from server.models.user import Role, User
from server.models.visit import Visit
from server.reminders.delivery import ToPush, take
from server.reminders.outbox import claim, forget_old, sweep
from tests.cast import NOW, Cast, person, reads_chinese

MORNING = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
DAY = timedelta(days=1)
QUOTE = f"{DEFAULT_PIPELINE}:quote"


@pytest.fixture
def set_alert(database: Database) -> Callable[..., str]:
    def set_alert(user: User, kind: str, territory_id: str | None = None, **terms: Any) -> str:
        with database.writing() as session:
            return alerts.set_alert(session, user, NOW, kind, territory_id=territory_id, terms=terms).id

    return set_alert


@pytest.fixture
def add(database: Database) -> Callable[..., str]:
    """A customer as it stands; `sale`, `seen`: with an opportunity, with visits where a competitor was."""

    def add(owner: User, silent_days: int = 3, sale: dict[str, Any] | None = None, seen: Any = ()) -> str:
        id_, since = new_id(), NOW - silent_days * DAY
        with database.writing() as session:
            session.add(Customer(
                id=id_, name="Quay", sort_key=id_, lifecycle="active", owner_id=owner.id, created_at=NOW - 400 * DAY,
                territory_id=owner.territory_id, last_touch_at=since,
            ))  # fmt: skip
            session.flush()
            if sale is not None:
                stood = NOW - sale.pop("days") * DAY
                session.add(Opportunity(
                    id=new_id(), customer_id=id_, owner_id=owner.id, name="Seals", amount_cents=1, currency="EUR",
                    created_at=NOW - 400 * DAY, stage_since=stood, **{"stage": "quote", **sale},
                ))  # fmt: skip
            for days, competitor in seen:
                at = NOW - days * DAY
                session.add(Visit(id=new_id(), customer_id=id_, author_id=owner.id, started_at=at, created_at=at,
                                  competitors=[competitor]))  # fmt: skip
        return id_

    return add


@pytest.fixture
def visit(database: Database) -> Callable[..., None]:
    def visit(customer_id: str, at: datetime) -> None:
        with database.writing() as session:
            session.get_one(Customer, customer_id).last_touch_at = at

    return visit


def test_it_is_told_on_the_day_it_becomes_so_and_once(
    cast: Cast, listens: Any, told_at: Any, set_alert: Any, add: Any
) -> None:
    listens(cast.mei, muted=["unheeded"])
    alert = set_alert(cast.mei, "cold", limit=2)
    add(cast.alice, 31)
    add(cast.bob, 29)
    assert told_at(MORNING) == []
    assert told_at(MORNING + 2 * DAY) == [("Mei", "alert", (alert,))]
    assert [told_at(MORNING + 2 * DAY + timedelta(hours=hours)) for hours in (0, 1, 24, 48, 24 * 20)] == [
        []
    ] * 5


def test_it_is_told_anew_when_it_was_over_in_between_on_another_day(
    cast: Cast, listens: Any, told_at: Any, set_alert: Any, add: Any, visit: Any
) -> None:
    listens(cast.mei, muted=["unheeded"])
    alert = set_alert(cast.mei, "cold", limit=1)
    quay = add(cast.alice, 31)
    assert told_at(MORNING) == [("Mei", "alert", (alert,))]
    visit(quay, MORNING)
    assert told_at(MORNING + timedelta(minutes=5)) == []
    visit(quay, MORNING - 40 * DAY)
    assert told_at(MORNING + timedelta(hours=1)) == []  # it was told today
    visit(quay, MORNING)
    assert told_at(MORNING + DAY) == []
    visit(quay, MORNING - 40 * DAY)
    assert told_at(MORNING + 2 * DAY) == [("Mei", "alert", (alert,))]


def test_it_is_told_anew_when_it_is_twice_as_much(
    cast: Cast, listens: Any, told_at: Any, set_alert: Any, add: Any
) -> None:
    listens(cast.mei, muted=["unheeded"])
    alert = set_alert(cast.mei, "cold", limit=2)
    told = []
    for count in (2, 1, 1, 3):
        for _ in range(count):
            add(cast.alice, 50)
        told.append(told_at(MORNING + len(told) * DAY))
    assert told == [[("Mei", "alert", (alert,))], [], [("Mei", "alert", (alert,))], []]


def test_it_tells_of_what_its_owner_may_see_and_nobody_else(
    cast: Cast, database: Database, listens: Any, told_at: Any, set_alert: Any, add: Any
) -> None:
    otto, henrik = person("Otto", Role.MANAGER, cast.south), person("Henrik", Role.EXECUTIVE)
    with database.writing() as session:
        session.add_all([otto, henrik])
    for user in (cast.alice, cast.mei, otto, henrik):
        listens(user, muted=["unheeded", "cold"])
    set_alert(otto, "cold", cast.north.id, limit=1)
    mine = set_alert(cast.mei, "cold", limit=2)
    south = set_alert(henrik, "cold", cast.south.id, limit=1)
    whole = set_alert(henrik, "cold", limit=2)
    for _ in range(2):
        add(cast.alice, 50)
    assert told_at(MORNING) == [("Henrik", "alert", (whole,)), ("Mei", "alert", (mine,))]
    add(cast.charlie, 50)
    assert told_at(MORNING + DAY) == [("Henrik", "alert", (south,))]


@pytest.mark.parametrize(
    "change", [{"role": Role.REP}, {"role": Role.SUPPORT}, {"deactivated_at": NOW}, {"territory_id": None}]
)
def test_who_leads_no_longer_is_told_nothing(
    cast: Cast, database: Database, listens: Any, told_at: Any, set_alert: Any, add: Any, change: Any
) -> None:
    listens(cast.mei, muted=["unheeded"])
    set_alert(cast.mei, "cold", limit=1)
    add(cast.alice, 50)
    with database.writing() as session:
        session.execute(update(User).where(col(User.id) == cast.mei.id).values(**change))
    assert told_at(MORNING) == []


def test_who_wants_no_alerts_gets_none_and_quiet_hours_hold(
    cast: Cast, listens: Any, told_at: Any, set_alert: Any, add: Any
) -> None:
    listens(cast.mei, muted=["unheeded", "alert"])
    listens(cast.dora, hour="10:00")
    set_alert(cast.mei, "cold", limit=1)
    alert = set_alert(cast.dora, "cold", limit=1)
    add(cast.alice, 50)
    assert told_at(MORNING) == []
    assert told_at(MORNING + timedelta(hours=2)) == [("Dora", "alert", (alert,))]


def test_a_share_is_of_the_customers_that_somebody_looks_after(
    cast: Cast, listens: Any, told_at: Any, set_alert: Any, add: Any, database: Database
) -> None:
    listens(cast.mei, muted=["unheeded"])
    over, _ = set_alert(cast.mei, "cold_share", limit=33), set_alert(cast.mei, "cold_share", limit=34)
    add(cast.alice, 50)
    for _ in range(2):
        add(cast.alice, 3)
    with database.writing() as session:
        session.get_one(Customer, add(cast.alice, 99)).lifecycle = "lost"
    assert told_at(MORNING) == [("Mei", "alert", (over,))]


@pytest.mark.parametrize(
    ("kind", "terms", "one_more", "number"),
    [
        ("stuck", {"limit": 2}, {"sale": {"days": 16}}, 2),
        ("stuck", {"limit": 2, "days": 15}, {"sale": {"days": 16, "stage": "contract"}}, 2),
        ("quiet", {"limit": 2, "days": 15, "stage": QUOTE}, {"sale": {"days": 16}, "silent_days": 16}, 2),
        ("competitor", {"limit": 2, "days": 7, "competitor": "SEALPRO"}, {"seen": [(6, "SealPro")]}, 2),
    ],
)
def test_each_kind_is_so_from_its_limit_on(
    cast: Cast, database: Database, listens: Any, told_at: Any, set_alert: Any, add: Any, kind: str, terms: Any,
    one_more: Any, number: int,
) -> None:  # fmt: skip
    listens(cast.mei, muted=["unheeded"])
    alert = set_alert(cast.mei, kind, **terms)
    add(cast.alice, sale={"days": 16}, silent_days=16, seen=[(0, "SealPro"), (7, "SealPro"), (1, "Nordring")])
    add(cast.bob, sale={"days": 14}, silent_days=16)  # which its stage allows
    add(cast.bob, sale={"days": 90, "stage": "won"}, silent_days=16)
    add(cast.charlie, sale={"days": 90}, silent_days=90, seen=[(0, "SealPro"), (0, "SealPro")])
    assert told_at(MORNING) == []
    add(cast.bob, **json.loads(json.dumps(one_more)))
    assert told_at(MORNING) == [("Mei", "alert", (alert,))]
    with database.reading() as session:
        assert session.get_one(Alert, alert).risen_number == number


def test_late_follow_ups_are_counted(
    cast: Cast, harbour_cafe: Customer, do: Any, listens: Any, told_at: Any, set_alert: Any
) -> None:
    listens(cast.mei, muted=["unheeded"])
    alert = set_alert(cast.mei, "late", limit=1)
    do(cast.alice, "follow_up.create", {"follow_up_id": new_id(), "customer_id": harbour_cafe.id,
                                        "due_on": "2026-11-23"})  # fmt: skip
    assert told_at(MORNING) == []
    assert told_at(MORNING + DAY) == [("Mei", "alert", (alert,))]


@pytest.fixture
def sent_at(database: Database, settings: Settings) -> Callable[[datetime], list[dict[str, Any]]]:
    def sent_at(now: datetime) -> list[dict[str, Any]]:
        with database.writing() as session:
            ids = claim(session, now, 100)
        with database.writing() as session:
            sent = take(session, settings, ids, now, origin="https://x.test", server_key="key")
        return [json.loads(one.message.payload)["notification"] for one in sent if isinstance(one, ToPush)]

    return sent_at


def test_it_says_why_and_leads_to_its_list(
    cast: Cast, database: Database, settings: Settings, listens: Any, set_alert: Any, add: Any, sent_at: Any
) -> None:
    listens(cast.dora)
    alert = set_alert(cast.dora, "competitor", cast.north.id, limit=2, days=7, competitor="SealPro")
    add(cast.alice, seen=[(1, "SealPro"), (2, "SealPro"), (3, "SealPro")])
    sweep(database, settings, MORNING)
    [told] = sent_at(MORNING)
    assert told["title"] == "SealPro was seen 3 times within 7 days"
    assert told["body"] == "North · You asked to hear of it at 2 or more."
    assert told["navigate"] == f"https://x.test/team/alerts/{alert}"


def test_several_are_one_message_in_the_language_of_its_reader(
    cast: Cast, database: Database, settings: Settings, listens: Any, set_alert: Any, add: Any, sent_at: Any
) -> None:
    listens(cast.mei)
    with database.writing() as session:
        reads_chinese(session, cast.mei)
    set_alert(cast.mei, "cold_share", limit=50)
    set_alert(cast.mei, "quiet", limit=1, days=9, stage=QUOTE, stage_name="")
    add(cast.alice, 50, sale={"days": 30})
    sweep(database, settings, MORNING)
    [told] = sent_at(MORNING)
    assert told["title"] == "2 条预警"
    assert "100%" in told["body"]
    assert "报价" in told["body"]
    assert told["navigate"] == "https://x.test/team/alerts"


def test_what_is_over_before_it_is_sent_is_withdrawn(
    cast: Cast, database: Database, settings: Settings, listens: Any, set_alert: Any, add: Any, visit: Any, sent_at: Any
) -> None:  # fmt: skip
    listens(cast.mei, muted=["unheeded"])
    set_alert(cast.mei, "cold", limit=1)
    quay = add(cast.alice, 50)
    assert sweep(database, settings, MORNING) == 1
    visit(quay, MORNING)
    assert sent_at(MORNING + timedelta(seconds=5)) == []
    with database.reading() as session:
        [delivery] = session.exec(select(Delivery)).all()
    assert delivery.withdrawn_at is not None


def test_what_was_withdrawn_and_is_so_again_is_told_on_that_day(
    cast: Cast, database: Database, settings: Settings, listens: Any, set_alert: Any, add: Any, visit: Any, sent_at: Any
) -> None:  # fmt: skip
    listens(cast.mei, muted=["unheeded"])
    set_alert(cast.mei, "cold", limit=1)
    quay = add(cast.alice, 50)
    assert sweep(database, settings, MORNING) == 1
    visit(quay, MORNING)
    assert sent_at(MORNING + timedelta(seconds=5)) == []
    visit(quay, MORNING - 50 * DAY)
    assert sweep(database, settings, MORNING + timedelta(hours=1)) == 1
    assert len(sent_at(MORNING + timedelta(hours=1))) == 1
    assert sweep(database, settings, MORNING + timedelta(hours=2)) == 0


def test_what_is_sent_is_the_number_of_then(
    cast: Cast, database: Database, settings: Settings, listens: Any, set_alert: Any, add: Any, sent_at: Any
) -> None:
    listens(cast.mei, muted=["unheeded"])
    set_alert(cast.mei, "cold", limit=1)
    add(cast.alice, 50)
    sweep(database, settings, MORNING)
    add(cast.alice, 50)
    assert [told["title"] for told in sent_at(MORNING + timedelta(seconds=5))] == [
        "2 customers are going cold"
    ]


def test_changed_terms_are_another_alert_and_told_by_another_day(
    cast: Cast, database: Database, listens: Any, told_at: Any, set_alert: Any, add: Any
) -> None:
    listens(cast.mei, muted=["unheeded"])
    alert = set_alert(cast.mei, "cold", limit=1)
    add(cast.alice, 50)
    assert len(told_at(MORNING)) == 1
    with database.writing() as session:
        alerts.change(session, session.get_one(Alert, alert), terms={"limit": 2})
    assert told_at(MORNING + DAY) == []
    add(cast.alice, 50)
    assert told_at(MORNING + 2 * DAY) == [("Mei", "alert", (alert,))]


def test_two_sweeps_at_once_tell_it_once(
    cast: Cast, database: Database, settings: Settings, listens: Any, set_alert: Any, add: Any
) -> None:
    """What the second one read before the first one wrote changes nothing: the key says so."""
    listens(cast.mei, muted=["unheeded"])
    alert = set_alert(cast.mei, "cold", limit=1)
    add(cast.alice, 50)
    assert sweep(database, settings, MORNING) == 1
    with database.writing() as session:
        kept = session.get_one(Alert, alert)
        kept.risen_on = kept.risen_number = None  # as it was before
    assert sweep(database, settings, MORNING) == 0


def test_what_has_been_so_for_long_is_not_told_when_its_telling_is_forgotten(
    cast: Cast, database: Database, listens: Any, told_at: Any, set_alert: Any, add: Any
) -> None:
    listens(cast.mei, muted=["unheeded"])
    set_alert(cast.mei, "cold", limit=1)
    add(cast.alice, 50)
    assert len(told_at(MORNING)) == 1
    late = MORNING + 63 * DAY
    with database.writing() as session:
        forget_old(session, late)
    assert told_at(late) == []


def test_as_many_statements_however_many_alerts_there_are(
    cast: Cast, database: Database, settings: Settings, listens: Any, set_alert: Any, add: Any
) -> None:
    """One where none is set; three more where some are."""
    listens(cast.mei, muted=["unheeded"])
    listens(cast.dora)
    add(cast.alice, 3)
    counts = [statements_of(database, settings)]
    for user, count in ((cast.mei, 1), (cast.dora, 19), (cast.mei, 19)):
        for _ in range(count):
            set_alert(user, "cold", limit=9)
            set_alert(user, "stuck", limit=9)
            set_alert(user, "competitor", limit=9, days=9, competitor="SealPro")
        counts.append(statements_of(database, settings))
    assert counts == [3, 6, 6, 6]


def statements_of(database: Database, settings: Settings) -> int:
    asked: list[str] = []

    def count_statement(*arguments: Any) -> None:
        asked.append(arguments[2])

    event.listen(database.engine, "before_cursor_execute", count_statement)
    assert sweep(database, settings, MORNING) == 0
    event.remove(database.engine, "before_cursor_execute", count_statement)
    return len([one for one in asked if one.lstrip().upper().startswith(("SELECT", "WITH"))])


def test_a_kind_of_a_newer_version_is_left_alone(
    cast: Cast, listens: Any, told_at: Any, set_alert: Any, add: Any
) -> None:
    listens(cast.mei, muted=["unheeded"])
    set_alert(cast.mei, "attainment", limit=1)
    alert = set_alert(cast.mei, "cold", limit=1)
    add(cast.alice, 50)
    assert told_at(MORNING) == [("Mei", "alert", (alert,))]
    assert "attainment" not in watching.KINDS


def test_a_big_discount_is_told_once(
    cast: Cast, database: Database, listens: Any, told_at: Any, set_alert: Any, add: Any
) -> None:
    listens(cast.mei, muted=["unheeded"])
    alert = set_alert(cast.mei, "discount", percent=10, days=3, limit=1)
    customer_id = add(cast.alice, sale={"days": 1})
    assert told_at(MORNING) == []
    with database.writing() as session:
        sale = session.exec(select(Opportunity)).one()
        session.add(
            Quote(id=new_id(), customer_id=customer_id, opportunity_id=sale.id, author_id=cast.alice.id, currency="EUR",
                  total_cents=1, discount_bp=1001, created_at=MORNING, sent_at=MORNING)
        )  # fmt: skip
    assert told_at(MORNING + timedelta(minutes=5)) == [("Mei", "alert", (alert,))]
    assert [told_at(MORNING + timedelta(minutes=5) + days * DAY) for days in (0, 1, 2, 3, 30)] == [[]] * 5
