"""What may be printed into a page. Twin of `printable` in pwa/template_runtime.js."""

from typing import Any, Final

from jinja2 import Undefined

LARGEST_INTEGER: Final = 2**53 - 1  # beyond it JavaScript rounds


def printable(value: Any) -> str | int:
    """Text and whole numbers print the same on both hosts; a view that hands over more has a mistake."""
    if isinstance(value, str):
        return value
    if isinstance(value, Undefined):
        str(value)  # StrictUndefined says which name is missing
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_INTEGER:
        return value
    raise TypeError(f"cannot print {value!r} ({type(value).__name__}): a view finishes its words")
