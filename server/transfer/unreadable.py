"""Why a file cannot be imported: a sentence (msgid) and its parameters."""

from typing import Any


class Unreadable(Exception):  # noqa: N818 - an answer, not a failure
    def __init__(self, sentence: str, **params: Any) -> None:
        super().__init__(sentence)
        self.sentence, self.params = sentence, params
