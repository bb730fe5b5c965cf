"""Giving customers out of the pool to somebody, many at once."""

from typing import Annotated, Any, Final
from urllib.parse import urlencode

from litestar import get, post
from litestar.datastructures import FormMultiDict
from litestar.params import Parameter
from sqlmodel import Session

from server import forms
from server.account_form import AccountForm
from server.database import Database
from server.models import handing_over
from server.routes.answers import Answer, AnyRequest, Page, redirect, routed, saved, screen, typed_of
from server.views import accounts
from server.views.frame import own_toast
from server.views.pool import pool, pool_of, takers
from server.views.reader import Reader
from sync.apply import apply
from sync.field_checks import Wrong

Search = Annotated[str, Parameter(query="q", max_length=200)]


@get("/pool", sync_to_thread=True)
def show(request: AnyRequest, database: Database, reader: Reader, q: Search = "") -> Page:
    with database.reading() as session:
        return _page(session, request, reader, q, AccountForm(reader.t, {}, {}))


@post("/pool", sync_to_thread=True)
def hand_over(request: AnyRequest, database: Database, reader: Reader, form: FormMultiDict) -> Answer:
    typed = typed_of(form)
    to, q = forms.value(typed, "taker"), forms.value(typed, "q")
    with database.reading() as session:
        if to not in {person.id for person in takers(session, reader)}:
            wrong = AccountForm(reader.t, typed, {"taker": Wrong("unknown_choice").error})
            return _page(session, request, reader, q, wrong, 422)
    if all_handed_over(database, reader, pool_of(reader, q), None, to):
        return saved("/customers", "owner")
    return redirect(f"/pool?{urlencode({'q': q, 'done': 'handed_over_in_part'})}")


def _page(
    session: Session,
    request: AnyRequest,
    reader: Reader,
    q: str,
    form: AccountForm,
    status: int = 200,
) -> Page:
    done = own_toast(reader, accounts.DONE, request.query_params.get("done"))
    view = {**pool(session, reader, q, form), **done}
    return screen(request, reader, "server_only/pool.html", view, "customers", status)


def all_handed_over(database: Database, reader: Reader, chosen: Any, from_id: str | None, to: str) -> bool:
    """Gives the chosen customers to another owner, and returns whether that was all of them. It takes several
    transactions, so that other writers wait for none of them long, and stops after as many as a browser waits for."""
    for _ in range(handing_over.MOST_PARTS):
        with database.writing() as session:
            part = handing_over.some_of(session, chosen)
            for customer_id in part:
                given = {"customer_id": customer_id, "from": from_id, "to": to}
                apply(session, reader.user, "customer.assign", given, reader.now)
        if len(part) < handing_over.MOST_AT_ONCE:
            return True
    return False


routes: Final = routed([show, hand_over])
