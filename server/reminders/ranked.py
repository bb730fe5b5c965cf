"""The ranking of reps in the message about the weekly report; the same as on the report's page."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any, Final

import structlog
from sqlmodel import Session

from server.models.pipeline import pipelines
from server.models.scope import ALL_SEEING_ROLES
from server.reminders.person import Person
from server.reminders.saying import NOTE_CHARACTERS, cut
from server.views.ranking import rankings
from server.views.reader import Reader, joined

MOST_PLACES: Final = 3

log = structlog.get_logger("legwork.reminders")


def with_rankings(
    session: Session, people: Mapping[str, Person], weeks: Mapping[str, date], now: datetime
) -> dict[str, Person]:
    """The people, those in `weeks` with their ranking. `weeks`: the Monday of the week that is told, by person. A
    ranking is read once for all people to whom it looks the same."""
    all_pipelines = pipelines(session) if weeks else []
    told = dict(people)
    read: dict[Any, list[dict[str, Any]]] = {}
    for id_, monday in weeks.items():
        person = people[id_]
        user, t = person.user, person.t
        alike = user.role in ALL_SEEING_ROLES or user.territory_id, person.time_zone, t.locale, monday
        if alike not in read:
            reader = Reader(user, now, person.time_zone, t, company_zone=person.company_zone)
            read[alike] = rankings(
                session, reader, monday, all_pipelines, lambda *_: "", partial(left_out_if_it_breaks, session)
            )
        said = t("; ").join(_told(one, person) for one in read[alike])
        told[id_] = replace(person, ranked=cut(said, NOTE_CHARACTERS))
    return told


@contextmanager
def left_out_if_it_breaks(session: Session) -> Iterator[None]:
    """An error in a ranking must not hold up the message that it belongs in, nor the others of its batch. The
    savepoint is for PostgreSQL, where a failed statement ends the whole transaction."""
    try:
        with session.begin_nested():
            yield
    except Exception:
        log.exception("ranking_cannot_be_told")


def _told(ranking: Mapping[str, Any], person: Person) -> str:
    t, own = person.t, person.user.id
    places = t("; ").join(
        t(", ").join(f"{row['place']}. {row['name']} {row['tag']}" for row in _first_and_own(rows, own))
        + (" …" if len(rows) > MOST_PLACES else "")
        for rows in ranking["groups"]
    )
    return t("%(what)s: %(n)s", what=joined(ranking["place"], ranking["line"]), n=places)


def _first_and_own(rows: Sequence[dict[str, Any]], own: str) -> list[dict[str, Any]]:
    return [row for number, row in enumerate(rows) if number < MOST_PLACES or row["rep_id"] == own]
