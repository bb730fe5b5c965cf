"""Nouns of Legwork, a file each. Importing this package makes every table known to SQLModel's metadata."""

from server.models import (
    customer,
    file,
    import_draft,
    letterhead,
    opportunity,
    order,
    pipeline,
    product,
    push_subscription,
    quote,
    receipt,
    reminder,
    revision,
    user,
    visit,
    workspace,
)

__all__ = [
    "customer",
    "file",
    "import_draft",
    "letterhead",
    "opportunity",
    "order",
    "pipeline",
    "product",
    "push_subscription",
    "quote",
    "receipt",
    "reminder",
    "revision",
    "user",
    "visit",
    "workspace",
]
