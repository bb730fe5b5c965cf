"""Plays histories: the phones run in Node.js, the server here, and they speak in lines of JSON."""

import json
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from server.render import ROOT
from tests.sync.simulation import oracle, staff
from tests.sync.simulation.cast import NEWCOMERS, USERS
from tests.sync.simulation.company import Company
from tests.sync.simulation.mutants import MUTANTS

PHONES: Final = Path(__file__).parent / "main.js"
SYNC: Final = ROOT / "sync"

# Histories that once went wrong, and some that go wrong without one of the safeguards. They are always played.
CORPUS: Final[list[dict[str, Any]]] = json.loads((Path(__file__).parent / "corpus.json").read_text())

TOLD: Final[dict[str, Callable[..., Any]]] = {
    "customers": oracle.customers,
    "look": oracle.shown_to,
    "revision": oracle.revision,
    "sales": oracle.sales,
    "tasks": oracle.tasks,
    "visits": oracle.visits,
    "staff": staff.posts,
    "library": oracle.library,
}

Drawn = dict[str, Any]
Played = dict[str, Any]


class Simulator:
    """`sync`: the folder of the phone's code. To be used within `ledger.watching()`."""

    def __init__(self, company: Company, sync: Path = SYNC) -> None:
        self.company = company
        self.calls: dict[str, Callable[..., Any]] = {
            "begin": self.company.begin,
            "ask": lambda **asked: self.company.ask(asked),
            "release": self.company.release,
            "do": self.company.do,
            "review": self.company.review,
            "lose": self.company.lose,
            "bring_in": self.company.bring_in,
            "back_up": self.company.back_up,
            "restore": self.company.restore,
            "deploy": self.company.deploy,
            "account": self.company.account,
            **{name: partial(self.company.tell, of) for name, of in TOLD.items()},
        }
        self.node = subprocess.Popen(
            ["node", PHONES, sync],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def play(self, seed: int | None = None, drawn: Drawn | None = None) -> Played:
        """Plays the history of a seed, or one that was `drawn` before, whole or in part.

        Returns {drawn, violations: [{kind, detail}], stats}.
        """
        self._say({"seed": seed, "drawn": drawn, "users": USERS, "newcomers": NEWCOMERS})
        while True:
            heard = self._hear()
            if "done" in heard:
                done: Played = heard["done"]
                return done
            name, told = heard["call"]
            self._say(self.calls[name](**told))

    def histories(self, mutant: str, seeds: Iterable[int]) -> Iterator[tuple[int | None, Played]]:
        """Plays the corpus for the mutant's database, beginning with what is known to catch it; then the seeds."""
        for kept in sorted(CORPUS, key=lambda kept: mutant not in kept.get("catches", ())):
            if kept["database"] == MUTANTS[mutant].database:
                yield None, self.play(drawn=kept["drawn"])
        for seed in seeds:
            yield seed, self.play(seed)

    def _say(self, message: Any) -> None:
        assert self.node.stdin
        self.node.stdin.write(json.dumps(message) + "\n")
        self.node.stdin.flush()

    def _hear(self) -> dict[str, Any]:
        assert self.node.stdout
        line = self.node.stdout.readline()
        if not line:
            raise RuntimeError("the phones' side ended")
        heard: dict[str, Any] = json.loads(line)
        return heard

    def close(self) -> None:
        for pipe in (self.node.stdin, self.node.stdout):
            assert pipe
            pipe.close()
        self.node.wait(10)


class Tally:
    """Counts what a run of histories was made of."""

    def __init__(self) -> None:
        self.histories, self.sums, self.faults, self.found = 0, Counter[str](), Counter[str](), Counter[str]()
        self.names: Counter[str] = Counter()  # of changes

    def add(self, played: Played) -> None:
        self.histories += 1
        self.faults.update(played["stats"]["faults"])
        self.sums.update({name: played["stats"][name] for name in ("changes", "requests", "steps")})
        self.names.update(played["stats"]["names"])
        self.found.update({violation["kind"] for violation in played["violations"]})

    def table(self) -> str:
        rows = [("histories", self.histories), *self.sums.items()]
        rows += [(f"fault: {name}", count) for name, count in sorted(self.faults.items())]
        rows += [(f"FOUND: {name}", count) for name, count in sorted(self.found.items())]
        if not self.found:
            rows += [(name, 0) for name in ("lost", "doubled", "diverged")]
        return "\n".join(f"{name:<40}{count:>12,}" for name, count in rows)
