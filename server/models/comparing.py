"""How a competitor seen at a customer compares with us: a sentence, and tags to find it by."""

from typing import TYPE_CHECKING, Any, Final

from server.models.field_history import remember

if TYPE_CHECKING:
    from server.models.act import Act

LONGEST_NOTE: Final = 500
MOST_TAGS: Final = 10


def compare(
    act: "Act", *, customer_id: str, competitor: str, note: str | None = None, tags: list[str] | None = None
) -> None:
    """The last change to arrive wins; what was there before goes to the history.
    With neither note nor tags the comparison is removed."""
    customer = act.editable(customer_id)
    before = customer.comparisons.get(competitor)
    after = compared(note, tags)
    if before == after:
        return
    others = {name: kept for name, kept in customer.comparisons.items() if name != competitor}
    customer.comparisons = {**others, **({competitor: after} if after else {})}
    remember(act, customer, f"comparison.{competitor}", before, after)


def compared(note: str | None, tags: list[str] | None) -> dict[str, Any] | None:
    each = list(dict.fromkeys(tags or ()))
    return {"note": note, "tags": each} if note or each else None


def said_of(comparison: dict[str, Any] | None) -> str | None:
    """As the history and exports print it: `[cheap, late] 4 % cheaper`."""
    if comparison is None:
        return None
    tags = f"[{', '.join(comparison['tags'])}]" if comparison["tags"] else ""
    return " ".join(part for part in (tags, comparison["note"]) if part)
