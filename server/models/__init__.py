"""Nouns of Legwork, a file each. Importing this package makes every table known to SQLModel's metadata."""

from server.models import (
    customer,
    file,
    import_draft,
    opportunity,
    pipeline,
    push_subscription,
    receipt,
    reminder,
    revision,
    user,
    visit,
    weekly_report,
    workspace,
)

__all__ = [
    "customer",
    "file",
    "import_draft",
    "opportunity",
    "pipeline",
    "push_subscription",
    "receipt",
    "reminder",
    "revision",
    "user",
    "visit",
    "weekly_report",
    "workspace",
]
