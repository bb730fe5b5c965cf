"""What is won of one's quota: the same on the phone and on the server, to the cent and to the millisecond."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from server.database import Database, open_database
from server.days import start_of
from server.models.column import wire
from server.models.customer import Customer, CustomerShare
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.quota import keep
from server.models.user import User
from tests.cast import NOW, Cast, hire
from tests.pwa.test_parity import Hosts

BERLIN = "Europe/Berlin"
MILLISECOND = timedelta(milliseconds=1)
SUMMER, AUTUMN, WINTER = (
    start_of(date(year, month, 1), BERLIN).astimezone(UTC)
    for year, month in ((2026, 7), (2026, 10), (2027, 1))
)


@pytest.fixture(scope="module", params=["sqlite_files", "postgres_databases"])
def hosts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    folder, databases = tmp_path_factory.mktemp("parity"), request.getfixturevalue(request.param)
    url = databases.fresh()
    database = open_database(url)
    with database.writing() as session:
        cast = hire(session)
        fill(session, cast)
    with pytest.MonkeyPatch.context() as patch:
        hosts = Hosts(database, Path(folder), patch)
        yield hosts
        hosts.close()
    database.close()
    databases.drop(url)


def fill(session: Any, cast: Cast) -> None:
    """Sales on both sides of every boundary, in two currencies, beyond what a double holds, and others' beside."""
    mine, hers, gone = (
        Customer(
            id=new_id(),
            name=name,
            sort_key=name,
            owner_id=owner.id,
            territory_id=cast.north.id,
            created_at=NOW,
        )
        for name, owner in (("mine", cast.alice), ("hers", cast.bob), ("gone", cast.alice))
    )
    gone.deleted_at = NOW
    session.add_all([mine, hers, gone])
    session.flush()
    session.add(CustomerShare(customer_id=hers.id, user_id=cast.alice.id))
    moments = [at + by for at in (SUMMER, AUTUMN, WINTER) for by in (-MILLISECOND, timedelta(), MILLISECOND)]
    night = datetime.fromisoformat("2026-10-25T01:30:00+00:00")  # of the hour that comes twice
    amounts = [(1, "EUR"), (10**15, "EUR"), (10**15 - 1, "EUR"), (700_001, "CNY"), (5, "USD"), (0, "GBP")]
    for at in (*moments, night):
        for customer in (mine, hers, gone):
            for cents, currency in amounts:
                for stage in ("won", "lost", "payment"):
                    session.add(sale(customer.id, cast.alice.id, cents, currency, stage, at))
    for user in (cast.alice, cast.bob):
        keep(user, date(2026, 7, 1), 1, "CNY", BERLIN)
        keep(user, date(2026, 10, 1), 3 * 10**15, "EUR", BERLIN)
    cast.bob.locale = "zh-Hans"


def sale(customer_id: str, owner_id: str, cents: int, currency: str, stage: str, at: datetime) -> Opportunity:
    return Opportunity(
        id=new_id(), customer_id=customer_id, owner_id=owner_id, name="Seals", amount_cents=cents, currency=currency,
        stage=stage, created_at=SUMMER - timedelta(days=9), stage_since=at,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "locale"), [("alice", "en"), ("bob", "zh-Hans"), ("charlie", "en"), ("mei", "en")]
)
def test_both_hosts_say_the_same_of_a_quota(hosts: Hosts, name: str, locale: str) -> None:
    user = hosts.sign_in(f"{name}@example.test", locale)
    for moment in (
        NOW,
        SUMMER,
        AUTUMN - MILLISECOND,
        AUTUMN,
        WINTER - MILLISECOND,
        WINTER,
        NOW + timedelta(days=45),
    ):
        hosts.now = moment
        for path in ("/today", "/pipeline?stage=lead")[: 1 if name == "mei" else 2]:
            found = hosts.difference(user, path, {})
            assert found == "", moment
    hosts.now = NOW


def test_it_is_what_counting_by_hand_gives(hosts: Hosts) -> None:
    user = hosts.sign_in("alice@example.test", "en")
    page = hosts.phone.ask(user.id, "/today", NOW)["text"]
    with hosts.database.reading() as session:
        rows = session.exec(
            select(Opportunity).join(Customer).where(Customer.owner_id == user.id, Customer.name == "mine")
        ).all()
    won = [row for row in rows if row.stage == "won" and AUTUMN <= row.stage_since < WINTER]
    euros = sum(row.amount_cents for row in won if row.currency == "EUR")
    assert euros == 4 * (2 * 10**15)
    assert "€80,000,000,000,000 of €30,000,000,000,000 won this quarter · 266%" in page
    assert "¥28,000.04 · $0.20 more in other money" in page


def test_a_quota_is_told_to_the_phone_of_whom_it_is_for_and_to_no_other(
    hosts: Hosts, database: Database
) -> None:
    told: dict[str, str] = {}
    for name in ("alice", "charlie"):
        user = hosts.sign_in(f"{name}@example.test", "en")
        told[name] = hosts.clients[user.id].get(f"/sync/pull?device_id={new_id()}").text
    assert f'"from_at":"{wire(AUTUMN)}"' in told["alice"]
    assert told["alice"].count('"quotas"') == told["charlie"].count('"quotas"') == 1
    assert "amount_cents" not in told["charlie"]


def test_a_phone_hears_of_a_quota_that_is_set_later(hosts: Hosts) -> None:
    user = hosts.sign_in("charlie@example.test", "en")
    client, device = hosts.clients[user.id], new_id()
    cursor = client.get(f"/sync/pull?device_id={device}").json()["cursor"]
    with hosts.database.writing() as session:
        keep(session.get_one(User, user.id), date(2026, 10, 1), 100, "EUR", BERLIN)
    ops = client.get(f"/sync/pull?device_id={device}&cursor={cursor}").json()["ops"]
    mine = [op["row"]["quotas"] for op in ops if op["collection"] == "me"]
    assert [one["amount_cents"] for one in mine[-1]] == [100]
