"""Customers without an owner, to be handed over. Rendered by the server only."""

from typing import Any
from urllib.parse import urlencode

from sqlmodel import Session

from server.account_form import AccountForm
from server.models import handing_over
from server.models.refusal import NotAllowed
from server.models.scope import may_manage
from server.models.user import User
from server.views.accounts import choice
from server.views.reader import Reader
from server.views.search import searched


def pool_of(reader: Reader, q: str) -> Any:
    return searched(handing_over.of_nobody(reader.user), q)


def takers(session: Session, reader: Reader) -> list[User]:
    if not may_manage(reader.user):
        raise NotAllowed
    return handing_over.to_whom(session, reader.user)


def pool(session: Session, reader: Reader, q: str, form: AccountForm) -> dict[str, Any]:
    t, people = reader.t, takers(session, reader)
    count = handing_over.count_of(session, pool_of(reader, q))
    return {
        "title": t("Pool"),
        "q": q,
        "back": "/customers?" + urlencode({"show": "pool", "q": q}),
        "found_by": t("Found by “%(q)s”.", q=q) if q else "",
        "held": t.n("Nobody looks after %(n)s customer.", "Nobody looks after these %(n)s customers.", count)
        if count
        else "",
        "nobody": "" if people else t("Nobody sells here yet. An admin adds reps under More → People."),
        "taker": choice(form, "taker", t("Hand them over to"), t("Please choose"), people),
    }
