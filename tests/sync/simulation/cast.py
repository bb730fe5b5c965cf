"""The company before anything has happened. Its ids are always the same, so that a seed replays the same history."""

from dataclasses import dataclass
from typing import Any, Final

from sqlmodel import Session

from server.models.identity import new_id
from server.models.library_document import LibraryDocument
from server.models.product import Product
from server.models.user import Role, User
from server.models.workspace import Team, Territory, the_workspace
from sync.apply import apply
from tests.cast import NOW, person

NAMES: Final = ("alice", "bob", "mei", "charlie", "dora")
CUSTOMERS: Final = {"alice": 4, "bob": 2, "charlie": 2}


def fixed_id(kind: int, number: int) -> str:
    return new_id(1_700_000_000_000, kind << 20 | number)


USERS: Final = {name: fixed_id(1, number) for number, name in enumerate(NAMES)}
# Only in histories in which people come and go: all others must stay what they were before there were these two.
NEWCOMERS: Final = {"eve": fixed_id(1, 5), "sam": fixed_id(1, 6)}
EVERYBODY: Final = USERS | NEWCOMERS
TERRITORIES: Final = {name: fixed_id(2, at) for at, name in enumerate(("North", "South"))}
TEAM: Final = fixed_id(7, 0)
DOCUMENTS: Final = {territory: fixed_id(8, at) for at, territory in enumerate((None, *TERRITORIES.values()))}


@dataclass(frozen=True)
class Post:
    role: Role
    territory: str | None


POSTS: Final = {
    "alice": Post(Role.REP, "North"),
    "bob": Post(Role.REP, "North"),
    "mei": Post(Role.MANAGER, "North"),
    "charlie": Post(Role.REP, "South"),
    "dora": Post(Role.ADMIN, None),
}


def open_workspace(session: Session) -> None:
    """In a transaction of its own, which takes no revision."""
    workspace = the_workspace(session)
    workspace.epoch, workspace.set_up_at = "epoch-0", NOW


def found_company(session: Session) -> None:
    territories = {name: Territory(id=territory_id, name=name) for name, territory_id in TERRITORIES.items()}
    session.add_all(territories.values())
    session.flush()
    for name, post in POSTS.items():
        user = person(name.title(), post.role, territories.get(post.territory or ""))
        user.id = USERS[name]
        session.add(user)
    session.add_all([Product(id=fixed_id(3, at), name=f"Grinder {at}") for at in range(2)])
    session.flush()
    _find_customers(session)


def _find_customers(session: Session) -> None:
    """Each text says which customer it is about: `of <id>`. So a page that shows too much can be told."""
    number = 0
    for name, count in CUSTOMERS.items():
        user = session.get(User, USERS[name])
        assert user is not None
        for _ in range(count):
            number += 1
            customer_id, contact_id, visit_id = (fixed_id(kind, number) for kind in (4, 5, 6))
            of = {"customer_id": customer_id}
            text = f"of {customer_id}"
            apply(session, user, "customer.create", {**of, "name": text}, NOW)
            apply(session, user, "contact.create", {**of, "contact_id": contact_id, "name": text}, NOW)
            done = {"started_at": "2026-11-20T08:00:00.000Z", "outcome": "interested", "note": text}
            apply(session, user, "visit.log", {**of, "visit_id": visit_id, **done}, NOW)


def hire_newcomers(session: Session) -> None:
    """An executive and somebody in support; the team of the north; and a library of documents titled `shelf <id>`."""
    north = session.get_one(Territory, TERRITORIES["North"])
    session.add(Team(id=TEAM, name="Harbour", territory_id=north.id))
    session.flush()
    eve = person("Eve", Role.EXECUTIVE)
    sam = person("Sam", Role.SUPPORT, north, department="service")
    eve.id, sam.id = NEWCOMERS["eve"], NEWCOMERS["sam"]
    bob = session.get_one(User, USERS["bob"])
    bob.team_id = TEAM
    session.add_all([eve, sam, *(document(*told) for told in DOCUMENTS.items())])


def document(territory_id: str | None, document_id: str) -> LibraryDocument:
    file: dict[str, Any] = {"name": "a.pdf", "sha256": "0" * 64, "size": 1, "media_type": "application/pdf"}
    whose: dict[str, Any] = {"territory_id": territory_id, "author_id": USERS["dora"], "kind": "manual"}
    when: dict[str, Any] = {"created_at": NOW, "updated_at": NOW}
    return LibraryDocument(id=document_id, title=f"shelf {document_id}", **file, **whose, **when)
