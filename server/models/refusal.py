"""Why a change is not applied: a code for programs, and a sentence (a msgid) for the person who asked."""

from collections.abc import Callable
from typing import Any

# msgids: `t(sentence, **params)` gives the words in the reader's language.
SENTENCES = {
    "unknown_change": "This version of Legwork does not know this kind of entry yet. It is kept, and nothing is lost.",
    "invalid": "Some of what was entered cannot be right. It is kept so that you can correct it.",
    "not_allowed": "This is not yours to change, or it is no longer there.",
    "conflict": "Somebody changed this in the meantime. Please look and decide.",
    "deleted": "This customer was deleted in the meantime. A manager can restore it.",
    "depends_on_parked": "This waits for an earlier entry that needs your attention.",
    "error": "Something went wrong on the server. The entry is kept.",
}


class Refused(Exception):  # noqa: N818  (an answer, not a failure)
    """A verb raises it before it has written anything."""

    def __init__(
        self, code: str, sentence: str | None = None, detail: dict[str, Any] | None = None, **params: Any
    ) -> None:
        super().__init__(code)
        self.code = code
        self.sentence = sentence or SENTENCES[code]
        self.detail = detail or {}
        self.params = params

    def said(self, t: Callable[..., str]) -> str:
        return t(self.sentence, **self.params)


class NotAllowed(Refused):
    """Raised alike for what does not exist and for what the user may not see, so that nobody learns what exists."""

    def __init__(self) -> None:
        super().__init__("not_allowed")


class Invalid(Refused):
    """`fields`: `{field: {"code": …, "params": {…}}}`, as sync/validation.py gives them."""

    def __init__(self, fields: dict[str, Any]) -> None:
        super().__init__("invalid", detail={"fields": fields})

    @property
    def fields(self) -> dict[str, Any]:
        fields: dict[str, Any] = self.detail["fields"]
        return fields
