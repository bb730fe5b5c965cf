"""The board of who sees all territories, where the phone holds all of them too: filtered alike on both hosts."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from server.database import open_database
from server.models import territory as territories
from server.models.customer import Customer, CustomerShare
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.user import Role
from server.models.workspace import Territory
from tests.cast import NOW, hire, person
from tests.pwa.node_phone import FRAGMENT
from tests.pwa.test_parity import Hosts

LATER_NAMES = ("Ärmelkanal", "华东", "east & <west>")


@pytest.fixture(scope="module", params=["sqlite_files", "postgres_databases"])
def hosts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    folder, databases = tmp_path_factory.mktemp("parity"), request.getfixturevalue(request.param)
    url = databases.fresh()
    database = open_database(url)
    with database.writing() as session:
        fill(session)
    with pytest.MonkeyPatch.context() as patch:
        hosts = Hosts(database, Path(folder), patch)
        yield hosts
        hosts.close()
    database.close()
    databases.drop(url)


def fill(session: Any) -> None:
    """Each seller has a sale in each stage, of which Henrik's and Dora's phones hold all."""
    cast = hire(session)
    henrik = person("Henrik", Role.EXECUTIVE)
    session.add(henrik)
    for name in LATER_NAMES:
        session.add(Territory(id=new_id(), name=name))
    session.flush()
    for owner in (cast.alice, cast.bob, cast.mei, cast.charlie):
        of = {"owner_id": owner.id, "territory_id": owner.territory_id, "created_at": NOW}
        customer = Customer(id=new_id(), name=f"Of {owner.name}", sort_key=owner.name, **of)
        session.add(customer)
        session.flush()
        for reader in (henrik, cast.dora):
            session.add(CustomerShare(customer_id=customer.id, user_id=reader.id))
        sale = {"customer_id": customer.id, "owner_id": owner.id, "name": f"Sale of {owner.name}"}
        for stage in ("lead", "quote"):
            money = {"amount_cents": 100, "currency": "EUR"}
            at = {"created_at": NOW, "stage_since": NOW}
            session.add(Opportunity(id=new_id(), stage=stage, **sale, **money, **at))


@pytest.mark.parametrize(("email", "locale"), [("henrik", "en"), ("dora", "zh-Hans")])
def test_both_hosts_filter_a_board_by_territory_alike(hosts: Hosts, email: str, locale: str) -> None:
    user = hosts.sign_in(f"{email}@example.test", locale)
    with hosts.database.reading() as session:
        ids = {one.name: one.id for one in session.exec(select(Territory)).all()}
    queries = [f"territory={key}" for key in ids.values()]
    queries += [f"territory={ids['North']}&closing=none&stage=lead", f"territory={new_id()}", "territory="]
    hosts.assert_equal(user, ["/pipeline", *(f"/pipeline?{query}" for query in queries)], FRAGMENT)
    page = hosts.phone.ask(user.id, f"/pipeline?territory={ids['South']}", NOW)["text"]
    assert set(re.findall(r"Sale of (\w+)", page)) == {"Charlie"}
    assert f'<option value="{ids["South"]}" selected>South</option>' in page


def test_their_phone_hears_of_a_new_territory_and_nobody_elses_of_any(hosts: Hosts) -> None:
    told: dict[str, list[str]] = {}
    for name in ("henrik", "alice", "mei"):
        user = hosts.sign_in(f"{name}@example.test", "en")
        client, device = hosts.clients[user.id], new_id()
        first = client.get(f"/sync/pull?device_id={device}").json()
        assert first["sums"] is not None
        with hosts.database.writing() as session:
            territories.add(session, f"Opened for {name}")
        later = client.get(f"/sync/pull?device_id={device}&cursor={first['cursor']}&sums=1").json()
        ops = [op for op in (*first["ops"], *later["ops"]) if op["collection"] == "me"]
        told[name] = [one["name"] for one in ops[-1]["row"]["territories"]]
        assert len(ops) == (2 if name == "henrik" else 1)
    assert told["alice"] == told["mei"] == []
    assert told["henrik"] == ["Ärmelkanal", "east & <west>", "North", "Opened for henrik", "South", "华东"]
