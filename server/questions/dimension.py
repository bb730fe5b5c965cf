"""What every dimension has. Each group of one has a text for a key: "" is none."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement

from server.questions.asking import Asking
from server.questions.measures import Measure
from server.translations import Translator
from server.views.activity import Span


class Dimension:
    name: str
    label: str
    is_time: bool = False
    named_along: bool = False  # names of products come with the answer

    def title(self, t: Translator) -> str:
        return t(self.label)

    def fits(self, measure: Measure) -> bool:
        return True

    def multiplies(self, measure: Measure) -> bool:
        """Whether one thing may be in several groups."""
        return False

    def column(self, asking: Asking, measure: Measure, span: Span) -> Any:
        raise AttributeError(self.name)

    def spans(self, span: Span) -> Sequence[tuple[str, Span]]:
        """Of a time: its keys, and which days each is."""
        raise AttributeError(self.name)

    def holds(
        self, asking: Asking, measure: Measure, span: Span, values: Sequence[str]
    ) -> ColumnElement[bool]:
        chosen: ColumnElement[bool] = self.column(asking, measure, span).in_(values)
        return chosen

    def said(self, asking: Asking, keys: Iterable[str]) -> Mapping[str, str]:
        return {key: key for key in keys}

    def order(self, asking: Asking, span: Span) -> Sequence[str] | None:
        """Those that come in an order of their own. None: the greatest first."""
        return None

    def choices(self, asking: Asking) -> Sequence[tuple[str, str]]:
        """What it can be narrowed to by a tap."""
        return ()

    def none(self, asking: Asking) -> str:
        return asking.reader.t("Not said")
