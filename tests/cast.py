"""The people whom most tests are about, and the moments at which tests take place."""

from dataclasses import dataclass
from datetime import UTC, datetime

from argon2 import PasswordHasher
from sqlmodel import Session, col, update

from server.models.identity import new_id
from server.models.user import Role, User
from server.models.workspace import Team, Territory, Workspace

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # a Monday morning
TUESDAY = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)  # when the demo company is made
PASSWORD = "three taps and a sentence"
# One weak hash for everybody, because making five strong ones takes longer than most tests.
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@dataclass(frozen=True)
class Cast:
    """Alice and Bob sell for Mei's team in the north, Charlie sells in the south, Dora runs the instance."""

    north: Territory
    south: Territory
    team: Team
    alice: User
    bob: User
    mei: User
    charlie: User
    dora: User

    @property
    def everyone(self) -> list[User]:
        return [self.alice, self.bob, self.mei, self.charlie, self.dora]


def hire(session: Session) -> Cast:
    """Writes the cast, and the company that they work for where there is none."""
    if session.get(Workspace, 1) is None:
        session.add(Workspace(epoch=new_id(), name="Legwork Trading", created_at=NOW, set_up_at=NOW))
    north, south = Territory(id=new_id(), name="North"), Territory(id=new_id(), name="South")
    session.add_all([north, south])
    session.flush()
    team = Team(id=new_id(), name="Harbour", territory_id=north.id)
    session.add(team)
    session.flush()
    cast = Cast(
        north=north,
        south=south,
        team=team,
        alice=person("Alice", Role.REP, north, team),
        bob=person("Bob", Role.REP, north, team),
        mei=person("Mei", Role.MANAGER, north, team),
        charlie=person("Charlie", Role.REP, south),
        dora=person("Dora", Role.ADMIN),
    )
    session.add_all(cast.everyone)
    session.flush()
    return cast


def reads_chinese(session: Session, user: User) -> None:
    """The browser of `user` asks for Chinese; they have not chosen a language themselves."""
    known = {"locale": None, "read_locale": "zh-Hans"}
    session.execute(update(User).where(col(User.id) == user.id).values(known))


def person(
    name: str,
    role: Role,
    territory: Territory | None = None,
    team: Team | None = None,
    department: str | None = None,
) -> User:
    return User(
        id=new_id(),
        email=f"{name.lower()}@example.test",
        name=name,
        role=role,
        password_hash=PASSWORD_HASH,
        territory_id=territory and territory.id,
        team_id=team and team.id,
        department=department,
        locale="en",
        time_zone="UTC",
        created_at=NOW,
    )
