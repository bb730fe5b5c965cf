"""Nothing lost, nothing doubled: histories from seeds, those that once went wrong, and each safeguard taken away."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Final

import pytest

from server.models import opportunity
from sync.changes import CHANGES
from tests.sync.simulation.__main__ import shrunk, told
from tests.sync.simulation.company import Company
from tests.sync.simulation.ledger import watching
from tests.sync.simulation.mutant import phone_without, server_without
from tests.sync.simulation.mutants import MUTANTS
from tests.sync.simulation.runner import CORPUS, Played, Simulator, Tally
from tests.sync.simulation.shrinking import shrink

AT_ONCE: Final = 25
FIRST_SEEDS: Final = [
    *(("sqlite", first) for first in range(1, 451, AT_ONCE)),
    *(("postgresql", first) for first in range(501, 526, AT_ONCE)),
]
# More than enough: without a safeguard mostly the first history or the second goes wrong.
ENOUGH: Final = 60

# By seed, so that tests which only count need not play again.
PLAYED: Final[dict[int, Played]] = {}

Simulators = Callable[[str], Simulator]


@pytest.fixture(scope="module", autouse=True)
def _watched() -> Iterator[None]:
    with watching():
        yield


@pytest.fixture(scope="module")
def companies() -> Iterator[Callable[[str], Company]]:
    """One server for each database, started when first asked for, and used by all simulators."""
    started: dict[str, Company] = {}
    with ExitStack() as stack:

        def company(database: str) -> Company:
            if database not in started:
                started[database] = Company(database)
                stack.callback(started[database].close)
            return started[database]

        yield company


@pytest.fixture(scope="module")
def simulators(companies: Callable[[str], Company]) -> Iterator[Simulators]:
    started: dict[str, Simulator] = {}
    with ExitStack() as stack:

        def simulator(database: str) -> Simulator:
            if database not in started:
                started[database] = Simulator(companies(database))
                stack.callback(started[database].close)
            return started[database]

        yield simulator


@pytest.mark.parametrize(("database", "first"), FIRST_SEEDS)
def test_every_history_comes_right(simulators: Simulators, database: str, first: int) -> None:
    simulator = simulators(database)
    for seed in range(first, first + AT_ONCE):
        played = PLAYED[seed] = simulator.play(seed)
        if played["violations"]:
            pytest.fail(told(seed, database, shrunk(simulator, played)), pytrace=False)


@pytest.mark.parametrize("number", range(len(CORPUS)))
def test_what_once_went_wrong_comes_right(simulators: Simulators, number: int) -> None:
    kept = CORPUS[number]
    assert simulators(kept["database"]).play(drawn=kept["drawn"])["violations"] == [], kept["found"]


@pytest.mark.parametrize("name", [name for name, mutant in MUTANTS.items() if mutant.of_the_phone])
def test_a_phone_without_this_safeguard_is_found_out(
    companies: Callable[[str], Company], name: str, tmp_path: Path
) -> None:
    company = companies(MUTANTS[name].database)
    with closing(Simulator(company, phone_without(MUTANTS[name], tmp_path))) as simulator:
        assert any(played["violations"] for _, played in simulator.histories(name, range(1, ENOUGH)))


@pytest.mark.parametrize("name", [name for name, mutant in MUTANTS.items() if not mutant.of_the_phone])
def test_a_server_without_this_safeguard_is_found_out(simulators: Simulators, name: str) -> None:
    simulator = simulators(MUTANTS[name].database)
    with server_without(MUTANTS[name]):
        assert any(played["violations"] for _, played in simulator.histories(name, range(1, ENOUGH)))


def test_a_safeguard_of_the_server_is_there_again_afterwards() -> None:
    code = opportunity.move.__code__
    with server_without(MUTANTS["a step goes over another's"]):
        assert opportunity.move.__code__ != code
    assert opportunity.move.__code__ == code


def test_a_seed_plays_the_same_history_every_time(simulators: Simulators) -> None:
    once, between, again = (simulators("sqlite").play(seed) for seed in (7, 8, 7))
    assert once == again
    assert once["stats"] != between["stats"]


def test_the_histories_have_every_fault(simulators: Simulators) -> None:
    tally = Tally()
    for seed in range(1, 76):
        tally.add(PLAYED.get(seed) or simulators("sqlite").play(seed))
    of_the_lane = {fault for fault in tally.faults if fault.startswith("lane_")}
    assert len(tally.faults.keys() - of_the_lane) == 68
    assert len(of_the_lane) >= 10
    assert tally.sums["changes"] > 400


def test_the_histories_have_every_change(simulators: Simulators) -> None:
    """Except `noop`, which nobody saves: it takes the place of a discarded entry."""
    tally = Tally()
    for seed in range(1, 151):
        tally.add(PLAYED.get(seed) or simulators("sqlite").play(seed))
    assert CHANGES.keys() - tally.names.keys() == {"noop"}


def test_a_failing_history_is_made_as_short_as_may_be() -> None:
    deeds = [{"do": number} for number in range(100)]
    assert shrink(deeds, lambda shorter: {"do": 17} in shorter and {"do": 71} in shorter) == [
        {"do": 17},
        {"do": 71},
    ]
