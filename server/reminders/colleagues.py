"""Kinds of reminders about approvals, and about what colleagues do at one's customers (see kinds.py)."""

from typing import Any, Final

from sqlalchemy import String, cast, literal, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from server.days import DAY
from server.models.column import seconds
from server.models.customer import Customer
from server.models.opportunity import Opportunity, is_waiting
from server.models.scope import in_sight
from server.models.user import Role, User
from server.models.visit import Visit
from server.reminders.kinds import NEWS_WITHIN_DAYS, WITHIN_DAYS, Kind, Span

NEWS_FOR_DAYS: Final = 3  # whoever was away for longer reads it in the customer's timeline


class ApprovalAsked(Kind):
    """The managers of a territory hear that somebody asks for approval of an opportunity."""

    name, any_day, useful_days, lasts = "approval", False, WITHIN_DAYS, True

    def query(self, span: Span) -> Any:
        manager = aliased(User)
        return (
            select(
                col(manager.id).label("user_id"),
                col(Opportunity.id).label("subject_id"),
                cast(seconds(col(Opportunity.approval_asked_at)), String).label("occasion"),
                col(Customer.id).label("customer_id"),
                col(Opportunity.name).label("name"),
                col(User.name).label("rep"),
                col(Customer.name).label("customer"),
            )
            .join(Customer, col(Customer.id) == col(Opportunity.customer_id))
            .join(User, col(User.id) == col(Opportunity.approval_asked_by))
            .join(manager, col(manager.territory_id) == col(Customer.territory_id))
            .where(col(manager.role) == Role.MANAGER, col(manager.id) != col(User.id))
            .where(is_waiting(), col(Customer.deleted_at).is_(None))
        )


class ApprovalAnswered(Kind):
    """Whoever asked for approval hears the answer and its note, if they still see the customer."""

    name, any_day, useful_days = "answered", False, NEWS_WITHIN_DAYS

    def query(self, span: Span) -> Any:
        return (
            select(
                col(Opportunity.approval_asked_by).label("user_id"),
                col(Opportunity.id).label("subject_id"),
                cast(seconds(col(Opportunity.approval_answered_at)), String).label("occasion"),
                col(Customer.id).label("customer_id"),
                col(Opportunity.name).label("name"),
                cast(col(Opportunity.approval_requests), String).label("terms"),
                col(Customer.name).label("customer"),
            )
            .join(Customer, col(Customer.id) == col(Opportunity.customer_id))
            .join(User, col(User.id) == col(Opportunity.approval_asked_by))
            .where(col(Opportunity.approval_answered_at) > span.now - NEWS_WITHIN_DAYS * DAY)
            .where(col(Opportunity.deleted_at).is_(None), col(Customer.deleted_at).is_(None), in_sight())
        )


class ColleaguesWork(Kind):
    """A customer's owner hears of each visit, call or message of somebody else. Corrections are not told."""

    name, any_day, useful_days = "colleague", False, NEWS_FOR_DAYS

    def query(self, span: Span) -> Any:
        return (
            select(
                col(Customer.owner_id).label("user_id"),
                col(Visit.id).label("subject_id"),
                literal("").label("occasion"),
                col(Visit.customer_id).label("customer_id"),
                col(Customer.name).label("name"),
                col(Visit.note).label("note"),
                col(User.name).label("rep"),
            )
            .join(Customer, col(Customer.id) == col(Visit.customer_id))
            .join(User, col(User.id) == col(Visit.author_id))
            .where(col(Visit.started_at) > span.now - NEWS_FOR_DAYS * DAY)
            .where(col(Visit.withdrawn_at).is_(None), col(Visit.corrects).is_(None))
            .where(col(Visit.author_id) != col(Customer.owner_id), col(Customer.deleted_at).is_(None))
        )
