"""A company we sell to, who may see it, and what hangs off it in ordinary fields."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Index
from sqlmodel import Field, SQLModel, col, select

from server import likeness, search_text
from server.models import access
from server.models.column import (
    json_list,
    json_object,
    key,
    link,
    maybe_json_list,
    maybe_link,
    maybe_moment,
    moment,
    text_key,
    wire,
)
from server.models.field_history import edit_custom, edit_fields
from server.models.follow_up import FollowUp
from server.models.refusal import NotAllowed, Refused
from server.models.revision import note_row, note_scope
from server.models.user import Role, User
from server.models.visit import Visit

if TYPE_CHECKING:
    from server.models.act import Act

CADENCE_DAYS = 30
LONGEST_HISTORY: Final = 50


class Lifecycle(StrEnum):
    LEAD = "lead"
    PROSPECT = "prospect"
    ACTIVE = "active"
    DORMANT = "dormant"
    LOST = "lost"


class Customer(SQLModel, table=True):
    """`lifecycle_moves`: `{by, at, from, to}` each, the latest last; None: its lifecycle never changed."""

    __tablename__ = "customers"
    __collection__ = "customers"
    __table_args__ = (
        Index("ix_customers_sort_key_id", "sort_key", "id"),  # the order of every list
        # Covers what the figures of visits, orders and sales read of each customer.
        Index("ix_customers_whose", "id", "deleted_at", "owner_id", "territory_id"),
        Index("ix_customers_owner", "owner_id", "given_at"),
    )

    id: str = key()
    name: str
    phone: str | None = None
    address: str | None = None
    region: str | None = None
    customer_type: str | None = None
    lifecycle: str = Lifecycle.LEAD
    lifecycle_moves: list[dict[str, str]] | None = maybe_json_list()
    cadence_days: int = CADENCE_DAYS
    price_sensitivity: str | None = None  # low, medium, high
    latitude: float | None = None
    longitude: float | None = None
    owner_id: str | None = maybe_link("users.id", index=False)  # None: free, in the pool of its territory
    # When the owner was given it by somebody else.
    given_at: datetime | None = maybe_moment()
    given_by: str | None = maybe_link("users.id", index=False)
    territory_id: str | None = maybe_link("territories.id")
    sort_key: str = text_key()  # pinyin or folded Latin, so that 北京 sorts among B
    search_text: str = Field(default="")  # folded name, pinyin initials, region, phone
    preferred_product_ids: list[str] | None = maybe_json_list()
    preferred_products: str | None = None  # in words, beside the list; older customers have only this
    preferred_times: str | None = None
    comparisons: dict[str, Any] = json_object()  # `{note, tags}` by the name of a competitor
    custom: dict[str, str] = json_object()  # by the id of a CustomField
    # Likely duplicates have one of these in common: server/likeness.py.
    name_key: str = Field(default="", index=True)
    phone_key: str | None = Field(default=None, index=True)
    address_key: str | None = Field(default=None, index=True)
    last_touch_at: datetime | None = maybe_moment()  # the latest visit that still stands
    created_at: datetime = moment()
    created_by: str | None = maybe_link("users.id", index=False)
    deleted_at: datetime | None = maybe_moment()
    # The customer that this one was merged into; that has None.
    merged_into: str | None = maybe_link("customers.id")
    merged_ids: list[str] = json_list()  # those merged into this one, sorted: phones look them up here


class CustomerShare(SQLModel, table=True):
    __tablename__ = "customer_shares"
    __table_args__ = (Index("ix_customer_shares_user", "user_id", "shared_at"),)

    customer_id: str = link("customers.id", primary_key=True, index=False)
    user_id: str = link("users.id", primary_key=True, index=False)
    # None: it came of a merge.
    shared_at: datetime | None = maybe_moment()
    shared_by: str | None = maybe_link("users.id", index=False)


class CustomerTag(SQLModel, table=True):
    __tablename__ = "customer_tags"

    customer_id: str = link("customers.id", primary_key=True, index=False)
    tag: str = Field(primary_key=True)


def create(
    act: "Act",
    *,
    customer_id: str,
    name: str,
    owner_id: str | None = None,
    custom: dict[str, str | None] | None = None,
    **fields: Any,
) -> None:
    act.require(act.writes)
    told = {field_id: text for field_id, text in (custom or {}).items() if text is not None}
    owner = _first_owner(act, owner_id)
    act.rows.check_free(Customer, customer_id)
    act.rows.insert(
        Customer,
        id=customer_id,
        name=name,
        owner_id=owner.id if owner else None,
        territory_id=(owner and owner.territory_id) or act.by.territory_id,
        created_at=act.moment,
        created_by=act.by.id,
        custom=told,
        **fields,
        **found_by(name, fields.get("region"), fields.get("phone"), fields.get("address"), told),
    )
    note_scope(act.session, owner.id if owner else None, customer_id)


def _first_owner(act: "Act", owner_id: str | None) -> User | None:
    """Who owns a new customer; None: nobody, it is in its territory's pool. What a rep adds is the rep's own; others
    name the owner or nobody. It goes to the pool as well if a manager lets the change through after its author has
    left or has got a role that owns no customers."""
    if owner_id not in (None, act.by.id):
        return _assignable(act, owner_id)
    is_own = owner_id is not None or act.by.role == Role.REP
    return act.by if is_own and act.could_own(act.by) else None


def _assignable(act: "Act", user_id: str) -> User:
    """A user who can own customers and to whom this user may give one. Raises NotAllowed for any other."""
    user = act.session.get(User, user_id)
    if user is None or not act.could_own(user):
        raise NotAllowed
    same_territory = user.territory_id is not None and user.territory_id == act.judged.territory_id
    act.require(same_territory or act.sees_all)
    return user


def found_by(
    name: str,
    region: str | None,
    phone: str | None,
    address: str | None,
    custom: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The columns by which a customer is sorted, searched and compared with others, made from what they hold."""
    further = [custom[field_id] for field_id in sorted(custom)] if custom else []
    return {
        **likeness.keys_of(name, phone, address),
        "sort_key": search_text.sort_key(name),
        "search_text": search_text.search_text(name, region, phone, further),
    }


def edit(act: "Act", *, customer_id: str, fields: dict[str, Any]) -> None:
    customer = act.editable(customer_id)
    _note_lifecycle_move(act, customer, fields.get("lifecycle"))
    ordinary = {name: value for name, value in fields.items() if name != "custom"}
    edit_fields(act, customer, ordinary)
    edit_custom(act, customer, fields.get("custom") or {})
    if fields.keys() & {"name", "region", "phone", "address", "custom"}:
        find_anew(customer)


def note_purchase(act: "Act", customer_id: str) -> None:
    """Whoever buys is an active customer, whatever they were before: nobody has to say so by hand."""
    edit(act, customer_id=customer_id, fields={"lifecycle": Lifecycle.ACTIVE.value})


def _note_lifecycle_move(act: "Act", customer: Customer, to: str | None) -> None:
    """Moves stay in the order in which they arrived:
    one that was made earlier but sent later gets the moment of the last known move."""
    if to is None or to == customer.lifecycle:
        return
    known = customer.lifecycle_moves or []
    at = max([wire(act.moment), *(move["at"] for move in known[-1:])])
    done = {"by": act.by.id, "at": at, "from": customer.lifecycle, "to": to}
    customer.lifecycle_moves = [*known, done][-LONGEST_HISTORY:]


def find_anew(customer: Customer) -> None:
    """Brings the columns of `found_by` up to date."""
    said = customer.name, customer.region, customer.phone, customer.address, customer.custom
    for name, value in found_by(*said).items():
        setattr(customer, name, value)


def add_tag(act: "Act", *, customer_id: str, tag: str) -> None:
    act.editable(customer_id)
    if act.session.get(CustomerTag, (customer_id, tag)) is None:
        act.session.add(CustomerTag(customer_id=customer_id, tag=tag))
        note_row(act.session, "customers", customer_id, customer_id)


def remove_tag(act: "Act", *, customer_id: str, tag: str) -> None:
    act.editable(customer_id)
    found = act.session.get(CustomerTag, (customer_id, tag))
    if found is not None:
        act.session.delete(found)
        act.session.flush()
        note_row(act.session, "customers", customer_id, customer_id)


def assign(act: "Act", *, customer_id: str, from_: str | None = None, to: str | None = None) -> None:
    """Gives a customer to another owner, or with `to` None to the pool. `from_`: the owner whom the user saw; Refused
    if it is another by now. Open follow-ups and plans go to the new owner."""
    customer = act.editable(customer_id)
    act.require(act.manages or customer.owner_id == act.by.id)
    if customer.owner_id == to:
        return
    owner = _assignable(act, to) if to else None
    if customer.owner_id != from_:
        raise Refused("conflict", detail={"current": customer.owner_id})
    customer.owner_id = to
    is_given = to is not None and to != act.by.id
    customer.given_at, customer.given_by = (act.now, act.by.id) if is_given else (None, None)
    customer.territory_id = (owner and owner.territory_id) or customer.territory_id
    for user_id in (from_, to):
        note_scope(act.session, user_id, customer_id)
    if to:
        hand_over(act, customer_id, from_, to)
        access.end(act, customer_id, to)


def hand_over(act: "Act", customer_id: str, from_: str | None, to: str) -> None:
    """Gives open follow-ups and planned visits to the new owner; otherwise they would be on nobody's phone. `from_`
    None: out of the pool, with those that any rep left who no longer sees the customer."""
    act.rows.write()
    shared = select(CustomerShare.user_id).where(CustomerShare.customer_id == customer_id)
    not_seeing = select(User.id).where(User.role == Role.REP, col(User.id).not_in(shared))
    whose = [from_] if from_ else not_seeing
    promised = (
        select(FollowUp)
        .where(FollowUp.customer_id == customer_id, col(FollowUp.owner_id).in_(whose))
        .where(col(FollowUp.completed_at).is_(None), col(FollowUp.withdrawn_at).is_(None))
    )
    planned = (
        select(Visit)
        .where(Visit.customer_id == customer_id, col(Visit.author_id).in_(whose))
        .where(col(Visit.started_at).is_(None), col(Visit.withdrawn_at).is_(None))
    )
    for follow_up in act.session.exec(promised):
        follow_up.owner_id = to
    for visit in act.session.exec(planned):
        visit.author_id = to


def delete(act: "Act", *, customer_id: str) -> None:
    """Sets a tombstone: phones drop the customer, its rows stay in the database, and it can be restored."""
    customer = act.visible(customer_id)
    act.require(act.manages)
    customer.deleted_at = customer.deleted_at or act.now


def restore(act: "Act", *, customer_id: str) -> None:
    customer = act.visible(customer_id)
    act.require(act.manages)
    if customer.deleted_at is None:
        return
    customer.deleted_at = None
    for user_id in (customer.owner_id, *shared_with(act, customer_id)):
        note_scope(act.session, user_id, customer_id)  # their phones have dropped all of it


def shared_with(act: "Act", customer_id: str) -> list[str]:
    """The ids of the users who have a share of it."""
    query = select(CustomerShare.user_id).where(CustomerShare.customer_id == customer_id)
    return list(act.session.exec(query))
