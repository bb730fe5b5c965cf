"""Opportunities one by one, as a test or a made company tells them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from server.forecast import tracks as server_tracks
from server.forecast.tracks import Histories, microsecond, microseconds


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


def histories_of(tracks: Sequence[Track]) -> Histories:
    """An opportunity that is neither won nor in an open stage now is lost."""
    past = [[stood for stood in one.stands if stood.until] for one in tracks]
    now = [_now(one) for one in tracks]
    return Histories(
        owner_ids=[one.owner_id for one in tracks],
        territory_ids=[one.territory_id for one in tracks],
        currencies=[one.currency for one in tracks],
        cents=[one.cents for one in tracks],
        created=microseconds(one.created_at for one in tracks),
        pipeline_ids=[one.pipeline_id for one in tracks],
        stages=[stage for stage, _ in now],
        arrived=microseconds(at for _, at in now),
        stood=[
            server_tracks.PastStages(
                tuple((one.pipeline_id, stood.stage) for stood in stands),
                tuple(microsecond(stood.since) for stood in stands),
                tuple(microsecond(stood.until) for stood in stands if stood.until),
            )
            for one, stands in zip(tracks, past, strict=True)
        ],
        kinds={(one.pipeline_id, kind): kind for one in tracks for kind in ("won", "lost")},
    )


def _now(one: Track) -> tuple[str, datetime]:
    """The stage where it is now, and since when."""
    if one.won_at:
        return "won", one.won_at
    for stood in one.stands:
        if not stood.until:
            return stood.stage, stood.since
    return "lost", one.created_at
