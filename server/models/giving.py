"""Work that a manager gives somebody at a customer:
a follow-up or a planned visit of theirs, whose field history says who gave it."""

from datetime import datetime
from typing import Final

from sqlmodel import Session, select

from server.models.field_history import FieldHistory
from server.models.follow_up import FollowUp
from server.models.identity import new_id
from server.models.user import User
from server.models.visit import Visit

GIVEN: Final = "given_to"


def give(session: Session, by: User, row: FollowUp | Visit, to: User, now: datetime) -> None:
    if isinstance(row, Visit):
        row.author_id = to.id
    else:
        row.owner_id = to.id
    session.add(
        FieldHistory(
            id=new_id(),
            collection=row.__collection__,
            row_id=row.id,
            field=GIVEN,
            after=to.id,
            changed_by=by.id,
            changed_at=now,
        )
    )


def gave(session: Session, by: User, row: FollowUp | Visit) -> bool:
    query = select(FieldHistory.id).where(
        FieldHistory.collection == row.__collection__,
        FieldHistory.row_id == row.id,
        FieldHistory.field == GIVEN,
        FieldHistory.changed_by == by.id,
    )
    return session.exec(query).first() is not None
