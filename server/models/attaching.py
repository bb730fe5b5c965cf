"""A photo or a voice note joins its visit, and leaves it."""

from typing import TYPE_CHECKING, Any

from sqlmodel import col, or_, select

from server.models.attachment import Attachment
from server.models.refusal import NotAllowed, Refused
from server.models.visit import own, standing

if TYPE_CHECKING:
    from server.models.act import Act


def attach(act: "Act", *, attachment_id: str, visit_id: str, customer_id: str, **told: Any) -> None:
    """`told`: hash, size and type of what will come by itself. It hangs off the row that stands for the visit now."""
    visit = own(act, visit_id)
    act.require(visit.customer_id == customer_id)
    if act.rows.find(Attachment, attachment_id) is not None:
        raise Refused("conflict")
    stands = standing(act, visit)
    sent = _sent_before(act, told["sha256"])
    ends = {name: act.now for name in ("received_at", "refused_at") if sent and getattr(sent, name)}
    act.rows.insert(
        Attachment,
        id=attachment_id,
        visit_id=stands.id,
        customer_id=stands.customer_id,
        author_id=act.by.id,
        created_at=act.moment,
        **ends,
        **told,
    )


def _sent_before(act: "Act", sha256: str) -> Attachment | None:
    """The same bytes of the same author, at another visit: the phone does not send them twice."""
    ended = or_(col(Attachment.received_at).is_not(None), col(Attachment.refused_at).is_not(None))
    query = select(Attachment).where(Attachment.author_id == act.by.id, Attachment.sha256 == sha256, ended)
    return act.session.exec(query.limit(1)).first()


def detach(act: "Act", *, attachment_id: str) -> None:
    attachment = act.rows.find(Attachment, attachment_id)
    if attachment is None or attachment.author_id != act.by.id:
        raise NotAllowed
    act.for_fact(attachment.customer_id)
    attachment.withdrawn_at = attachment.withdrawn_at or act.moment
