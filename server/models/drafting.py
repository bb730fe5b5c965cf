"""Quotes and contracts alike: as long as one is a draft, each save replaces all of it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlmodel import SQLModel

from server.models.opportunity import Opportunity
from server.models.refusal import NotAllowed, Refused

if TYPE_CHECKING:
    from server.models.act import Act


def write_draft(
    act: "Act",
    model: type[SQLModel],
    row_id: str,
    opportunity: Opportunity,
    said: dict[str, Any],
    check_draft: Callable[[Any], None],
) -> None:
    """Inserts a draft, or replaces what is written in it by `said`. Nobody overwrites what they have not seen:
    `said["edition"]` follows the one that the user saw, which is 0 for a new draft. `check_draft` raises Refused for a
    row that is a draft no longer. Done twice is done once."""
    row: Any = act.rows.find(model, row_id)
    if row is not None and row.opportunity_id != opportunity.id:
        raise NotAllowed
    if row is not None and all(getattr(row, name) == value for name, value in said.items()):
        return
    current = row.edition if row is not None else None
    if said["edition"] != (current or 0) + 1:
        raise Refused("conflict", detail={"current": current})
    if row is None:
        made = {
            "customer_id": opportunity.customer_id,
            "opportunity_id": opportunity.id,
            "author_id": act.by.id,
        }
        act.rows.insert(model, id=row_id, **made, created_at=act.moment, **said)
        return
    check_draft(row)
    for name, value in said.items():
        setattr(row, name, value)
