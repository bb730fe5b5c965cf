"""Sharing a customer with others than its owner, and ending a share."""

from typing import TYPE_CHECKING

from server.models import access
from server.models.customer import Customer, CustomerShare, hand_over
from server.models.refusal import NotAllowed
from server.models.revision import note, note_scope
from server.models.user import Role, User

if TYPE_CHECKING:
    from server.models.act import Act


def share(act: "Act", *, customer_id: str, user_id: str) -> None:
    customer = act.editable(customer_id)
    act.require(act.manages or customer.owner_id == act.by.id)
    user = act.session.get(User, user_id)
    if user is None or user.deactivated_at is not None:
        raise NotAllowed
    if act.session.get(CustomerShare, (customer_id, user_id)) is None:
        made = CustomerShare(customer_id=customer_id, user_id=user_id, shared_at=act.now, shared_by=act.by.id)
        act.session.add(made)
        _note_share(act, customer, user_id)
    access.end(act, customer_id, user_id)


def unshare(act: "Act", *, customer_id: str, user_id: str) -> None:
    """The owner, managers, and the user who has the share may end it.
    A rep's open follow-ups and plans go to the owner."""
    customer = act.visible(customer_id)
    lets_go = user_id == act.by.id and act.judged.deactivated_at is None
    act.require(lets_go or act.manages or (act.writes and customer.owner_id == act.by.id))
    found = act.session.get(CustomerShare, (customer_id, user_id))
    if found is None:
        return
    act.session.delete(found)
    act.session.flush()
    _note_share(act, customer, user_id)
    # A manager may still see it.
    if customer.owner_id and act.session.get_one(User, user_id).role == Role.REP:
        hand_over(act, customer_id, user_id, customer.owner_id)


def _note_share(act: "Act", customer: Customer, user_id: str) -> None:
    note_scope(act.session, user_id, customer.id)
    note(act.session, customer)  # on phones the customer's row says with whom it is shared
