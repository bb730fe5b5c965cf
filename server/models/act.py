"""What every verb of the models takes first: who does something, when, and in which transaction."""

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Insert, Update, bindparam, insert, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, SQLModel, col, select

from server.models import scope
from server.models.customer import Customer, CustomerShare
from server.models.many import execute_many
from server.models.refusal import NotAllowed, Refused
from server.models.revision import ScopeRevision, note, note_row
from server.models.user import User

Row = TypeVar("Row", bound=SQLModel)


class Rows:
    """The rows that a transaction has read. New and changed ones are gathered, and written a table at a time: a push
    of fifty visits is then a handful of statements instead of hundreds.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._met: dict[tuple[type[SQLModel], str], Any] = {}
        self._new: dict[type[SQLModel], dict[str, dict[str, Any]]] = {}
        self._changed: dict[tuple[type[SQLModel], tuple[str, ...]], dict[str, dict[str, Any]]] = {}

    def find(self, model: type[Row], row_id: str) -> Row | None:
        """The row, locked until the transaction ends, so that what a verb has checked still holds when it commits."""
        if row_id in self._new.get(model, ()):
            self.write()
        if (model, row_id) not in self._met:
            self.meet(model, [row_id])
        found: Row | None = self._met[model, row_id]
        return found

    def one(self, model: type[Row], row_id: str) -> Row:
        """As `find`, for a row that has to be there. Raises NotAllowed if it is not."""
        found = self.find(model, row_id)
        if found is None:
            raise NotAllowed
        return found

    def check_free(self, model: type[SQLModel], row_id: str) -> None:
        """Raises Refused if there is a row with this id already."""
        if self.find(model, row_id) is not None:
            raise Refused("conflict")

    def meet(self, model: type[SQLModel], ids: Iterable[str]) -> list[Any]:
        """Reads and locks many rows at once, in the order of their ids, so that two pushes never deadlock. Returns
        those that were not read before."""
        wanted = sorted({row_id for row_id in ids if (model, row_id) not in self._met})
        if not wanted:
            return []
        # What verbs have changed is flushed before, as by any query: else reading the row anew would undo it.
        found: dict[str, Any] = {
            row.id: row for row in self.session.exec(_locked(model), params={"ids": wanted})
        }
        for row_id in wanted:
            self._met[model, row_id] = found.get(row_id)
        return list(found.values())

    def customer_id_now(self, customer_id: str) -> str:
        """The id of the customer that this one was merged into; otherwise the same id."""
        customer = self.find(Customer, customer_id)
        return customer.merged_into or customer_id if customer is not None else customer_id

    def insert(self, model: type[SQLModel], **values: Any) -> None:
        """Gathers a new row, with the defaults of its model; `write` inserts it."""
        self._met.pop((model, values["id"]), None)
        self._new.setdefault(model, {})[values["id"]] = {**_defaults(model), **values}

    def update(self, row: SQLModel, **values: Any) -> None:
        """Sets attributes at once and gathers the UPDATE for `write`:
        for what many changes of a push do to many rows each."""
        for name, value in values.items():
            set_committed_value(row, name, value)
        changes = self._changed.setdefault((type(row), tuple(values)), {})
        changes[row.id] = {"of_id": row.id, **values}  # type: ignore[attr-defined]
        note(self.session, row)

    def write(self) -> None:
        """Writes what was gathered, tables in the order of their first use, so that a row comes after those that it
        points at. Call it before a query that must find these rows."""
        gathered, self._new = self._new, {}
        for model, rows in gathered.items():
            for same_columns in _by_columns(rows.values()):
                execute_many(self.session, _insert(model), same_columns)
            for row in rows.values():
                _note_new(self.session, model, row)
        changed, self._changed = self._changed, {}
        for (model, names), changes in changed.items():
            execute_many(self.session, _update(model, names), list(changes.values()))

    def forget(self) -> None:
        """Call it after a rollback: what was read before it may no longer be so."""
        self._met.clear()
        self._new.clear()
        self._changed.clear()

    def is_shared(self, user: User, customer_id: str) -> bool:
        return self.session.get(CustomerShare, (customer_id, user.id)) is not None


def _by_columns(rows: Iterable[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    """Groups of rows with the same columns: one statement inserts a group, and names no columns that stay empty."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(sorted(row)), []).append(row)
    return groups.values()


def _note_new(session: Session, model: type[SQLModel], row: dict[str, Any]) -> None:
    collection = getattr(model, "__collection__", None)
    if collection is not None:
        note_row(session, collection, row["id"], row.get("customer_id") or row["id"])


@cache
def _locked(model: type[SQLModel]) -> Any:
    key: Any = model.id  # type: ignore[attr-defined]
    query = select(model).where(col(key).in_(bindparam("ids", expanding=True))).order_by(key)
    return query.with_for_update(key_share=True).execution_options(populate_existing=True)


@cache
def _insert(model: type[SQLModel]) -> Insert:
    return insert(model.__table__)  # type: ignore[attr-defined]


@cache
def _update(model: type[SQLModel], names: tuple[str, ...]) -> Update:
    table = model.__table__  # type: ignore[attr-defined]
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    return update(table).where(table.c.id == bindparam("of_id")).values(values)


@cache
def _defaults(model: type[SQLModel]) -> dict[str, Any]:
    fields = model.model_fields.items()
    given = {
        name: field.get_default(call_default_factory=True)
        for name, field in fields
        if not field.is_required()
    }
    return {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True)
class Act:
    rows: Rows
    by: User
    now: datetime
    happened_at: datetime | None = None  # by the phone's clock: recorded, never trusted for order
    base_rev: int | None = None  # the revision up to which the phone had pulled when the user saved
    clock_skew_s: int | None = None  # how far the phone's clock was off
    right_of: User | None = None  # the manager who lets a parked change through: their permissions count
    # Of a change that only goes along with the one let through: at these customers the manager's permissions count.
    right_at: Set[str] | None = None
    is_anew: bool = False  # the change's group enters something, and does not only take earlier entries back
    coming: Set[str] = frozenset()  # ids of the changes that this push brings for the first time

    @property
    def judged(self) -> User:
        """Whose permissions decide."""
        return self.right_of if self.right_of is not None and self.right_at is None else self.by

    def judged_at(self, customer_id: str) -> User:
        """Whose permissions decide what may be seen and written of this customer."""
        reaches = self.right_of is not None and (self.right_at is None or customer_id in self.right_at)
        return self.right_of if self.right_of is not None and reaches else self.by

    @property
    def session(self) -> Session:
        return self.rows.session

    @property
    def moment(self) -> datetime:
        """When it happened by the phone's clock, but never later than now."""
        return min(self.happened_at or self.now, self.now)

    @property
    def writes(self) -> bool:
        return scope.may_write(self.judged)

    @property
    def manages(self) -> bool:
        return self.writes and scope.manages(self.judged)

    @property
    def sees_all(self) -> bool:
        return self.judged.role in scope.ALL_SEEING_ROLES

    def could_own(self, user: User) -> bool:
        return scope.may_write(user)

    def visible(self, customer_id: str) -> Customer:
        """A customer that the user sees, deleted or not. Raises NotAllowed for any other."""
        customer = self.rows.one(Customer, customer_id)
        self.require(self.sees(customer))
        return customer

    def sees(self, customer: Customer) -> bool:
        return self._is_in_sight_of(self.judged_at(customer.id), customer)

    def author_sees(self, customer: Customer) -> bool:
        return self._is_in_sight_of(self.by, customer)

    def _is_in_sight_of(self, user: User, customer: Customer) -> bool:
        # The query for shares is made only where the customer's own row does not already answer.
        return scope.sees(user, customer, False) or self.rows.is_shared(user, customer.id)

    def is_asked(self, department: str, customer: Customer) -> bool:
        return scope.is_asked(self.judged, department, customer)

    def editable(self, customer_id: str) -> Customer:
        """A customer that the user sees and may change: for every verb that does not tell a fact.
        Raises NotAllowed, or Refused where it is deleted."""
        customer = self.visible(customer_id)
        self.require(scope.may_write(self.judged_at(customer_id)))
        if customer.deleted_at is not None:
            raise Refused("deleted")
        return customer

    def for_fact(self, customer_id: str) -> Customer:
        """A customer about which the user may tell a fact (what has happened there): one they see, deleted or not, and
        one that was given away after the phone last pulled. Raises NotAllowed for any other."""
        customer = self.rows.one(Customer, customer_id)
        self.require(scope.may_write(self.judged_at(customer_id)))
        self.require(self.sees(customer) or self._lost_unawares(customer_id))
        return customer

    def _lost_unawares(self, customer_id: str) -> bool:
        """Whether the user's sight of this customer changed after the phone last pulled."""
        if self.base_rev is None:
            return False
        moved = self.session.get(ScopeRevision, (self.by.id, customer_id))
        return moved is not None and self.base_rev < moved.rev

    def require(self, allowed: bool) -> None:
        if not allowed:
            raise NotAllowed
