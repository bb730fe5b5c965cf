"""What measures and dimensions need to know: the reader, and data of the company."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, true, union_all
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from server.forecast.won import at_stages
from server.models.custom_field import CustomField, custom_fields
from server.models.customer import Customer
from server.models.pipeline import Pipeline, pipelines
from server.models.product import Product, products
from server.models.reminder import holidays_by_place
from server.models.scope import ALL_SEEING_ROLES, beside
from server.models.user import User
from server.models.workspace import Territory
from server.views import activity
from server.views.activity import Team
from server.views.reader import Reader

MOST_OFFERED: Final = 30


class Company:
    """Data of the company that are the same for every reader; each read on first use."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @cached_property
    def pipelines(self) -> Sequence[Pipeline]:
        return pipelines(self.session)

    @cached_property
    def custom_fields(self) -> Mapping[str, CustomField]:
        return {field.id: field for field in custom_fields(self.session) if field.retired_at is None}

    @cached_property
    def products(self) -> Sequence[Product]:
        return [product for product in products(self.session) if product.retired_at is None]

    @cached_property
    def holidays(self) -> Mapping[str, frozenset[date]]:
        """By territory id."""
        return holidays_by_place(self.session)

    @cached_property
    def cadences(self) -> Sequence[int]:
        return activity.cadences(self.session, col(Customer.deleted_at).is_(None))


class Asking:
    """The reader's side of a question; data and conditions are made on first use and kept."""

    def __init__(self, session: Session, reader: Reader, company: Company | None = None) -> None:
        self.session, self.reader, self.company = session, reader, company or Company(session)
        self.names: dict[str, str] = {}  # names by id of the people, territories and products read so far

    @cached_property
    def sees(self) -> ColumnElement[bool]:
        """Customers that the reader may see."""
        return Team(self.reader).sees()

    @property
    def sees_all(self) -> bool:
        return self.reader.user.role in ALL_SEEING_ROLES

    def is_there(self, customer_id: Any) -> ColumnElement[bool]:
        """For readers who see every customer: leaves out the rows of deleted ones. The few deleted customers are read
        once, so that no customer is looked up for each of a million visits."""
        there: ColumnElement[bool] = customer_id.not_in(sql_select(self._gone.c.id))
        return there

    @cached_property
    def _gone(self) -> CTE:
        """Deleted customers, read once for all parts of a statement."""
        gone: Any = sql_select(col(Customer.id).label("id")).where(col(Customer.deleted_at).is_not(None))
        found: CTE = gone.cte("gone").prefix_with("MATERIALIZED")
        return found

    @cached_property
    def leads(self) -> ColumnElement[bool]:
        """Reps whose figures the reader may see."""
        user = self.reader.user
        if user.role in ALL_SEEING_ROLES:
            return true()
        return beside(user)

    @cached_property
    def is_cold(self) -> ColumnElement[bool]:
        return activity.cold_among(self.company.cadences, self.reader)

    @cached_property
    def reps(self) -> Sequence[User]:
        return activity.reps(self.session, Team(self.reader))

    @cached_property
    def territories(self) -> Sequence[Territory]:
        return activity.territories(self.session, self.reader)

    def at_stages(self, *kinds: str) -> ColumnElement[bool]:
        """Opportunities at a stage of one of these kinds ("open", "won", "lost")."""
        return at_stages(self.company.pipelines, *kinds)

    def values_of(self, column: Any) -> Sequence[str]:
        """The values of a text column of customers, at most MOST_OFFERED, sorted: the choices of a filter."""
        query = select(column).where(self.sees, column.is_not(None)).distinct()
        return sorted(self.session.exec(query))[:MOST_OFFERED]

    def learn_names(self, ids: Iterable[str]) -> None:
        """Reads into `names` those that are not there yet; an id that nothing has gets ""."""
        unknown = {id_ for id_ in ids if id_} - self.names.keys()
        if not unknown:
            return
        named: list[Any] = [
            select(col(model.id).label("id"), col(model.name).label("name")).where(col(model.id).in_(unknown))
            for model in (User, Territory, Product)
        ]
        found = self.session.connection().execute(union_all(*named)).all()
        self.names |= dict.fromkeys(unknown, "") | {row.id: row.name for row in found}
