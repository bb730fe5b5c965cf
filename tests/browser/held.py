"""Reads from a phone's database what it holds: sums and visits of the replica, entries of outbox and journal."""

from dataclasses import dataclass
from typing import Any, Final

from playwright.sync_api import Page

READ: Final = """async () => {
  const name = `legwork-${document.documentElement.dataset.user}`;
  const database = await new Promise((resolve, reject) => {
    const request = indexedDB.open(name);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const tx = database.transaction(["outbox", "journal", "meta", "replica"]);
  const all = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  try {
    const [outbox, journal, keys, records, state] = await Promise.all([
      all(tx.objectStore("outbox").getAll()), all(tx.objectStore("journal").getAll()),
      all(tx.objectStore("replica").getAllKeys()), all(tx.objectStore("replica").getAll()),
      all(tx.objectStore("meta").get("replica")),
    ]);
    const prefix = `${String(state.live.generation).padStart(6, "0")}/bundles`;
    const visits = records.filter((_, at) => keys[at].startsWith(prefix)).flatMap((record) => record.visits ?? []);
    return {
      sums: state.live.sums, complete: state.live.complete && !state.shadow, journal: journal.length,
      outbox: outbox.map(({ name, state }) => `${name} ${state}`), visits: visits.map(({ id, note }) => [id, note]),
    };
  } finally {
    database.close();
  }
}"""


@dataclass(frozen=True)
class Held:
    sums: dict[str, str]  # by collection, as sync/sums.py writes them
    complete: bool  # and no new copy is being built
    outbox: list[str]  # "name state" of each entry
    journal: int  # how many entries
    visits: list[tuple[str, str | None]]  # id and note, sorted


def held(page: Page) -> Held:
    found: dict[str, Any] = page.evaluate(READ)
    sums = {name: f"{count}-{total:08x}" for name, (count, total) in found["sums"].items()}
    visits = sorted((row_id, note) for row_id, note in found["visits"])
    return Held(sums, found["complete"], found["outbox"], found["journal"], visits)
