"""Work that a manager gave somebody: the kind (see kinds.py) and its sentences."""

from datetime import date
from typing import Any

from sqlalchemy import Date, Row, String, and_, cast, literal, null, select, union_all
from sqlalchemy.orm import aliased
from sqlmodel import col

from server import words
from server.days import DAY
from server.models.customer import Customer
from server.models.field_history import FieldHistory
from server.models.follow_up import FollowUp
from server.models.giving import GIVEN
from server.models.scope import in_sight
from server.models.user import User
from server.models.visit import Visit
from server.reminders.kinds import WITHIN_DAYS, Kind, Span
from server.reminders.person import Person
from server.reminders.saying import Rows, Said, cut, list_of, names_of, what
from server.translations import Translator


class GivenToDo(Kind):
    """Whoever is to do it hears once what it is, by when, and who gave it, unless it is done already."""

    name, any_day, useful_days = "given", False, WITHIN_DAYS

    def query(self, span: Span) -> Any:
        giver, since = aliased(User), span.now - WITHIN_DAYS * DAY
        to_do = union_all(
            _promised().where(col(FollowUp.created_at) > since), _planned(span.first)
        ).subquery()
        given = and_(
            col(FieldHistory.collection) == to_do.c.collection,
            col(FieldHistory.row_id) == to_do.c.subject_id,
            col(FieldHistory.field) == GIVEN,
        )
        return (
            select(
                to_do.c.user_id.label("user_id"),
                to_do.c.subject_id.label("subject_id"),
                literal("").label("occasion"),
                to_do.c.customer_id.label("customer_id"),
                col(Customer.name).label("name"),
                to_do.c.note.label("note"),
                to_do.c.due_on.label("due_on"),
                to_do.c.planned_on.label("planned_on"),
                to_do.c.planned_time.label("planned_time"),
                col(giver.name).label("rep"),
            )
            .join(FieldHistory, given)
            .join(Customer, col(Customer.id) == to_do.c.customer_id)
            .join(User, col(User.id) == to_do.c.user_id)
            .join(giver, col(giver.id) == col(FieldHistory.changed_by))
            .where(col(FieldHistory.changed_at) > since, col(giver.id) != col(User.id))
            .where(col(Customer.deleted_at).is_(None), in_sight())
        )


def _promised() -> Any:
    return select(
        literal("follow_ups").label("collection"),
        col(FollowUp.owner_id).label("user_id"),
        col(FollowUp.id).label("subject_id"),
        col(FollowUp.customer_id).label("customer_id"),
        col(FollowUp.note).label("note"),
        col(FollowUp.due_on).label("due_on"),
        cast(null(), Date).label("planned_on"),
        cast(null(), String).label("planned_time"),
    ).where(col(FollowUp.completed_at).is_(None), col(FollowUp.withdrawn_at).is_(None))


def _planned(first: date) -> Any:
    return select(
        literal("visits"),
        col(Visit.author_id),
        col(Visit.id),
        col(Visit.customer_id),
        cast(null(), String),
        cast(null(), Date),
        col(Visit.planned_on),
        col(Visit.planned_time),
    ).where(
        col(Visit.started_at).is_(None), col(Visit.withdrawn_at).is_(None), col(Visit.planned_on) >= first
    )


def parts(row: Row[Any], t: Translator, today: date) -> tuple[str, ...]:
    """What is said of one thing to do, without its customer."""
    if row.planned_on:
        return t("Visit"), words.due_label(row.planned_on, today, t.locale), row.planned_time or ""
    return words.due_label(row.due_on, today, t.locale), what(row)


def given(rows: Rows, person: Person, today: date) -> Said:
    """A planned visit and follow-ups at the same customer are said as one thing."""
    t = person.t
    if len({row.customer_id for row in rows}) == 1:
        by = t("%(name)s gives you something to do", name=rows[0].rep)
        visits_first = sorted(rows, key=lambda row: row.planned_on is None)
        said = " · ".join((by, *(part for row in visits_first for part in parts(row, t, today) if part)))
        return Said(cut(rows[0].name), said, f"/customers/{rows[0].customer_id}")
    title = t.n("%(n)s thing to do was given to you", "%(n)s things to do were given to you", len(rows))
    return Said(title, names_of(rows, t), list_of("given"))
