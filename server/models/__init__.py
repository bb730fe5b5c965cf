"""Nouns of Legwork, a file each. Importing this package makes every table known to SQLModel's metadata."""

from server.models import (
    alert,
    customer,
    file,
    import_draft,
    opportunity,
    pipeline,
    push_subscription,
    question,
    receipt,
    reminder,
    revision,
    user,
    visit,
    workspace,
)

__all__ = [
    "alert",
    "customer",
    "file",
    "import_draft",
    "opportunity",
    "pipeline",
    "push_subscription",
    "question",
    "receipt",
    "reminder",
    "revision",
    "user",
    "visit",
    "workspace",
]
