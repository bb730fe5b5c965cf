"""Finds whether somebody did what they might no longer do. Who may do what is derived from every row as it was before a
request, and what was done comes from ledger.py. server/models/scope.py is not asked, because it may be wrong."""

from typing import Any, Final, NamedTuple

from sqlmodel import Session

from server.models.customer import Customer, CustomerShare
from server.models.task import Task
from server.models.user import User
from tests.sync.simulation import oracle
from tests.sync.simulation.ledger import Done, effects

SEE_ALL: Final = ("executive", "admin")
MANAGE: Final = ("manager", *SEE_ALL)
WRITE: Final = ("rep", *MANAGE)
# Changes of oneself and of one's own entries, which everybody may make. `task.answer` is checked by its task.
OF_ONESELF: Final = ("user.edit", "noop", "entry.ask", "entry.withdraw")
# Facts: whoever was there may still tell them after the customer went to somebody else.
FACTS: Final = (
    "visit.log", "visit.correct", "visit.withdraw", "visit.cancel", "visit.plan", "visit.attach", "visit.detach",
    "activity.log", "activity.correct", "follow_up.create", "follow_up.complete", "follow_up.withdraw",
    "file.detach", "file.reattach",
)  # fmt: skip
GIVING: Final = ("customer.create", "customer.assign")
MANAGERS: Final = ("customer.delete", "customer.restore", "customer.merge")
ROWS: Final = {
    "contact_id": "contacts", "visit_id": "visits", "corrects": "visits", "follow_up_id": "follow_ups",
    "opportunity_id": "opportunities", "attachment_id": "attachments", "quote_id": "quotes", "order_id": "orders",
    "contract_id": "contracts", "task_id": "tasks",
}  # fmt: skip


class Person(NamedTuple):
    role: str
    territory_id: str | None
    department: str | None
    is_here: bool


class Watch:
    """Watches one history. `found`: [{name, by, why, …}]."""

    def __init__(self) -> None:
        self.found: list[dict[str, Any]] = []
        self.once_held: set[tuple[str, str]] = set()

    def look(self, session: Session) -> "Sight":
        sight = Sight(session)
        self.once_held |= sight.held
        return sight

    def judge(self, session: Session, before: "Sight", did: list[Done]) -> None:
        """Adds to `found` what somebody might not do. Of `did`, what was rolled back is not counted."""
        known = set(effects(session)) - before.marks
        rows = _customers_of_rows(session) if did else {}
        did = [_with_help(each, did, rows) for each in did]
        for each in did:
            why = None
            if each.mark is None or each.mark in known:
                why = self._why_not(before, each, rows)
            if why:
                told = {"name": each.name, "args": str(each.args), "by": each.by, "judged": each.judged}
                self.found.append({**told, "why": why})

    def _why_not(self, before: "Sight", did: Done, rows: dict[str, dict[str, Any]]) -> str | None:
        owners = rows["owners"]
        person = before.people[did.judged]
        if not person.is_here:
            return "has left"
        if did.name in OF_ONESELF or _lets_go(did):
            return None
        if did.name == "task.answer":
            return None if before.answers(did.judged, did.args["task_id"]) else "was not asked"
        if person.role not in WRITE and did.name != "customer.ask":
            return "does not write"
        if did.name in MANAGERS and person.role not in MANAGE:
            return "does not manage"
        given = did.args["customer_id"] if did.name in GIVING else None
        if given and not before.may_have(owners.get(given), given):
            return "given to somebody who owns nothing"
        if did.name == "customer.share" and not before.people[did.args["user_id"]].is_here:
            return "shared with somebody who has left"
        for customer_id in _about(did, rows):
            if not self._may_touch(before, did, customer_id):
                return f"sees no {customer_id}"
        return None

    def _may_touch(self, before: "Sight", did: Done, customer_id: str) -> bool:
        if customer_id not in before.customers or before.sees(did.judged, customer_id):
            return True  # it was made by this very push, or may be seen
        return did.name == "customer.ask" or (did.name in FACTS and (did.by, customer_id) in self.once_held)


class Sight:
    """Who sees which customer at this moment."""

    def __init__(self, session: Session) -> None:
        self.marks = set(effects(session))
        self.people = {
            row["id"]: Person(
                row["role"], row["territory_id"], row["department"], row["deactivated_at"] is None
            )
            for row in oracle.read(session, User)
        }
        self.customers = {row["id"]: row for row in oracle.read(session, Customer)}
        self.tasks = {row["id"]: row for row in oracle.read(session, Task)}
        shares = {(row["user_id"], row["customer_id"]) for row in oracle.read(session, CustomerShare)}
        self.held = shares | {
            (row["owner_id"], row["id"]) for row in self.customers.values() if row["owner_id"]
        }

    def sees(self, user_id: str, customer_id: str) -> bool:
        person, customer = self.people[user_id], self.customers[customer_id]
        if person.role in SEE_ALL or (user_id, customer_id) in self.held:
            return True
        is_near = person.territory_id is not None and person.territory_id == customer["territory_id"]
        return person.role == "manager" and is_near

    def answers(self, user_id: str, task_id: str) -> bool:
        if task_id not in self.tasks:
            return True  # asked in this very push
        task, person = self.tasks[task_id], self.people[user_id]
        if person.role in WRITE:
            return self.sees(user_id, task["customer_id"])
        territory_id = self.customers[task["customer_id"]]["territory_id"]
        return person.department in (None, task["department"]) and person.territory_id in (None, territory_id)

    def may_have(self, user_id: str | None, customer_id: str) -> bool:
        had = self.customers.get(customer_id, {}).get("owner_id")
        return user_id in (None, had) or (self.people[user_id].role in WRITE and self.people[user_id].is_here)


def _with_help(did: Done, all_of_it: list[Done], rows: dict[str, dict[str, Any]]) -> Done:
    """What went along with a change that a manager decided on is done by the manager's right at the customers of that
    change, and at no other."""
    decided = [each for each in all_of_it if did.helper and each.judged == did.helper != each.by]
    helped: set[str] = set()
    for each in decided:
        helped |= _about(each, rows) | (
            {each.args["customer_id"]} if each.name == "customer.create" else set()
        )
    about = _about(did, rows)
    return did._replace(judged=did.helper) if did.helper and about and about <= helped else did


def _lets_go(did: Done) -> bool:
    """Whether somebody gives back what was shared with them, which everybody may."""
    return did.name == "customer.unshare" and did.args["user_id"] == did.judged


def _about(did: Done, rows: dict[str, dict[str, Any]]) -> set[str]:
    """The customers that the change is about."""
    if did.name == "customer.create":
        return set()
    named = {did.args[key] for key in ("customer_id", "into_id") if did.args.get(key)}
    found = (rows[name].get(did.args[key]) for key, name in ROWS.items() if did.args.get(key))
    return named | {customer_id for customer_id in found if customer_id and "customer_id" not in did.args}


def _customers_of_rows(session: Session) -> dict[str, dict[str, Any]]:
    """The customer of each row, by table and id; and under `owners` the owner of each customer."""
    found = {
        name: {row["id"]: row["customer_id"] for row in oracle.read(session, oracle.TABLES[name])}
        for name in set(ROWS.values())
    }
    return {**found, "owners": {row["id"]: row["owner_id"] for row in oracle.read(session, Customer)}}
