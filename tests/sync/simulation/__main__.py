"""`python -m tests.sync.simulation --seed 7`, or `--traces 10000` for a long run."""

import argparse
import json
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.sync.simulation.company import Company
from tests.sync.simulation.ledger import watching
from tests.sync.simulation.mutant import phone_without, server_without
from tests.sync.simulation.mutants import MUTANTS
from tests.sync.simulation.runner import SYNC, Drawn, Played, Simulator, Tally
from tests.sync.simulation.shrinking import Deeds, shrink

TOLD_EVERY = 500


def main() -> int:
    asked = arguments()
    mutant = MUTANTS.get(asked.mutant)
    with ExitStack() as stack:
        stack.enter_context(watching())
        simulator = simulator_for(asked, stack)
        stack.callback(simulator.close)
        if mutant and not mutant.of_the_phone:
            stack.enter_context(server_without(mutant))
        return 1 if run(asked, simulator) else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.sync.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="play this one")
    parser.add_argument("--traces", type=int, default=100, help="how many to play")
    parser.add_argument("--first", type=int, default=1, help="the first seed of them")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument(
        "--mutant", choices=MUTANTS, help="take this safeguard away, and stop when it is missed"
    )
    return parser.parse_args()


def simulator_for(asked: argparse.Namespace, stack: ExitStack) -> Simulator:
    mutant = MUTANTS.get(asked.mutant)
    folder = Path(stack.enter_context(TemporaryDirectory()))
    company = Company(mutant.database if mutant else asked.database)
    stack.callback(company.close)
    return Simulator(company, phone_without(mutant, folder) if mutant and mutant.of_the_phone else SYNC)


def run(asked: argparse.Namespace, simulator: Simulator) -> bool:
    """Plays the histories and prints what they were made of. Returns whether any went wrong."""
    tally, began = Tally(), time.monotonic()
    seeds = [asked.seed] if asked.seed is not None else range(asked.first, asked.first + asked.traces)
    without = simulator.histories(asked.mutant, seeds) if asked.mutant else None
    histories = without or ((seed, play(simulator, seed)) for seed in seeds)
    for seed, played in histories:
        tally.add(played)
        if tally.histories % TOLD_EVERY == 0:
            print(f"{tally.histories} played, the last is {seed}", file=sys.stderr, flush=True)
        if played["violations"] and asked.mutant:
            break
        if played["violations"]:
            print(told(seed, asked.database, shrunk(simulator, played)), flush=True)
    print(tally.table())
    print(f"{'a second':<40}{tally.histories / (time.monotonic() - began):>12.1f}")
    return bool(tally.found)


def play(simulator: Simulator, seed: int) -> Played:
    """If the simulator itself breaks, the error says how to see it again."""
    try:
        return simulator.play(seed)
    except Exception as error:
        error.add_note(f"Again: python -m tests.sync.simulation --seed {seed}, or those before it as well")
        raise


def shrunk(simulator: Simulator, played: Played) -> Played:
    """The shortest history found that goes wrong in the same way."""
    drawn, kind = played["drawn"], played["violations"][0]["kind"]

    def with_deeds(deeds: Deeds) -> Drawn:
        return {**drawn, "deeds": deeds}

    def fails(deeds: Deeds) -> bool:
        return kind in {
            violation["kind"] for violation in simulator.play(drawn=with_deeds(deeds))["violations"]
        }

    return simulator.play(drawn=with_deeds(shrink(drawn["deeds"], fails)))


def told(seed: int | None, database: str, played: Played) -> str:
    """The seed, what is wrong, the shortest history found that has it, and how to play it again."""
    drawn = played["drawn"]
    lines = [f"Seed {seed} on {database} fails:"]
    lines += [
        f"  {violation['kind']}: {json.dumps(violation['detail'])}" for violation in played["violations"]
    ]
    lines.append(f"The shortest history that has it: {len(drawn['deeds'])} deeds")
    lines += [f"  phone {at}: {json.dumps(phone)}" for at, phone in enumerate(drawn["phones"])]
    lines += [f"  {json.dumps(deed)}" for deed in drawn["deeds"]]
    lines.append(f"Again: python -m tests.sync.simulation --database {database} --seed {seed}")
    lines.append(f"For corpus.json: {json.dumps({'database': database, 'drawn': drawn})}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
