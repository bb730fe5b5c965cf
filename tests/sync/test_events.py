"""A phone that listens hears when there is something for it, and nobody else does."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlmodel import select

from server.database import Database, open_database
from server.models import session as sessions
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.product import Product
from server.models.user import Role, User
from server.models.workspace import Workspace
from sync.apply import apply
from sync.events import MOST_OF_ONE, Events, audience, leaders
from tests.cast import NOW, Cast, person
from tests.sync.conftest import Do

STARTED = "2026-11-23T07:41:12.000Z"


def visit(customer_id: str) -> dict[str, Any]:
    return {"visit_id": new_id(), "customer_id": customer_id, "started_at": STARTED, "outcome": "ordered"}


def listening(database: Database, scene: Callable[[Events], Awaitable[None]], **options: float) -> None:
    async def play() -> None:
        events = Events(database, **options)
        await events.start()
        try:
            await asyncio.wait_for(scene(events), 20)
        finally:
            await events.stop()

    asyncio.run(play())


async def opened(events: Events, user: User, secret: str | None = None) -> Any:
    """`secret`: of the session that listens; a new one, unless said."""
    if secret is None:
        secret = await asyncio.to_thread(signed_in, events.database, user)
    stream = events.stream(user.id, sessions.hash_of(secret))
    assert b": listening" in await anext(stream)
    return stream


def signed_in(database: Database, user: User) -> str:
    with database.writing() as session:
        return sessions.start(session, user, NOW)


def test_who_holds_the_customer_hears_of_a_visit_and_charlie_does_not(
    database: Database, cast: Cast, harbour_cafe: Customer, do: Do
) -> None:
    async def scene(events: Events) -> None:
        alice, charlie = await opened(events, cast.alice), await opened(events, cast.charlie)
        silent = asyncio.ensure_future(anext(charlie))
        await asyncio.to_thread(do, cast.alice, "visit.log", visit(harbour_cafe.id))
        assert (await anext(alice)).startswith(b'data: {"rev": ')
        assert not silent.done()
        events.close()
        assert await silent == b": goodbye\n\n"

    listening(database, scene)


def test_another_process_wrote(database: Database, cast: Cast, harbour_cafe: Customer) -> None:
    """PostgreSQL says so itself; on SQLite one looks every now and then."""

    other = open_database(database.engine.url.render_as_string(hide_password=False))

    def write() -> None:
        with other.writing() as session:
            apply(session, cast.alice, "visit.log", visit(harbour_cafe.id), NOW)

    async def scene(events: Events) -> None:
        alice = await opened(events, cast.alice)
        await asyncio.sleep(0.3)  # until the listener of PostgreSQL listens
        await asyncio.to_thread(write)
        assert (await anext(alice)).startswith(b"data: ")

    listening(database, scene, look_every_s=0.2 if database.is_sqlite else 600)
    other.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_quiet_stream_is_kept_alive(database: Database, cast: Cast) -> None:
    async def scene(events: Events) -> None:
        stream = await opened(events, cast.alice)
        assert await anext(stream) == b": still here\n\n"

    listening(database, scene, keep_alive_s=0.01)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_streams_end_at_once_when_the_server_stops(database: Database, cast: Cast) -> None:
    async def scene(events: Events) -> None:
        streams = [await opened(events, user) for user in cast.everyone for _ in range(3)]
        waiting = [asyncio.ensure_future(_rest(stream)) for stream in streams]
        await asyncio.sleep(0)
        events.close()
        assert await asyncio.gather(*waiting) == [[b": goodbye\n\n"]] * 15
        assert not events._streams

    listening(database, scene)


async def _rest(stream: Any) -> list[bytes]:
    return [part async for part in stream]


def test_a_stream_ends_with_its_session_and_no_other_does(
    database: Database, cast: Cast, harbour_cafe: Customer, do: Do
) -> None:
    """Signed out there, or everywhere."""
    here, there = signed_in(database, cast.alice), signed_in(database, cast.alice)

    def end() -> None:
        with database.writing() as session:
            row, _ = sessions.find(session, here, NOW, 1) or (None, None)
            assert row is not None
            sessions.sign_out(session, cast.alice, row.public_id, NOW)
            sessions.sign_out_everywhere(session, cast.bob.id, NOW)

    async def scene(events: Events) -> None:
        over = [await opened(events, cast.alice, here), await opened(events, cast.bob)]
        stays = await opened(events, cast.alice, there)
        waiting = [asyncio.ensure_future(_rest(stream)) for stream in over]
        still = asyncio.ensure_future(anext(stays))
        await asyncio.to_thread(end)
        assert await asyncio.gather(*waiting) == [[b": goodbye\n\n"]] * 2
        assert not still.done()
        await asyncio.to_thread(do, cast.alice, "visit.log", visit(harbour_cafe.id))
        assert (await still).startswith(b"data: ")

    listening(database, scene, look_every_s=0.1)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_phone_that_hung_up_is_forgotten(database: Database, cast: Cast) -> None:
    async def scene(events: Events) -> None:
        stream = await opened(events, cast.alice)
        await stream.aclose()
        assert not events._streams

    listening(database, scene)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_one_person_holds_only_so_many_and_the_oldest_ends(database: Database, cast: Cast) -> None:
    async def scene(events: Events) -> None:
        secret = await asyncio.to_thread(signed_in, database, cast.alice)
        other = await opened(events, cast.bob)
        first, *later = [await opened(events, cast.alice, secret) for _ in range(MOST_OF_ONE + 1)]
        assert await _rest(first) == []
        assert not any(stream.is_over for stream in events._open())
        assert len(events._open()) == MOST_OF_ONE + 1
        for stream in (other, *later):
            await stream.aclose()

    listening(database, scene)


def test_the_audience_of_what_was_written(
    database: Database, cast: Cast, harbour_cafe: Customer, do: Do
) -> None:
    def heard_by(after: int) -> set[str]:
        with database.reading() as session:
            return audience(session, after)

    def rev() -> int:
        with database.reading() as session:
            return session.exec(select(Workspace.rev)).one()

    alice, bob = cast.alice.id, cast.bob.id
    do(cast.alice, "customer.share", {"customer_id": harbour_cafe.id, "user_id": bob})
    before = rev()
    do(cast.alice, "visit.log", visit(harbour_cafe.id))
    assert heard_by(before) == {alice, bob}
    before = rev()
    do(cast.alice, "customer.unshare", {"customer_id": harbour_cafe.id, "user_id": bob})
    assert heard_by(before) == {alice, bob}  # he must drop it
    before = rev()
    with database.writing() as session:
        session.add(Product(id=new_id(), name="Grinder"))
    assert heard_by(before) == {user.id for user in cast.everyone}
    assert heard_by(rev()) == set()


def test_who_leads_hears_of_it_under_another_name(
    database: Database, cast: Cast, harbour_cafe: Customer, do: Do
) -> None:
    async def scene(events: Events) -> None:
        mei, dora = await opened(events, cast.mei), await opened(events, cast.dora)
        await asyncio.to_thread(do, cast.alice, "visit.log", visit(harbour_cafe.id))
        for stream in (mei, dora):
            assert (await anext(stream)).startswith(b'event: team\ndata: {"rev": ')

    listening(database, scene)


def test_nobody_hears_of_a_team_that_is_not_theirs(
    database: Database, cast: Cast, harbour_cafe: Customer, do: Do
) -> None:
    south = person("Nils", Role.MANAGER, cast.south)
    with database.writing() as session:
        session.add(south)
        before = session.exec(select(Workspace.rev)).one()
    do(cast.alice, "visit.log", visit(harbour_cafe.id))
    with database.reading() as session:
        assert leaders(session, before) == {cast.mei.id, cast.dora.id}
        assert leaders(session, session.exec(select(Workspace.rev)).one()) == set()
