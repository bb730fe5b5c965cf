"""Team's filters by product and by type of customer."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, select
from sqlmodel import col

from server.models.customer import Customer
from server.models.order_line import ORDER_LINES
from server.questions.lines import was_quoted
from server.questions.mentions import mentions_product

Conditions = Sequence[ColumnElement[bool]]


@dataclass(frozen=True)
class Part:
    """ "" is no filter. The type of customer limits every statement; how a product does depends on what is counted, as
    in questions by product (docs/decisions/0025)."""

    product_id: str = ""
    customer_type: str = ""

    def __bool__(self) -> bool:
        return bool(self.product_id or self.customer_type)

    @property
    def of_kind(self) -> Conditions:
        return [col(Customer.customer_type) == self.customer_type] if self.customer_type else []

    @property
    def visits(self) -> Conditions:
        return [mentions_product([self.product_id])] if self.product_id else []

    @property
    def opportunities(self) -> Conditions:
        return [was_quoted([self.product_id])] if self.product_id else []

    @property
    def customers(self) -> Conditions:
        """Customers who ever ordered the product."""
        if not self.product_id:
            return []
        lines = ORDER_LINES.c
        bought = lines.customer_id == col(Customer.id), lines.product_id == self.product_id
        return [exists(select(1).select_from(ORDER_LINES).where(*bought)).correlate(Customer)]


ALL: Part = Part()
