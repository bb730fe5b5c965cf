"""The actions of a row in a list behind a number: write to its rep, give the customer's owner something to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from server.models.customer import Customer
from server.models.scope import leads
from server.models.user import User
from server.views.reader import Reader


@dataclass(frozen=True)
class Acting:
    """`reps`: whose rows are listed. `here`: the list's address, to come back to."""

    reader: Reader
    reps: Sequence[User]
    here: str

    def writing_to(self, rep_id: str | None, about: str = "") -> dict[str, str]:
        """A link to write to the rep; nothing if they are not among `reps`."""
        rep = self._rep(rep_id)
        if rep is None:
            return {}
        subject = f"?{urlencode({'subject': about}, quote_via=quote)}" if about else ""
        return {
            "write_href": f"mailto:{quote(rep.email, safe='@')}{subject}",
            "write_label": self.reader.t("Write to %(name)s", name=rep.name),
        }

    def at(self, customer: Customer, rep_id: str | None, about: str = "") -> dict[str, str]:
        written, owner = self.writing_to(rep_id, about or customer.name), self._rep(customer.owner_id)
        if owner is None or not leads(self.reader.user, owner):
            return written
        return {
            **written,
            "give_href": f"/customers/{customer.id}/give?{urlencode({'back': self.here})}",
            "give_label": self.reader.t("Give %(name)s something to do", name=owner.name),
        }

    def done(self, told: Mapping[str, str]) -> dict[str, Any]:
        """The toast after something was given from this list."""
        rep = self._rep(told.get("id"))
        if told.get("done") != "given" or rep is None:
            return {}
        text = self.reader.t("Given to %(name)s", name=rep.name)
        return {"toast": {"text": text, "undo_href": "", "fields": []}}

    def _rep(self, rep_id: str | None) -> User | None:
        return next((one for one in self.reps if one.id == rep_id), None)
