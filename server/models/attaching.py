"""Attaching a photo or voice note to a visit, or a file to a customer or opportunity; and taking it off again."""

from typing import TYPE_CHECKING, Any

from sqlmodel import col, or_, select

from server.models import opportunity
from server.models.attachment import Attachment
from server.models.file import File
from server.models.visit import Visit, own, standing

if TYPE_CHECKING:
    from server.models.act import Act


def attach(act: "Act", *, attachment_id: str, visit_id: str, customer_id: str, **told: Any) -> None:
    """`told`: sha256, size and media_type; the bytes come in requests of their own. If the visit was corrected, the
    attachment joins its latest correction."""
    visit = own(act, visit_id)
    act.require(visit.customer_id == customer_id)
    stands = standing(act, visit)
    _insert(act, attachment_id, visit_id=stands.id, customer_id=stands.customer_id, **told)


def attach_file(
    act: "Act", *, attachment_id: str, customer_id: str, opportunity_id: str | None = None, **told: Any
) -> None:
    """`told`: sha256, size, media_type and name."""
    act.editable(customer_id)
    if opportunity_id is not None:
        act.require(opportunity.editable(act, opportunity_id).customer_id == customer_id)
    _insert(act, attachment_id, customer_id=customer_id, opportunity_id=opportunity_id, **told)


def _insert(act: "Act", attachment_id: str, **told: Any) -> None:
    act.rows.check_free(Attachment, attachment_id)
    end = _end_elsewhere(act, Attachment(author_id=act.by.id, **told))
    ended = {end: act.now} if end else {}
    act.rows.insert(Attachment, id=attachment_id, author_id=act.by.id, created_at=act.moment, **ended, **told)


def _end_elsewhere(act: "Act", made: Attachment) -> str | None:
    """Which end this attachment has already, "received_at" or "refused_at", because its author sent the same bytes with
    another one: a phone does not send them twice. None if the bytes are still to come."""
    ended = or_(col(Attachment.received_at).is_not(None), col(Attachment.refused_at).is_not(None))
    query = (
        select(Attachment.id, File.media_type)
        .outerjoin(File, col(File.sha256) == col(Attachment.sha256))
        .where(Attachment.author_id == made.author_id, Attachment.sha256 == made.sha256, ended)
    )
    sent = act.session.exec(query.limit(1)).first()
    if sent is None:
        return None
    return "received_at" if sent[1] is not None and made.takes(sent[1]) else "refused_at"


def detach(act: "Act", *, attachment_id: str) -> None:
    attachment = _removable(act, attachment_id)
    attachment.withdrawn_at = attachment.withdrawn_at or act.moment


def reattach(act: "Act", *, attachment_id: str) -> None:
    """Undoes `detach`. Bytes that were sent are still there.
    If the visit was corrected meanwhile, the attachment joins its latest correction."""
    attachment = _removable(act, attachment_id)
    if attachment.visit_id is not None:
        visit = act.rows.find(Visit, attachment.visit_id)
        assert visit is not None  # noqa: S101  (its attachments point at it)
        stands = standing(act, visit)
        attachment.visit_id, attachment.customer_id = stands.id, stands.customer_id
    attachment.withdrawn_at = None


def _removable(act: "Act", attachment_id: str) -> Attachment:
    """An attachment that the user may take off: of a visit only its author may, of a customer or an opportunity a
    manager, too. Raises NotAllowed."""
    attachment = act.rows.one(Attachment, attachment_id)
    by_me = attachment.author_id == act.by.id
    if attachment.visit_id is not None:
        act.require(by_me)
        act.for_fact(attachment.customer_id)
    else:
        act.editable(attachment.customer_id)
        act.require(by_me or act.manages)
    return attachment
