"""Opportunities one by one, as a test or a made company tells them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from server.forecast import standing
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
    return Ways(
        owner_ids=[one.owner_id for one in tracks],
        territory_ids=[one.territory_id for one in tracks],
        currencies=[one.currency for one in tracks],
        cents=[one.cents for one in tracks],
        created=[one.created_at.timestamp() for one in tracks],
        won=[one.won_at.timestamp() if one.won_at else NEVER for one in tracks],
        stood=[
            standing.Stood(
                tuple((one.pipeline_id, stood.stage) for stood in one.stands),
                tuple(stood.since.timestamp() for stood in one.stands),
                tuple(stood.until.timestamp() if stood.until else NEVER for stood in one.stands),
            )
            for one in tracks
        ],
    )
