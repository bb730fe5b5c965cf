"""The customer and opportunity that a parked entry is about: found by the rows that it names, or by another parked
entry that would create those."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlmodel import Session

from server.models.attachment import Attachment
from server.models.contact import Contact
from server.models.contract import Contract
from server.models.customer import Customer
from server.models.follow_up import FollowUp
from server.models.identity import is_id
from server.models.opportunity import Opportunity
from server.models.order import Order
from server.models.quote import Quote
from server.models.receipt import Receipt
from server.models.task import Task
from server.models.visit import Visit
from sync import review

# Arguments that lead to the customer if an entry does not name it, the most direct first.
NAMED: Final[dict[str, Any]] = {
    "contact_id": Contact,
    "visit_id": Visit,
    "corrects": Visit,
    "follow_up_id": FollowUp,
    "order_id": Order,
    "quote_id": Quote,
    "contract_id": Contract,
    "opportunity_id": Opportunity,
    "task_id": Task,
    "attachment_id": Attachment,
}


@dataclass(frozen=True)
class About:
    customer: Customer
    sale: Opportunity | None = None

    def names(self) -> list[str]:
        return [self.customer.name, *([self.sale.name] if self.sale else [])]


class Abouts:
    """Finds what entries are about. `parked`: the entries on the page."""

    def __init__(self, session: Session, parked: Iterable[Receipt]) -> None:
        self.session = session
        self._makers = {made.partition(":")[2]: one for one in parked for made in one.creates or ()}

    def __call__(self, args: dict[str, Any], asked: frozenset[str] = frozenset()) -> About | None:
        """`asked`: ids of entries that were followed to this one, against cycles."""
        if is_id(args.get("customer_id")):
            return self._of(args["customer_id"], args.get("opportunity_id"))
        ids = {name: args[name] for name in NAMED if is_id(args.get(name))}
        for name, row_id in ids.items():
            row = self.session.get(NAMED[name], row_id)
            if row is not None:
                sale_id = row.id if name == "opportunity_id" else getattr(row, "opportunity_id", None)
                return self._of(row.customer_id, sale_id)
        makers = [self._makers[row_id] for row_id in ids.values() if row_id in self._makers]
        for maker in makers:
            if maker.change_id not in asked:
                return self(review.args_of(maker), asked | {maker.change_id})
        return None

    def _of(self, customer_id: str, sale_id: Any) -> About | None:
        customer = self.session.get(Customer, customer_id)
        sale = self.session.get(Opportunity, sale_id) if is_id(sale_id) else None
        if customer is None:
            return None
        return About(customer, sale if sale is not None and sale.customer_id == customer.id else None)
