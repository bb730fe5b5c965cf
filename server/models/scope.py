"""Who may see which customer, and who may write: the one module of these filters.

Sight: a rep sees customers owned or shared; a manager also those of the territory; executives and admins see all; a
support person what was shared, and the customer of a task while it is theirs to answer. People may write to what they
see, but for support; an executive manages every territory as its manager does.
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


# Whoever asks, in statements made once and run for each of them, with `given(user)`.
WHOEVER: Final = bindparam("user_id", type_=String())


@dataclass(frozen=True)
class Anybody:
    """Stands for all users of a role, where it decides what such a statement says."""

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
    """Those deleted that the user would see again if they were restored. One that was merged lives on in another."""
    gone = col(Customer.deleted_at).is_not(None), col(Customer.merged_into).is_(None)
    return select(Customer).where(*gone, in_sight_of(user))


def replica_of(user: User | Anybody) -> "Customers":
    """What lives on the user's phone: customers owned or shared."""
    return select(Customer).where(col(Customer.deleted_at).is_(None), held_by(user.id))


def in_sight_of(user: User | Anybody) -> ColumnElement[bool]:
    if user.role in ALL_SEEING_ROLES:
        return true()
    return or_(held_by(user.id), _managed_by(user), _asked_about(user))


def out_of_sight_of(user: User | Anybody) -> ColumnElement[bool]:
    """Not `not_`: of a customer without an owner SQL does not know whether it is the user's, nor whether it is not."""
    return in_sight_of(user).is_not(True)


def among_all_in_sight_of(user: User) -> ColumnElement[bool]:
    """The same for statements that look at all of them: shares are looked up once, and owners by an index, instead of
    for each customer that there is."""
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
    """Their ids, for statements that begin with these customers."""
    shared = sql_select(col(CustomerShare.customer_id)).where(col(CustomerShare.user_id) == user_id)
    return union_all(sql_select(col(Customer.id)).where(col(Customer.owner_id) == user_id), shared)


def _managed_by(user: User | Anybody) -> ColumnElement[bool]:
    if user.role != Role.MANAGER or user.territory_id is None:
        return false()
    return col(Customer.territory_id) == user.territory_id


def _asked_about(user: User | Anybody) -> ColumnElement[bool]:
    """Whose tasks somebody in support is to answer. Once they are answered the customer is out of sight again."""
    if user.role != Role.SUPPORT:
        return false()
    is_open = and_(col(Task.answered_at).is_(None), col(Task.withdrawn_at).is_(None))
    asked = exists().where(col(Task.customer_id) == col(Customer.id), is_open, is_asked_of(user))
    return asked.correlate(Customer)


def is_asked_of(user: User | Anybody) -> ColumnElement[bool]:
    """Of Task and Customer: whether department and territory are the person's. Having none means working for all."""
    mine: list[ColumnElement[bool]] = [true()]
    if user.department is not None:
        mine.append(col(Task.department) == user.department)
    if user.territory_id is not None:
        mine.append(col(Customer.territory_id) == user.territory_id)
    return and_(*mine)


def is_asked(user: User, department: str, customer: Customer) -> bool:
    """The same question as `is_asked_of`, of rows at hand, and whether the person is there to answer at all."""
    if user.role != Role.SUPPORT or user.deactivated_at is not None:
        return False
    return user.department in (None, department) and user.territory_id in (None, customer.territory_id)


def tasks_of(user: User) -> "Select[Task, Customer]":
    """Each with its customer: those of the customers in sight; of support those they may answer or have answered."""
    standing = select(Task, Customer).join(Customer, col(Customer.id) == col(Task.customer_id))
    standing = standing.where(col(Task.withdrawn_at).is_(None), col(Customer.deleted_at).is_(None))
    if user.role == Role.SUPPORT:
        return standing.where(or_(is_asked_of(user), col(Task.answered_by) == user.id))
    return standing.where(in_sight_of(user))


def sees(user: User, customer: Customer, shared: bool) -> bool:
    """The same question as `in_sight_of`, of a row at hand; `shared`: with this user."""
    if shared or customer.owner_id == user.id or user.role in ALL_SEEING_ROLES:
        return True
    managed = user.territory_id is not None and customer.territory_id == user.territory_id
    return user.role == Role.MANAGER and managed


def may_write(user: User) -> bool:
    """A support person answers, and changes no customers."""
    return user.role in WRITING_ROLES and user.deactivated_at is None


def manages(user: User) -> bool:
    return user.role in MANAGING_ROLES


def leads(user: User, person: User) -> bool:
    """Whether somebody may give a person work: a manager to those of the territory, whoever sees all to anybody."""
    if person.id == user.id or not (manages(user) and may_write(user)):
        return False
    return user.role in ALL_SEEING_ROLES or (
        user.territory_id is not None and person.territory_id == user.territory_id
    )


def beside(user: User) -> ColumnElement[bool]:
    """Of people: those of the same territory. Two who have none are not beside each other, though SQLAlchemy would find
    both if it were asked for what equals None."""
    return false() if user.territory_id is None else col(User.territory_id) == user.territory_id


def may_see(session: Session, user: User, customer_id: str) -> bool:
    return session.exec(customers_of(user).where(Customer.id == customer_id)).first() is not None


def visible_customer(session: Session, user: User, customer_id: str) -> Customer:
    if not is_id(customer_id):  # not every text can be asked for
        raise NotAllowed
    customer = session.exec(customers_of(user).where(Customer.id == customer_id)).first()
    if customer is None:
        raise NotAllowed
    return customer


def library_for(user: User | Anybody) -> ColumnElement[bool]:
    """What of the library somebody may read, and phones hold: what is for all, and what is for their territory."""
    if user.role in ALL_SEEING_ROLES:
        return true()
    territory = col(LibraryDocument.territory_id)
    return or_(territory.is_(None), territory == user.territory_id)


def library_kept_by(user: User) -> ColumnElement[bool]:
    """What of the library somebody keeps. For a row already read: `keeps_documents_of`."""
    if not (manages(user) and may_write(user)):
        return false()
    if user.role in ALL_SEEING_ROLES or user.territory_id is None:
        return true()
    return col(LibraryDocument.territory_id) == user.territory_id


def keeps_documents_of(user: User, territory_id: str | None) -> bool:
    """A manager keeps what is of their own territory; one without a territory, or who sees all, keeps everything."""
    everything = user.role in ALL_SEEING_ROLES or user.territory_id is None
    return manages(user) and may_write(user) and (everything or territory_id == user.territory_id)
