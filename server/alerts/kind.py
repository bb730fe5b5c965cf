"""The base class of alert kinds: the figure, its limit, the rows behind it, the sentence that tells it."""

from collections.abc import Mapping
from typing import Any, Final

from server.questions.measures import Measure
from server.translations import Translator, msgid
from sync.changes import Arg

Terms = Mapping[str, Any]  # what the owner of an alert chose: the values of AlertKind.specs, by name
LIMIT: Final = Arg("integer", required=True, min=1, max=100_000)
DAYS: Final = Arg("integer", required=True, min=1, max=365)


class AlertKind:
    name: str
    label: str
    limit_label: str = msgid("At least how many")
    specs: Mapping[str, Arg] = {"limit": LIMIT}
    usual: Mapping[str, int] = {"limit": 10}  # the form's initial values

    def measure(self, terms: Terms) -> Measure:
        """Its total is compared with the limit."""
        raise AttributeError(self.name)

    def behind(self, terms: Terms) -> Measure:
        """The measure whose rows are listed, where it is another one."""
        return self.measure(terms)

    def said(self, t: Translator, terms: Terms, number: int) -> str:
        """The sentence of the notification. `number`: the figure."""
        raise AttributeError(self.name)

    def limit_said(self, t: Translator, terms: Terms) -> str:
        return t("You asked to hear of it at %(limit)s or more.", limit=terms["limit"])
