"""Editing ordinary fields: the last change to arrive wins a field, and the history keeps the value before,
so that it can be restored."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from server.models.column import json_value, key, link, moment, wire
from server.models.identity import new_id

if TYPE_CHECKING:
    from server.models.act import Act


class FieldHistory(SQLModel, table=True):
    __tablename__ = "field_history"
    __table_args__ = (Index("ix_field_history_row", "collection", "row_id"),)

    id: str = key()
    collection: str
    row_id: str = Field(max_length=36)
    field: str
    before: str | int | float | list[str] | dict[str, Any] | None = json_value(default=None)
    after: str | int | float | list[str] | dict[str, Any] | None = json_value(default=None)
    changed_by: str = link("users.id")
    changed_at: datetime = moment()


def edit_fields(act: "Act", row: Any, fields: dict[str, Any]) -> None:
    """Sets the given fields and keeps their old values. Fields that are not given stay as others have set them."""
    for name, after in fields.items():
        before = getattr(row, name)
        if before != after:
            setattr(row, name, after)
            remember(act, row, name, before, after)


def edit_custom(act: "Act", row: Any, custom: dict[str, str | None]) -> None:
    """`edit_fields` for values of custom fields, by the field's id; None removes one.
    The history calls such a field `custom.<id>`."""
    for field_id, after in custom.items():
        before = row.custom.get(field_id)
        if before != after:
            kept = {**row.custom, field_id: after}
            row.custom = {known: text for known, text in kept.items() if text is not None}
            remember(act, row, f"custom.{field_id}", before, after)


def remember(act: "Act", row: Any, name: str, before: Any, after: Any) -> None:
    act.rows.insert(
        FieldHistory,
        id=new_id(),
        collection=row.__collection__,
        row_id=row.id,
        field=name,
        before=wire(before),
        after=wire(after),
        changed_by=act.by.id,
        changed_at=act.now,
    )
