"""The base class of dimensions. A group's key is a text; "" is the group of rows without a value."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement

from server.days import Span
from server.questions.asking import Asking
from server.questions.measures import Measure
from server.translations import Translator


class Dimension:
    name: str
    label: str
    is_time: bool = False
    needs_product_names: bool = False  # the answer's statement reads the names of products too

    def title(self, t: Translator) -> str:
        return t(self.label)

    def fits(self, measure: Measure) -> bool:
        """Whether this measure can be grouped or filtered by it."""
        return True

    def overlaps(self, measure: Measure) -> bool:
        """Whether one row may be in several groups, so that groups do not add up to the total."""
        return False

    def column(self, asking: Asking, measure: Measure, span: Span) -> Any:
        """The SQL expression of the key."""
        raise AttributeError(self.name)

    def spans(self, span: Span) -> Sequence[tuple[str, Span]]:
        """For `is_time`: the keys within `span`, each with its days."""
        raise AttributeError(self.name)

    def is_any_of(
        self, asking: Asking, measure: Measure, span: Span, values: Sequence[str]
    ) -> ColumnElement[bool]:
        """The SQL condition that the key is one of these."""
        chosen: ColumnElement[bool] = self.column(asking, measure, span).in_(values)
        return chosen

    def said(self, asking: Asking, keys: Iterable[str]) -> Mapping[str, str]:
        """The text to show for each key."""
        return {key: key for key in keys}

    def order(self, asking: Asking, span: Span) -> Sequence[str] | None:
        """All keys in their fixed order. None: groups are sorted by value, the greatest first."""
        return None

    def choices(self, asking: Asking) -> Sequence[tuple[str, str]]:
        """The keys that the form offers as filters, each with its text."""
        return ()

    def none(self, asking: Asking) -> str:
        """The text of the key ""."""
        return asking.reader.t("Not said")
