"""Who may see which customer, and who may write: the only module that decides it.

A rep sees the customers that they own or that are shared with them; a manager also those of their territory; executives
and admins see all; support sees shared customers, and a customer of an open task that they may answer. Everybody but
support may write to what they see. An executive manages every territory, as its manager does.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    String,
    and_,
    bindparam,
    exists,
    false,
    or_,
    true,
    union_all,
)
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select, SelectOfScalar

from server.models.customer import Customer, CustomerShare
from server.models.identity import is_id
from server.models.library_document import LibraryDocument
from server.models.refusal import NotAllowed
from server.models.task import Task
from server.models.user import Role, User

if TYPE_CHECKING:
    Customers = SelectOfScalar[Customer]

SELLING_ROLES = (Role.REP, Role.MANAGER)  # who may be handed customers
WRITING_ROLES = (Role.REP, Role.MANAGER, Role.EXECUTIVE, Role.ADMIN)
MANAGING_ROLES = (Role.MANAGER, Role.EXECUTIVE, Role.ADMIN)  # who has Team
ALL_SEEING_ROLES = (Role.EXECUTIVE, Role.ADMIN)


# The user's id, in statements that are made once and run with the parameters of `given(user)`.
WHOEVER: Final = bindparam("user_id", type_=String())


@dataclass(frozen=True)
class Anybody:
    """Stands for all users for whom such a statement is the same:
    what decides its text is given, the rest is a parameter."""

    role: str
    has_territory: bool
    has_department: bool

    @property
    def id(self) -> BindParameter[str]:
        return WHOEVER

    @property
    def territory_id(self) -> BindParameter[str] | None:
        return bindparam("territory_id", type_=String()) if self.has_territory else None

    @property
    def department(self) -> BindParameter[str] | None:
        return bindparam("department", type_=String()) if self.has_department else None


def anybody_like(user: User) -> Anybody:
    return Anybody(user.role, user.territory_id is not None, user.department is not None)


def given(user: User) -> dict[str, Any]:
    return {"user_id": user.id, "territory_id": user.territory_id, "department": user.department}


def customers_of(user: User | Anybody) -> "Customers":
    """Everything the user may see."""
    return select(Customer).where(col(Customer.deleted_at).is_(None), in_sight_of(user))


def deleted_of(user: User) -> "Customers":
    """The deleted customers that the user would see if they were restored; not those merged into another one."""
    gone = col(Customer.deleted_at).is_not(None), col(Customer.merged_into).is_(None)
    return select(Customer).where(*gone, in_sight_of(user))


def replica_of(user: User | Anybody) -> "Customers":
    """What the user's phone holds: customers that they own or that are shared with them."""
    return select(Customer).where(col(Customer.deleted_at).is_(None), held_by(user.id))


def in_sight_of(user: User | Anybody) -> ColumnElement[bool]:
    if user.role in ALL_SEEING_ROLES:
        return true()
    return or_(held_by(user.id), _managed_by(user), _asked_about(user))


def out_of_sight_of(user: User | Anybody) -> ColumnElement[bool]:
    """Not `not_(…)`: for a customer without an owner the condition is NULL, and so is its negation."""
    return in_sight_of(user).is_not(True)


def among_all_in_sight_of(user: User) -> ColumnElement[bool]:
    """`in_sight_of` for statements that go through all of the user's customers: it reads the shares once and finds
    owners by an index, instead of testing each customer there is."""
    if user.role in ALL_SEEING_ROLES:
        return true()
    shared = sql_select(col(CustomerShare.customer_id)).where(col(CustomerShare.user_id) == user.id)
    return or_(
        col(Customer.owner_id) == user.id, col(Customer.id).in_(shared), _managed_by(user), _asked_about(user)
    )


def held_by(user_id: str | BindParameter[str]) -> ColumnElement[bool]:
    shared = exists().where(
        col(CustomerShare.customer_id) == col(Customer.id), col(CustomerShare.user_id) == user_id
    )
    return or_(col(Customer.owner_id) == user_id, shared.correlate(Customer))


def ids_held_by(user_id: str | BindParameter[str]) -> CompoundSelect[Any]:
    """The ids of `held_by`, for statements that start from these customers."""
    shared = sql_select(col(CustomerShare.customer_id)).where(col(CustomerShare.user_id) == user_id)
    return union_all(sql_select(col(Customer.id)).where(col(Customer.owner_id) == user_id), shared)


def _managed_by(user: User | Anybody) -> ColumnElement[bool]:
    if user.role != Role.MANAGER or user.territory_id is None:
        return false()
    return col(Customer.territory_id) == user.territory_id


def _asked_about(user: User | Anybody) -> ColumnElement[bool]:
    """Customers with an open task that this support person may answer.
    Once it is answered the customer is out of sight again."""
    if user.role != Role.SUPPORT:
        return false()
    is_open = and_(col(Task.answered_at).is_(None), col(Task.withdrawn_at).is_(None))
    asked = exists().where(col(Task.customer_id) == col(Customer.id), is_open, is_asked_of(user))
    return asked.correlate(Customer)


def is_asked_of(user: User | Anybody) -> ColumnElement[bool]:
    """SQL on Task and Customer: whether the task is for this person's department and territory. Somebody without a
    department or territory works for all."""
    mine: list[ColumnElement[bool]] = [true()]
    if user.department is not None:
        mine.append(col(Task.department) == user.department)
    if user.territory_id is not None:
        mine.append(col(Customer.territory_id) == user.territory_id)
    return and_(*mine)


def is_asked(user: User, department: str, customer: Customer) -> bool:
    """`is_asked_of` for rows that were read already; and whether the person is active support at all."""
    if user.role != Role.SUPPORT or user.deactivated_at is not None:
        return False
    return user.department in (None, department) and user.territory_id in (None, customer.territory_id)


def held() -> ColumnElement[bool]:
    """`held_by` where the user is a row of the statement."""
    shared = exists().where(
        col(CustomerShare.customer_id) == col(Customer.id), col(CustomerShare.user_id) == col(User.id)
    )
    return or_(col(Customer.owner_id) == col(User.id), shared.correlate(Customer, User))


def in_sight() -> ColumnElement[bool]:
    """`in_sight_of` where the user is a row of the statement, but for support's tasks."""
    managed = and_(col(User.role) == Role.MANAGER, col(User.territory_id) == col(Customer.territory_id))
    return or_(held(), managed, col(User.role).in_(ALL_SEEING_ROLES))


def is_asked_for_it() -> ColumnElement[bool]:
    """`is_asked_of` where the support person is a row of the statement."""
    return and_(
        col(User.role) == Role.SUPPORT,
        or_(col(User.department).is_(None), col(User.department) == col(Task.department)),
        or_(col(User.territory_id).is_(None), col(User.territory_id) == col(Customer.territory_id)),
    )


def tasks_of(user: User) -> "Select[Task, Customer]":
    """Each task with its customer: those of customers that the user sees;
    for support those that they may answer or have answered."""
    standing = select(Task, Customer).join(Customer, col(Customer.id) == col(Task.customer_id))
    standing = standing.where(col(Task.withdrawn_at).is_(None), col(Customer.deleted_at).is_(None))
    if user.role == Role.SUPPORT:
        return standing.where(or_(is_asked_of(user), col(Task.answered_by) == user.id))
    return standing.where(in_sight_of(user))


def sees(user: User, customer: Customer, shared: bool) -> bool:
    """`in_sight_of` for a customer that was read already, but for support's tasks. `shared`:
    whether the user has a share."""
    if shared or customer.owner_id == user.id or user.role in ALL_SEEING_ROLES:
        return True
    managed = user.territory_id is not None and customer.territory_id == user.territory_id
    return user.role == Role.MANAGER and managed


def may_write(user: User) -> bool:
    """Support answers tasks, and changes no customers."""
    return user.role in WRITING_ROLES and user.deactivated_at is None


def manages(user: User) -> bool:
    return user.role in MANAGING_ROLES


def may_manage(user: User) -> bool:
    """Whether the user may decide about what is others'."""
    return manages(user) and may_write(user)


def leads(user: User, person: User) -> bool:
    """Whether the user may give this person work: a manager to people of their territory,
    executives and admins to anybody."""
    if person.id == user.id or not may_manage(user):
        return False
    return user.role in ALL_SEEING_ROLES or (
        user.territory_id is not None and person.territory_id == user.territory_id
    )


def beside(user: User) -> ColumnElement[bool]:
    """SQL on User: people of the same territory. Nobody for a user without one, where SQLAlchemy would turn `== None`
    into IS NULL and find others without one."""
    return false() if user.territory_id is None else col(User.territory_id) == user.territory_id


def may_see(session: Session, user: User, customer_id: str) -> bool:
    return session.exec(customers_of(user).where(Customer.id == customer_id)).first() is not None


def visible_customer(session: Session, user: User, customer_id: str) -> Customer:
    if not is_id(customer_id):  # a text with NUL, for one, is an error of PostgreSQL
        raise NotAllowed
    customer = session.exec(customers_of(user).where(Customer.id == customer_id)).first()
    if customer is None:
        raise NotAllowed
    return customer


def library_for(user: User | Anybody) -> ColumnElement[bool]:
    """SQL: the library documents that the user may read and their phone holds:
    those for all and for their territory."""
    if user.role in ALL_SEEING_ROLES:
        return true()
    territory = col(LibraryDocument.territory_id)
    return or_(territory.is_(None), territory == user.territory_id)


def library_kept_by(user: User) -> ColumnElement[bool]:
    """SQL: the library documents that the user may change. For a row that was read already: `keeps_documents_of`."""
    if not may_manage(user):
        return false()
    if user.role in ALL_SEEING_ROLES or user.territory_id is None:
        return true()
    return col(LibraryDocument.territory_id) == user.territory_id


def keeps_documents_of(user: User, territory_id: str | None) -> bool:
    """Whether the user may change documents of a territory. A manager may in their own; a manager without one, an
    executive and an admin may everywhere."""
    everything = user.role in ALL_SEEING_ROLES or user.territory_id is None
    return may_manage(user) and (everything or territory_id == user.territory_id)
