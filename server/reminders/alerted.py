"""Alerts that have risen, as a kind of reminder (see kinds.py). server/alerts decides whether one has."""

from typing import Any

from sqlalchemy import String, cast, literal, select
from sqlmodel import col

from server.models.alert import Alert
from server.models.scope import MANAGING_ROLES
from server.models.user import User
from server.models.workspace import Territory
from server.reminders.kinds import Kind, Span


class Alerts(Kind):
    """Whoever set an alert hears, while its condition holds, once for each day on which it began to hold or grew."""

    name, any_day, useful_days = "alert", False, 1

    def query(self, span: Span) -> Any:
        return (
            select(
                col(Alert.user_id).label("user_id"),
                col(Alert.id).label("subject_id"),
                cast(col(Alert.risen_on), String).label("occasion"),
                literal("").label("customer_id"),
                col(Alert.kind).label("name"),
                cast(col(Alert.terms), String).label("terms"),
                col(Territory.name).label("territory"),
                col(Alert.risen_number).label("number"),
            )
            .join(User, col(User.id) == col(Alert.user_id))
            .outerjoin(Territory, col(Territory.id) == col(Alert.territory_id))
            .where(col(Alert.risen_on) >= span.oldest, col(User.role).in_(MANAGING_ROLES))
        )
