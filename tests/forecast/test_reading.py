"""Which stages opportunities went through, as the database has them, against looking at one by one."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from sqlalchemy import true

from server.database import Database
from server.forecast import reading
from server.forecast.reading import Facts, read
from server.forecast.tracks import AGES, Cell, Tracks, tracks_of
from server.models.column import wire
from server.models.customer import Customer
from server.models.identity import new_id
from server.models.opportunity import Opportunity
from server.models.pipeline import DEFAULT_PIPELINE, pipelines
from tests.cast import NOW, Cast

OPEN = ("lead", "quote", "taken out since")
CLOSED = ("won", "lost")
ZONE = "Asia/Shanghai"  # the company's: its months begin in the afternoon before
TICK = timedelta(microseconds=1)


class Stay(NamedTuple):
    stage: str
    since: datetime
    until: datetime | None


Way = tuple[Opportunity, Customer, list[Stay]]


@pytest.fixture
def histories(database: Database, cast: Cast) -> list[Way]:
    """Often to the microsecond when a month begins, or one before; some as if at two stages for a while, by a clock
    that was put back. An amount tells which one it is."""
    dice, made = random.Random(7), []
    for number in range(1, 201):
        owner = dice.choice([cast.alice, cast.charlie])
        customer = Customer(
            id=new_id(), name="Seals", sort_key="seals", owner_id=owner.id, territory_id=owner.territory_id,
            created_at=NOW, deleted_at=NOW if number % 9 == 0 else None,
        )  # fmt: skip
        moments = sorted(_moment(dice) for _ in range(dice.randint(1, 4)))
        moments[:-1] = [_as_moves_have_it(moment) for moment in moments[:-1]]
        stages = [dice.choice(OPEN + CLOSED) for _ in moments]
        back = timedelta(days=dice.choice([0, 0, 0, 40]))
        since = [moments[0], *(max(moments[0], moment - back) for moment in moments[1:])]
        stays = [Stay(*one) for one in zip(stages, since, [*moments[1:], None], strict=True)]
        row = Opportunity(
            id=new_id(), customer_id=customer.id, owner_id=owner.id, name="", amount_cents=number,
            currency=dice.choice(["EUR", "CNY"]), created_at=moments[0], stage=stages[-1],
            stage_since=since[-1], deleted_at=NOW if number % 11 == 0 else None, moves=_moves(stays),
        )  # fmt: skip
        made.append((row, customer, stays))
    with database.writing() as session:
        session.add_all([customer for _, customer, _ in made])
        session.flush()
        session.add_all([row for row, *_ in made])
    return made


def _moment(dice: random.Random) -> datetime:
    begins = datetime(2026, dice.randint(1, 10), 1, tzinfo=UTC) - timedelta(hours=8)
    some = timedelta(
        days=dice.randint(0, 27), seconds=dice.randint(0, 86_399), microseconds=dice.randint(0, 999_999)
    )
    return begins + dice.choice([timedelta(0), -TICK, -AGES[0], -AGES[1], TICK - AGES[2], some])


def _as_moves_have_it(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _moves(stays: Sequence[Stay]) -> list[dict[str, Any]]:
    return [
        {"by": "", "since": wire(here.since), "at": wire(here.until), "from": here.stage, "to": then.stage}
        for here, then in pairwise(stays)
    ]


def facts_of(database: Database) -> Facts:
    with database.reading() as session:
        return read(session, pipelines(session), NOW, NOW.date(), ZONE, true())


def stood(moments: Sequence[datetime], way: Way) -> list[tuple[int, int, Cell]]:
    """In which months it stood open as they began, and where."""
    row, _, stays = way
    found = []
    for number, moment in enumerate(moments):
        for stage, since, until in stays:
            if stage in OPEN and since <= moment and (until is None or moment < until):
                age = sum(1 for limit in AGES if moment - since >= limit)
                found.append((row.amount_cents, number, (DEFAULT_PIPELINE, stage, age)))
                break
    return found


def month_of(moments: Sequence[datetime], moment: datetime) -> int:
    return sum(1 for begins in moments if begins <= moment) - 1


def told_of(tracks: Tracks) -> list[tuple[int, int, int]]:
    return [
        *zip(tracks.cents.astype(int).tolist(), tracks.made_in.tolist(), tracks.won_in.tolist(), strict=True)
    ]


def test_where_each_stood_is_what_looking_at_it_says(database: Database, histories: list[Way]) -> None:
    facts = facts_of(database)
    tracks = tracks_of(facts.histories, facts.moments)
    here = [way for way in histories if not (way[0].deleted_at or way[1].deleted_at)]
    assert sorted(told_of(tracks)) == [
        (
            row.amount_cents,
            month_of(facts.moments, row.created_at),
            month_of(facts.moments, row.stage_since) if row.stage == "won" else -1,
        )
        for row, *_ in here
    ]
    cells = {
        tracks.number_of(cell): cell
        for cell in ((DEFAULT_PIPELINE, stage, age) for stage in OPEN for age in range(len(AGES) + 1))
    }
    found = [
        (int(tracks.cents[track]), int(month), cells[int(cell)])
        for month, track, cell in zip(tracks.month, tracks.track, tracks.cell, strict=True)
    ]
    assert sorted(found) == sorted(one for way in here for one in stood(facts.moments, way))
    assert len(found) > len(here)
    by_cents = {row.amount_cents: (row, customer) for row, customer, _ in here}
    for number, cents in enumerate(tracks.cents.astype(int).tolist()):
        row, customer = by_cents[cents]
        assert facts.histories.owner_ids[number] == customer.owner_id
        assert facts.histories.territory_ids[number] == customer.territory_id
        assert facts.histories.currencies[number] == row.currency


def test_only_months_of_which_all_is_read_count(
    database: Database, histories: list[Way], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_TRACKS", 40)
    facts = facts_of(database)
    here = [row.created_at for row, customer, _ in histories if not (row.deleted_at or customer.deleted_at)]
    oldest = sorted(here, reverse=True)[39]
    assert len(facts.histories.cents) == 40
    assert facts.moments[facts.tracked_from - 1] < oldest <= facts.moments[facts.tracked_from]
