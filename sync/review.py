"""What a manager does about parked changes: lets them through under their author, or dismisses them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, tuple_
from sqlmodel import Session, col, select

from server.models.identity import is_id
from server.models.receipt import Receipt
from server.models.refusal import NotAllowed, Refused
from server.models.revision import count_this, stamp
from server.models.scope import ALL_SEEING_ROLES, beside, may_manage
from server.models.user import Device, User
from server.translations import english_of, msgid, translator
from sync.apply import apply
from sync.batch import OF_ENTRIES, Batch
from sync.release import group_of, release

WITHDRAWAL: Final = "entry.withdraw"
DISMISSED: Final = msgid("%(name)s has looked at this and dismissed it.")
# Codes of parked changes that a manager's right cannot help: their author has to send something else.
NOT_A_MATTER_OF_RIGHT: Final = ("invalid", "conflict", "deleted", "depends_on_parked", "unknown_change")


def to_decide(session: Session, manager: User, most: int) -> Sequence[tuple[Receipt, User]]:
    """Each with its author. Those that their authors ask about come first, then the oldest."""
    asked_first = col(Receipt.asked_at).is_(None), col(Receipt.received_at), col(Receipt.seq)
    found = _undecided(session, manager, select(Receipt, User)).order_by(*asked_first).limit(most)
    return [(receipt, author) for receipt, author in session.exec(found)]


def count_to_decide(session: Session, manager: User) -> int:
    found: int = session.exec(_undecided(session, manager, select(func.count()))).one()
    return found


def _undecided(session: Session, manager: User, query: Any) -> Any:
    """Without `entry.*` changes, and without entries that their author has withdrawn: of one that was sent anew, the
    new one is decided on."""
    said = session.exec(_parked_by(manager, select(Receipt)).where(Receipt.name == WITHDRAWAL))
    taken_back = {(one.user_id, str(args_of(one).get("change_id"))) for one in said}
    found = _parked_by(manager, query).where(col(Receipt.dismissed_at).is_(None))
    found = found.where(~col(Receipt.name).startswith(OF_ENTRIES))
    return found.where(tuple_(Receipt.user_id, Receipt.change_id).not_in(taken_back)) if taken_back else found


def args_of(receipt: Receipt) -> dict[str, Any]:
    """{} if the change was malformed."""
    args = (receipt.item or {}).get("args")
    return args if isinstance(args, dict) else {}


def _parked_by(manager: User, query: Any) -> Any:
    """Adds to a query: parked changes of people the manager answers for."""
    found = query.select_from(Receipt).join(User, col(User.id) == col(Receipt.user_id))
    found = found.where(Receipt.status == "parked")
    return found if manager.role in ALL_SEEING_ROLES else found.where(beside(manager))


def let_through(session: Session, manager: User, change_id: str, now: datetime) -> str:
    """Applied under its author's name by the manager's right; "", or the msgid of why not, for the manager to read.

    What is applied already, by the author's own phone or by somebody else, is not applied again; nor is a group of
    which something was taken back.
    """
    receipt, author = _for_review(session, manager, change_id)
    if receipt.status == "applied" or any(one.dismissed_at for one in group_of(session, receipt)):
        return ""
    t = translator(author.language)
    batch = Batch(session, author, now, t, right_of=manager, decided_on=change_id)
    released = release(session, batch, receipt)
    _give_revision(session, released)
    return "" if released else sentence(receipt)


def restore(session: Session, manager: User, change_id: str, customer_id: str, now: datetime) -> str:
    """Restores the contact that the change edits, or else its customer, and then lets the change through."""
    receipt, _ = _for_review(session, manager, change_id)
    contact_id = removed_contact(receipt)
    if contact_id:
        apply(session, manager, "contact.restore", {"contact_id": contact_id}, now)
    else:
        apply(session, manager, "customer.restore", {"customer_id": customer_id}, now)
    return let_through(session, manager, change_id, now)


def removed_contact(receipt: Receipt) -> str | None:
    """The id of the contact that has to be restored before the change can be applied."""
    found: str | None = (receipt.detail or {}).get("contact_id")
    return found


def dismiss(session: Session, manager: User, change_id: str, now: datetime) -> None:
    """Kept, and said to its author; a phone that sends it again changes nothing."""
    receipt, author = _for_review(session, manager, change_id)
    if receipt.status == "applied" or receipt.dismissed_at is not None:
        return
    for one in group_of(session, receipt):
        one.dismissed_at, one.dismissed_by = now, manager.id
        said = translator(author.language)(DISMISSED, name=manager.name)
        one.detail = {**(one.detail or {}), "message": said}
    count_this(session)


def _for_review(session: Session, manager: User, change_id: str) -> tuple[Receipt, User]:
    """Locked until the end of the transaction: a push of its device waits, and finds it decided. Raises NotAllowed."""
    found = session.get(Receipt, change_id) if is_id(change_id) and may_manage(manager) else None
    author = session.get(User, found.user_id) if found is not None else None
    if found is None or author is None or not _reviews(manager, author):
        raise NotAllowed
    session.exec(select(Device).where(Device.id == found.device_id).with_for_update()).one()
    session.refresh(found, with_for_update=True)
    return found, author


def _reviews(manager: User, author: User) -> bool:
    near = manager.territory_id is not None and author.territory_id == manager.territory_id
    return near or manager.role in ALL_SEEING_ROLES


def _give_revision(session: Session, released: Sequence[Receipt]) -> None:
    if not released:
        return
    count_this(session)
    rev = stamp(session)
    for receipt in released:
        receipt.rev = rev or receipt.rev


def sentence(receipt: Receipt) -> str:
    """The msgid of what its author was told. A text with values filled in has none any more: it is returned as it is,
    in the language it was said in."""
    told = (receipt.detail or {}).get("message")
    return english_of(told) if isinstance(told, str) else Refused(receipt.code or "error").sentence
