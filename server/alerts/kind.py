"""What every kind of alert has: a figure, its limit, its rows, its sentence."""

from collections.abc import Mapping
from typing import Any, Final

from server.questions.measures import Measure
from server.translations import Translator, msgid
from sync.changes import Arg

Terms = Mapping[str, Any]
LIMIT: Final = Arg("integer", required=True, min=1, max=100_000)
DAYS: Final = Arg("integer", required=True, min=1, max=365)


class AlertKind:
    name: str
    label: str
    limit_label: str = msgid("From how many on")
    specs: Mapping[str, Arg] = {"limit": LIMIT}
    usual: Mapping[str, int] = {"limit": 10}  # what its form begins with

    def measure(self, terms: Terms) -> Measure:
        """Whose number is compared with the limit."""
        raise AttributeError(self.name)

    def behind(self, terms: Terms) -> Measure:
        """Whose rows are shown."""
        return self.measure(terms)

    def said(self, t: Translator, terms: Terms, number: int) -> str:
        raise AttributeError(self.name)

    def limit_said(self, t: Translator, terms: Terms) -> str:
        return t("You asked to hear of it from %(limit)s on.", limit=terms["limit"])
