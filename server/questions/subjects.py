"""The tables whose rows are counted, and the rep each row counts for. Visits and follow-ups count for whoever made
them; opportunities, orders and customers for the customer's owner; everything for the customer's territory. Owner and
territory are those of now (docs/decisions/0022)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Date
from sqlmodel import col

from server.days import DAY, Span
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.quote import Quote
from server.models.user import Role, User
from server.models.visit import Visit
from server.views.activity import STANDS
from server.views.reader import Reader


@dataclass(frozen=True)
class Subject:
    name: str
    table: Any
    rep: Any
    happened_at: Any  # the column that the period is about: a moment or a day. None: rows are as of now only
    standing: tuple[Any, ...]  # conditions: rows that count at all, not withdrawn, corrected or deleted
    order: Any  # how the rows behind a number are sorted. None: by name, in Python
    place: Any = None  # the column of the territory; None: the customer's
    is_by_moment: bool = False  # an index sorts the table by `happened_at`

    @property
    def territory(self) -> Any:
        return col(Customer.territory_id) if self.place is None else self.place

    @property
    def is_by_day(self) -> bool:
        return isinstance(self.happened_at.type, Date)

    def begins(self, day: date, reader: Reader) -> date | datetime:
        """The beginning of a day, as `happened_at` is compared with it."""
        return day if self.is_by_day else reader.start_of(day)

    def within(self, span: Span, reader: Reader) -> Sequence[Any]:
        """Conditions: it happened on these days."""
        first, over = (self.begins(day, reader) for day in (span.first, span.last + DAY))
        return self.happened_at >= first, self.happened_at < over


HAPPENED: Final = (
    col(Visit.started_at).is_not(None),
    col(Visit.withdrawn_at).is_(None),
    col(Visit.corrected_by).is_(None),
)
LATEST: Final = col(Visit.started_at).desc()
VISITS: Final = Subject(
    "visits", Visit, col(Visit.author_id), col(Visit.started_at), STANDS, LATEST, is_by_moment=True
)
ACTIVITIES: Final = Subject(
    "customers", Visit, col(Visit.author_id), col(Visit.started_at), HAPPENED, LATEST, is_by_moment=True
)
OPPORTUNITIES: Final = Subject(
    "opportunities",
    Opportunity,
    col(Customer.owner_id),
    col(Opportunity.stage_since),
    (col(Opportunity.deleted_at).is_(None),),
    col(Opportunity.stage_since).desc(),
)
FOLLOW_UPS: Final = Subject(
    "follow_ups",
    FollowUp,
    col(FollowUp.owner_id),
    None,
    (col(FollowUp.completed_at).is_(None), col(FollowUp.withdrawn_at).is_(None)),
    col(FollowUp.due_on),
)
ORDERS: Final = Subject(
    "orders",
    Order,
    col(Customer.owner_id),
    col(Order.placed_on),
    (col(Order.withdrawn_at).is_(None),),
    col(Order.placed_on).desc(),
)
QUOTES: Final = Subject(
    "quotes",
    Quote,
    col(Customer.owner_id),
    col(Quote.sent_at),
    (col(Quote.withdrawn_at).is_(None),),
    col(Quote.sent_at).desc(),
)
REPS: Final = Subject(
    "reps",
    User,
    col(User.id),
    None,
    (col(User.role) == Role.REP, col(User.deactivated_at).is_(None)),
    None,
    col(User.territory_id),
)
CUSTOMERS: Final = Subject(
    "customers",
    Customer,
    col(Customer.owner_id),
    None,
    (col(Customer.lifecycle) != "lost", col(Customer.owner_id).is_not(None)),
    col(Customer.sort_key),
)
