"""Finds what is due and was not told yet, a statement a kind however many people there are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, exists
from sqlmodel import Session, col

from server.models.reminder import NotificationItem
from server.reminders.kinds import KINDS, Kind, Span
from server.reminders.person import Person


@dataclass(frozen=True)
class Gathered:
    """All that one person is told of one kind: seven cold customers are one notification."""

    person: Person
    kind: Kind
    rows: Sequence[Row[Any]]


def find_due(session: Session, people: Sequence[Person], now: datetime) -> list[Gathered]:
    """What these people should hear now."""
    return [found for kind in KINDS for found in _untold(session, kind, _listening(people, kind, now), now)]


def _listening(people: Sequence[Person], kind: Kind, now: datetime) -> dict[str, Person]:
    return {
        person.user.id: person
        for person in people
        if person.wants(kind.name) and person.hears(now, kind.any_day)
    }


def _untold(session: Session, kind: Kind, people: Mapping[str, Person], now: datetime) -> list[Gathered]:
    if not people:
        return []
    asked = _select_due(kind, people, now)
    rows = session.connection().execute(asked.where(~exists().where(_told(asked, kind)))).all()
    return [Gathered(people[user_id], kind, due) for user_id, due in _due(kind, people, rows, now).items()]


def still_due(
    session: Session, kind: Kind, people: Mapping[str, Person], notification_ids: Sequence[str], now: datetime
) -> dict[str, list[Row[Any]]]:
    """What of these notifications, by their ids, is still as it was when they were noted."""
    asked = _select_due(kind, people, now)
    items = col(NotificationItem.notification_id)
    asked = asked.add_columns(items).where(_told(asked, kind), items.in_(notification_ids))
    due: dict[str, list[Row[Any]]] = {}
    for row in session.connection().execute(asked).all():
        if _is_due(kind, row, people[row.user_id], now):
            due.setdefault(row.notification_id, []).append(row)
    return due


def _select_due(kind: Kind, people: Mapping[str, Person], now: datetime) -> Any:
    query = kind.query(_span_of(people.values(), now))
    columns = query.selected_columns
    return query.where(columns.user_id.in_(list(people))).order_by(columns.occasion, columns.subject_id)


def _told(asked: Any, kind: Kind) -> Any:
    columns = asked.selected_columns
    return (
        (col(NotificationItem.user_id) == columns.user_id)
        & (col(NotificationItem.kind) == kind.name)
        & (col(NotificationItem.subject_id) == columns.subject_id)
        & (col(NotificationItem.occasion) == columns.occasion)
    )


def _due(
    kind: Kind, people: Mapping[str, Person], rows: Iterable[Row[Any]], now: datetime
) -> dict[str, list[Row[Any]]]:
    due: dict[str, list[Row[Any]]] = {}
    for row in rows:
        if _is_due(kind, row, people[row.user_id], now):
            due.setdefault(row.user_id, []).append(row)
    return due


def _is_due(kind: Kind, row: Row[Any], person: Person, now: datetime) -> bool:
    return kind.is_due(row, person, person.day_of(now))


def _span_of(people: Iterable[Person], now: datetime) -> Span:
    days = {person.day_of(now) for person in people}
    return Span(now, min(days), max(days))
