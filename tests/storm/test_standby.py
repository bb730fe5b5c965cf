"""PostgreSQL with a standby that confirms every commit: the primary dies while phones send, and nothing is lost."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.database import open_database
from server.migrate import upgrade
from tests.browser.network import Network
from tests.databases import PostgresCluster, Standby
from tests.storm.company import SECRET_KEY, Rep, hire
from tests.storm.counting import counted
from tests.storm.crowd import Storm, phones_of, serving

PHONES, ENTRIES = 40, 25
WITHIN_S = 3.0


@pytest.fixture
def primary() -> Iterator[PostgresCluster]:
    cluster = PostgresCluster(options=()).start()
    yield cluster
    cluster.remove()


@pytest.fixture
def reps(primary: PostgresCluster) -> list[Rep]:
    database = open_database(primary.url())
    upgrade(database)
    reps = hire(database, PHONES, datetime.now(UTC))
    database.close()
    return reps


@pytest.fixture
def standby(primary: PostgresCluster, reps: list[Rep]) -> Iterator[Standby]:
    """Has the reps too, as it is copied when they are there."""
    standby = Standby(primary).start()
    yield standby
    standby.remove()


@pytest.fixture
def address(primary: PostgresCluster) -> Iterator[Network]:
    """Where servers find the database, whoever that is."""
    network = Network(primary.port)
    yield network
    network.close()


def test_a_standby_takes_over_and_nothing_is_lost_or_doubled(
    primary: PostgresCluster, standby: Standby, address: Network, reps: list[Rep], tmp_path: Path
) -> None:
    url = address.origin.replace("http://", "postgresql://legwork@") + "/postgres"
    with serving([tmp_path], DATABASE_URL=url, SECRET_KEY=SECRET_KEY) as servers:
        storm = Storm(phones_of(reps, servers, ENTRIES), servers, WITHIN_S)
        asyncio.run(lose_the_primary_in_the_middle(storm, primary, standby, address))
    database = open_database(standby.url())
    count = counted(database, storm.phones)
    database.close()
    assert (count.saved, count.lost, count.doubled) == (PHONES * ENTRIES, 0, 0)
    assert storm.problems, "some were sending when it died"


async def lose_the_primary_in_the_middle(
    storm: Storm, primary: PostgresCluster, standby: Standby, address: Network
) -> None:
    await storm.move_in()
    raging = asyncio.create_task(storm.rage())
    while storm.done < PHONES / 3:
        await asyncio.sleep(0.01)
    await asyncio.to_thread(take_over, primary, standby, address)
    assert storm.done < PHONES, "it was over before it began"
    await raging


def take_over(primary: PostgresCluster, standby: Standby, address: Network) -> None:
    primary.kill()
    address.turn("down")
    standby.promote()
    address.server_port = standby.port
    address.turn("up")
