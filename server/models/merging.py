"""Merging two customers that are the same. The old one's id stays an alias for ever:
phones may still send changes that name it."""

from collections.abc import Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from sqlmodel import Session, SQLModel, col, select

from server.models import visit
from server.models.customer import (
    LONGEST_HISTORY,
    Customer,
    CustomerShare,
    CustomerTag,
    find_anew,
    hand_over,
    shared_with,
)
from server.models.field_history import edit_custom, edit_fields, remember
from server.models.refusal import Refused
from server.models.revision import note_row, note_scope
from server.models.user import User

if TYPE_CHECKING:
    from server.models.act import Act

FIELDS: Final = (
    "name", "phone", "address", "region", "customer_type", "lifecycle", "cadence_days", "price_sensitivity",
    "preferred_product_ids", "preferred_products", "preferred_times", "latitude", "longitude",
)  # fmt: skip
PLACE: Final = {"latitude", "longitude"}
SAME_SENTENCES = {"same": "These two are one customer already."}


def merge(act: "Act", *, customer_id: str, into_id: str) -> None:
    """Moves all that hangs off the first customer to the second. Done twice is done once."""
    act.rows.meet(Customer, [customer_id, into_id])
    old, into = act.visible(customer_id), act.editable(act.rows.customer_id_now(into_id))
    act.require(act.manages)
    if old.merged_into == into.id:
        return
    if old.merged_into is not None or old.id == into.id:
        raise Refused("conflict", SAME_SENTENCES["same"], {"current": old.merged_into})
    if old.deleted_at is not None:
        raise Refused("deleted")
    act.rows.write()
    _move_rows(act, old, into)
    _unite_tags(act, old, into)
    free = None in (old.owner_id, into.owner_id)
    _unite_keepers(act, old, into)
    if free and into.owner_id is not None:
        hand_over(act, into.id, None, into.owner_id)
    _unite_fields(act, old, into)
    _leave_alias(act, old, into)
    act.rows.write()
    act.session.flush()
    visit.recount_touch(act, {into.id})


def _move_rows(act: "Act", old: Customer, into: Customer) -> None:
    for model in hanging_off():
        for row in act.session.exec(select(model).where(model.customer_id == old.id)):
            row.customer_id = into.id


def hanging_off() -> Iterator[Any]:
    """The models with a reference to a customer that is not part of their key. (Shares, access requests, tags and
    hand-backs have it in their key.)"""
    for mapper in SQLModel._sa_registry.mappers:
        column = mapper.local_table.columns.get("customer_id")
        if column is None or column.primary_key:
            continue
        if any(key.target_fullname == "customers.id" for key in column.foreign_keys):
            yield mapper.class_


def _unite_tags(act: "Act", old: Customer, into: Customer) -> None:
    has = set(act.session.exec(select(CustomerTag.tag).where(CustomerTag.customer_id == into.id)))
    for tag in act.session.exec(select(CustomerTag).where(CustomerTag.customer_id == old.id)).all():
        act.session.delete(tag)
        if tag.tag not in has:
            act.session.add(CustomerTag(customer_id=into.id, tag=tag.tag))
    note_row(act.session, "customers", into.id, into.id)


def _unite_keepers(act: "Act", old: Customer, into: Customer) -> None:
    """Whoever owned the old one, or had a share of it, gets a share of the new one, so that nobody loses sight of what
    they have entered. One that nobody owned gets the old one's owner."""
    shares = act.session.exec(select(CustomerShare).where(CustomerShare.customer_id == old.id)).all()
    keepers = {share.user_id for share in shares} | ({old.owner_id} if old.owner_id else set())
    if into.owner_id is None and old.owner_id is not None:
        into.owner_id = old.owner_id
        note_scope(act.session, into.owner_id, into.id)
    sharing = set(shared_with(act, into.id))
    for share in shares:
        act.session.delete(share)
    for user_id in sorted(keepers):
        note_scope(act.session, user_id, old.id)
        if user_id not in sharing and user_id != into.owner_id and _is_here(act, user_id):
            act.session.add(CustomerShare(customer_id=into.id, user_id=user_id))
            note_scope(act.session, user_id, into.id)


def _is_here(act: "Act", user_id: str) -> bool:
    user = act.session.get(User, user_id)
    return user is not None and user.deactivated_at is None


def _unite_fields(act: "Act", old: Customer, into: Customer) -> None:
    """The new customer keeps its values. Those that it lacks come from the old one,
    whose other values go to the new one's history."""
    missing = {name for name in FIELDS if getattr(into, name) is None and getattr(old, name) is not None}
    if not missing >= PLACE:
        missing -= PLACE  # the latitude of one place with the longitude of another would be a third place
    for name in FIELDS:
        before, after = getattr(old, name), getattr(into, name)
        if name not in missing and before is not None and before != after:
            remember(act, into, name, before, after)
    edit_fields(act, into, {name: getattr(old, name) for name in FIELDS if name in missing})
    for field_id in sorted(old.custom.keys() & into.custom.keys()):
        if old.custom[field_id] != into.custom[field_id]:
            remember(act, into, f"custom.{field_id}", old.custom[field_id], into.custom[field_id])
    edit_custom(act, into, {name: text for name, text in old.custom.items() if name not in into.custom})
    moves = [*(into.lifecycle_moves or []), *(old.lifecycle_moves or [])]
    into.lifecycle_moves = sorted(moves, key=itemgetter("at"))[-LONGEST_HISTORY:] or None
    into.comparisons = {**old.comparisons, **into.comparisons}
    find_anew(into)


def _leave_alias(act: "Act", old: Customer, into: Customer) -> None:
    """Makes the old one an alias of the new one, and its own aliases, too: so an alias never leads to another alias."""
    for earlier in act.session.exec(select(Customer).where(Customer.merged_into == old.id)):
        earlier.merged_into = into.id
    into.merged_ids = sorted({*into.merged_ids, *old.merged_ids, old.id})
    old.merged_into, old.merged_ids, old.deleted_at = into.id, [], act.now


def alias_of(session: Session, customer_id: str) -> str | None:
    """The customer that this one was merged into, if it was."""
    query = select(Customer.merged_into).where(
        Customer.id == customer_id, col(Customer.merged_into).is_not(None)
    )
    return session.exec(query).first()
