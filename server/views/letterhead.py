"""The page of the letterhead. Rendered by the server only."""

from typing import Any, Final

from server.account_form import AccountForm
from server.models.letterhead import LONGEST_LINES, LONGEST_TERMS, Letterhead
from server.translations import msgid
from server.views.reader import Reader
from sync.changes import NAME, Arg

DONE: Final = {"saved": msgid("Saved. Phones have it with their next sync.")}
LETTERHEAD: Final = {
    "name": Arg("text", required=True, max=NAME),
    "lines": Arg("text", max=LONGEST_LINES, multiline=True),
    "footer": Arg("text", max=LONGEST_LINES, multiline=True),
    "terms": Arg("text", max=LONGEST_TERMS, multiline=True),
}


def letterhead_page(
    reader: Reader, row: Letterhead | None, form: AccountForm | None = None
) -> dict[str, Any]:
    t = reader.t
    written = {name: [getattr(row, name)] for name in LETTERHEAD} if row else {}
    form = form or AccountForm(t, written)
    return {
        "title": t("Letterhead"),
        "name": form.field("name", t("Name of the company")),
        "lines": form.field("lines", t("Address, phone, tax number")),
        "footer": form.field("footer", t("At the foot: bank, terms")),
        "terms": form.field("terms", t("Terms of a contract")),
    }
