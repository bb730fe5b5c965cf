"""Runs migrations on the connection of server/migrate.py."""

from alembic import context
from sqlalchemy import JSON, TypeDecorator
from sqlmodel import AutoString, SQLModel

import server.models  # noqa: F401  (makes every table known)
from server.database import UtcMoment


def render_item(kind, item, autogen_context):
    """Writes our own column types as plain ones, because a migration must not depend on code that may change."""
    if kind != "type":
        return False
    if isinstance(item, JSON):
        autogen_context.imports.add("from sqlalchemy.dialects.postgresql import JSONB")
        return 'sa.JSON().with_variant(JSONB(), "postgresql")'
    if isinstance(item, AutoString):
        return f"sa.String({item.length or ''})"
    if isinstance(item, TypeDecorator):
        return "sa.DateTime(timezone=True)" if isinstance(item, UtcMoment) else f"sa.{item.impl!r}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    render_item=render_item,
    compare_type=True,
    on_version_apply=context.config.attributes.get("done"),
)
with context.begin_transaction():
    context.run_migrations()
