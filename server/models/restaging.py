"""What stands at the stages of a pipeline, for the admin who changes these."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from server.models.opportunity import Opportunity, set_stage
from server.models.pipeline import Pipeline

if TYPE_CHECKING:
    from server.models.user import User


def held_by_stage(session: Session, pipeline_id: str) -> dict[str, int]:
    """How many opportunities stand at each stage, also those that are deleted or of deleted customers,
    because these can be restored."""
    query = select(Opportunity.stage, func.count()).where(Opportunity.pipeline_id == pipeline_id)
    return dict(session.exec(query.group_by(Opportunity.stage)).all())


def held_by_pipeline(session: Session) -> dict[str, int]:
    query = select(Opportunity.pipeline_id, func.count()).group_by(Opportunity.pipeline_id)
    return dict(session.exec(query).all())


def restage(
    session: Session,
    pipeline: Pipeline,
    by: "User",
    now: datetime,
    *,
    name: str,
    stages: list[dict[str, Any]],
    moved: dict[str, str],
) -> None:
    """Gives a pipeline other stages. `pipeline`: locked by the caller, so that no opportunity moves meanwhile. `moved`:
    from each stage that is removed, to which its opportunities go."""
    pipeline.name, pipeline.stages = name, stages
    leaving = select(Opportunity).where(
        Opportunity.pipeline_id == pipeline.id, col(Opportunity.stage).in_(moved)
    )
    for row in session.exec(leaving.with_for_update()):
        set_stage(row, moved[row.stage], by.id, now)
