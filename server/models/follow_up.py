"""The next step that was promised to a customer. When the customer goes to another owner, open follow-ups go along."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from server.models.column import key, link, maybe_link, maybe_moment, moment
from server.models.refusal import Refused

if TYPE_CHECKING:
    from server.models.act import Act
    from server.models.customer import Customer

FOLLOW_UP_GONE_SENTENCES = {"withdrawn": "This follow-up was taken back in the meantime."}
# Few rows, so the index over them stays small.
IS_OPEN: Final = text("completed_at IS NULL AND withdrawn_at IS NULL")


class FollowUp(SQLModel, table=True):
    __tablename__ = "follow_ups"
    __collection__ = "follow_ups"
    __table_args__ = (
        Index(
            "ix_follow_ups_open",
            "owner_id",
            "due_on",
            "customer_id",
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        ),
    )

    id: str = key()
    customer_id: str = link("customers.id")
    visit_id: str | None = maybe_link("visits.id")
    owner_id: str = link("users.id")  # who is to keep the promise
    due_on: date = Field(index=True)
    note: str | None = None
    created_at: datetime = moment()
    completed_at: datetime | None = maybe_moment()
    withdrawn_at: datetime | None = maybe_moment()


def create(act: "Act", *, follow_up_id: str, customer_id: str, due_on: date, note: str | None = None) -> None:
    promise(act, act.editable(customer_id), follow_up_id, due_on, note)


def promise(
    act: "Act",
    customer: "Customer",
    follow_up_id: str,
    due_on: date,
    note: str | None = None,
    visit_id: str | None = None,
) -> None:
    act.rows.check_free(FollowUp, follow_up_id)
    act.rows.insert(
        FollowUp,
        id=follow_up_id,
        customer_id=customer.id,
        visit_id=visit_id,
        owner_id=_keeper(act, customer),
        due_on=due_on,
        note=note,
        created_at=act.moment,
    )


def _keeper(act: "Act", customer: "Customer") -> str:
    """Who is to keep a new promise: its author; or the customer's owner, if its author does not see the customer any
    more by the time the promise arrives."""
    return act.by.id if act.author_sees(customer) else customer.owner_id or act.by.id


def complete(act: "Act", *, follow_up_id: str) -> None:
    """Done twice is done once. This is a fact: it also counts if the customer was deleted or given away meanwhile."""
    follow_up = act.rows.one(FollowUp, follow_up_id)
    act.for_fact(follow_up.customer_id)
    if follow_up.completed_at is None:
        follow_up.completed_at = act.moment


def reopen(act: "Act", *, follow_up_id: str) -> None:
    _editable(act, follow_up_id).completed_at = None


def snooze(act: "Act", *, follow_up_id: str, due_on: date) -> None:
    follow_up = _editable(act, follow_up_id)
    if follow_up.completed_at is not None:
        raise Refused("conflict")
    follow_up.due_on = due_on


def withdraw(act: "Act", *, follow_up_id: str) -> None:
    follow_up = act.rows.one(FollowUp, follow_up_id)
    act.for_fact(follow_up.customer_id)
    follow_up.withdrawn_at = follow_up.withdrawn_at or act.moment


def _editable(act: "Act", follow_up_id: str) -> FollowUp:
    follow_up = act.rows.one(FollowUp, follow_up_id)
    act.editable(follow_up.customer_id)
    if follow_up.withdrawn_at is not None:
        raise Refused("deleted", FOLLOW_UP_GONE_SENTENCES["withdrawn"])
    return follow_up
