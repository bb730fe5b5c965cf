"""Who does something, when, and in which transaction: what every verb of the models is given."""

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
    """The rows a transaction has met. New ones are gathered and inserted a table at a time.

    A push of fifty visits is then a handful of statements and not some hundreds.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self._met: dict[tuple[type[SQLModel], str], Any] = {}
        self._new: dict[type[SQLModel], dict[str, dict[str, Any]]] = {}
        self._changed: dict[tuple[type[SQLModel], tuple[str, ...]], dict[str, dict[str, Any]]] = {}

    def find(self, model: type[Row], row_id: str) -> Row | None:
        """Locked until the end of the transaction, so that what a verb has checked still holds when it commits."""
        if row_id in self._new.get(model, ()):
            self.write()
        if (model, row_id) not in self._met:
            self.meet(model, [row_id])
        found: Row | None = self._met[model, row_id]
        return found

    def meet(self, model: type[SQLModel], ids: Iterable[str]) -> list[Any]:
        """Reads and locks many at once, always in the same order: two pushes then never wait for each other."""
        wanted = sorted({row_id for row_id in ids if (model, row_id) not in self._met})
        if not wanted:
            return []
        with self.session.no_autoflush:
            rows = self.session.exec(_locked(model), params={"ids": wanted})
            found: dict[str, Any] = {row.id: row for row in rows}
        for row_id in wanted:
            self._met[model, row_id] = found.get(row_id)
        return list(found.values())

    def customer_id_now(self, customer_id: str) -> str:
        """Of one merged into another, the other's."""
        customer = self.find(Customer, customer_id)
        return customer.merged_into or customer_id if customer is not None else customer_id

    def insert(self, model: type[SQLModel], **values: Any) -> None:
        """A new row with the defaults of its model."""
        self._met.pop((model, values["id"]), None)
        self._new.setdefault(model, {})[values["id"]] = {**_defaults(model), **values}

    def update(self, row: SQLModel, **values: Any) -> None:
        """Like setting attributes, but gathered as well: for what many changes of one push do to many rows."""
        for name, value in values.items():
            set_committed_value(row, name, value)
        changes = self._changed.setdefault((type(row), tuple(values)), {})
        changes[row.id] = {"of_id": row.id, **values}  # type: ignore[attr-defined]
        note(self.session, row)

    def write(self) -> None:
        """Writes what was gathered, in the order the tables were first used in: a row after those it points at."""
        gathered, self._new = self._new, {}
        for model, rows in gathered.items():
            for alike in _alike(rows.values()):
                execute_many(self.session, _insert(model), alike)
            for row in rows.values():
                _note_new(self.session, model, row)
        changed, self._changed = self._changed, {}
        for (model, names), changes in changed.items():
            execute_many(self.session, _update(model, names), list(changes.values()))

    def forget(self) -> None:
        """After a rollback nothing met before can be relied on."""
        self._met.clear()
        self._new.clear()
        self._changed.clear()

    def is_shared(self, user: User, customer_id: str) -> bool:
        return self.session.get(CustomerShare, (customer_id, user.id)) is not None


def _alike(rows: Iterable[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    """Rows with the same columns together: one statement serves them, and columns left empty cost nothing."""
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
    happened_at: datetime | None = None  # as the phone's clock had it: recorded, never trusted for order
    base_rev: int | None = None  # what the phone had seen
    clock_skew_s: int | None = None
    right_of: User | None = None  # who lets somebody else's change through: their right counts
    is_anew: bool = False  # its group also holds changes of its own, besides what becomes of earlier entries
    coming: Set[str] = frozenset()  # the ids of all that comes with it for the first time

    @property
    def judged(self) -> User:
        return self.right_of or self.by

    @property
    def session(self) -> Session:
        return self.rows.session

    @property
    def moment(self) -> datetime:
        """When it happened, as far as one can believe a clock."""
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
        """One the user sees, deleted ones too."""
        customer = self.rows.find(Customer, customer_id)
        if customer is None or not self.sees(customer):
            raise NotAllowed
        return customer

    def sees(self, customer: Customer) -> bool:
        return self._is_in_sight_of(self.judged, customer)

    def author_sees(self, customer: Customer) -> bool:
        return self._is_in_sight_of(self.by, customer)

    def _is_in_sight_of(self, user: User, customer: Customer) -> bool:
        # The shares are asked for only where ownership does not answer.
        return scope.sees(user, customer, False) or self.rows.is_shared(user, customer.id)

    def is_asked(self, department: str, customer: Customer) -> bool:
        return scope.is_asked(self.judged, department, customer)

    def editable(self, customer_id: str) -> Customer:
        """One the user sees and may change, for everything but facts."""
        customer = self.visible(customer_id)
        if not self.writes:
            raise NotAllowed
        if customer.deleted_at is not None:
            raise Refused("deleted")
        return customer

    def for_fact(self, customer_id: str) -> Customer:
        """One about which the user may tell what has happened, even if deleted or given to somebody else meanwhile."""
        customer = self.rows.find(Customer, customer_id)
        if customer is None or not self.writes:
            raise NotAllowed
        if not self.sees(customer) and not self._lost_unawares(customer_id):
            raise NotAllowed
        return customer

    def _lost_unawares(self, customer_id: str) -> bool:
        """Whether the user had this customer when the phone last heard, and it went away after that."""
        if self.base_rev is None:
            return False
        moved = self.session.get(ScopeRevision, (self.by.id, customer_id))
        return moved is not None and self.base_rev < moved.rev

    def require(self, allowed: bool) -> None:
        if not allowed:
            raise NotAllowed
