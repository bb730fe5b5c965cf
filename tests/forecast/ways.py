"""Opportunities one by one, as a test or a made company tells them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from server.forecast.standing import NEVER, Ways


class Stood(NamedTuple):
    stage: str
    since: datetime
    until: datetime | None


class Track(NamedTuple):
    pipeline_id: str
    owner_id: str | None
    territory_id: str | None
    currency: str
    cents: int
    created_at: datetime
    stands: tuple[Stood, ...]  # at open stages
    won_at: datetime | None


def ways_of(tracks: Sequence[Track]) -> Ways:
    ways = Ways()
    for one in tracks:
        won = one.won_at.timestamp() if one.won_at else NEVER
        stands = [
            ((one.pipeline_id, stage), since.timestamp(), until.timestamp() if until else NEVER)
            for stage, since, until in one.stands
        ]
        made = one.created_at.timestamp()
        ways.add(one.owner_id, one.territory_id, one.currency, one.cents, made, won, stands)
    return ways
