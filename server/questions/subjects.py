"""What is counted, and whose it is. Visits are of who made them; opportunities and customers of who looks after the
customer now; everything is of the territory in which the customer is now (docs/decisions/0022)."""

from dataclasses import dataclass
from typing import Any, Final

from sqlmodel import col

from server.models.customer import Customer
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


HAPPENED: Final = (
    col(Visit.started_at).is_not(None),
    col(Visit.withdrawn_at).is_(None),
    col(Visit.corrected_by).is_(None),
)
VISITS: Final = Subject("visits", Visit, col(Visit.author_id), col(Visit.started_at), STANDS)
CONTACTS: Final = Subject("customers", Visit, col(Visit.author_id), col(Visit.started_at), HAPPENED)
OPPORTUNITIES: Final = Subject(
    "opportunities",
    Opportunity,
    col(Customer.owner_id),
    col(Opportunity.stage_since),
    (col(Opportunity.deleted_at).is_(None),),
)
CUSTOMERS: Final = Subject(
    "customers",
    Customer,
    col(Customer.owner_id),
    None,
    (col(Customer.lifecycle) != "lost", col(Customer.owner_id).is_not(None)),
)
