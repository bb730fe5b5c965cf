"""A photo or a voice note joins its visit, and leaves it."""

from typing import TYPE_CHECKING, Any

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
    act.rows.insert(
        Attachment,
        id=attachment_id,
        visit_id=stands.id,
        customer_id=stands.customer_id,
        author_id=act.by.id,
        created_at=act.moment,
        **told,
    )


def detach(act: "Act", *, attachment_id: str) -> None:
    attachment = act.rows.find(Attachment, attachment_id)
    if attachment is None or attachment.author_id != act.by.id:
        raise NotAllowed
    act.for_fact(attachment.customer_id)
    attachment.withdrawn_at = attachment.withdrawn_at or act.moment
