"""What is counted, and whose it is. Visits and promises are of who made them; opportunities and customers of who looks
after the customer now; everything is of the territory in which the customer is now (docs/decisions/0022)."""

from dataclasses import dataclass
from typing import Any, Final

from sqlmodel import col

from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.opportunity import Opportunity
from server.models.visit import Visit
from server.views.activity import STANDS


@dataclass(frozen=True)
class Subject:
    name: str
    table: Any
    rep: Any
    happened_at: Any  # None: it has no moment, it is so now
    standing: tuple[Any, ...]
    order: Any  # of the rows behind a number


HAPPENED: Final = (
    col(Visit.started_at).is_not(None),
    col(Visit.withdrawn_at).is_(None),
    col(Visit.corrected_by).is_(None),
)
LATEST: Final = col(Visit.started_at).desc()
VISITS: Final = Subject("visits", Visit, col(Visit.author_id), col(Visit.started_at), STANDS, LATEST)
CONTACTS: Final = Subject("customers", Visit, col(Visit.author_id), col(Visit.started_at), HAPPENED, LATEST)
OPPORTUNITIES: Final = Subject(
    "opportunities",
    Opportunity,
    col(Customer.owner_id),
    col(Opportunity.stage_since),
    (col(Opportunity.deleted_at).is_(None),),
    col(Opportunity.stage_since).desc(),
)
PROMISES: Final = Subject(
    "follow_ups",
    FollowUp,
    col(FollowUp.owner_id),
    None,
    (col(FollowUp.completed_at).is_(None), col(FollowUp.withdrawn_at).is_(None)),
    col(FollowUp.due_on),
)
CUSTOMERS: Final = Subject(
    "customers",
    Customer,
    col(Customer.owner_id),
    None,
    (col(Customer.lifecycle) != "lost", col(Customer.owner_id).is_not(None)),
    col(Customer.sort_key),
)
