"""What is printed above and below quotes, and the terms of contracts. For admins; all others get 404."""

from typing import Final

from litestar import Router, get, post
from litestar.datastructures import FormMultiDict

from server.account_form import AccountForm, check
from server.database import Database
from server.models.letterhead import the_letterhead, write_letterhead
from server.routes.answers import Answer, AnyRequest, Page, routed, saved, screen, typed_of
from server.routes.for_whom import FOR_ADMINS
from server.views.frame import own_toast
from server.views.letterhead import DONE, LETTERHEAD, letterhead_page
from server.views.reader import Reader


@get("/", sync_to_thread=True)
def show(request: AnyRequest, database: Database, admin: Reader) -> Page:
    with database.reading() as session:
        view = letterhead_page(admin, the_letterhead(session))
        done = own_toast(admin, DONE, request.query_params.get("done"))
        return screen(request, admin, "server_only/letterhead.html", {**view, **done}, "more")


@post("/", sync_to_thread=True)
def edit(request: AnyRequest, database: Database, admin: Reader, form: FormMultiDict) -> Answer:
    typed = typed_of(form)
    clean, errors = check(LETTERHEAD, typed)
    with database.writing() as session:
        if errors:
            view = letterhead_page(admin, the_letterhead(session), AccountForm(admin.t, typed, errors))
            return screen(request, admin, "server_only/letterhead.html", view, "more", 422)
        write_letterhead(session, **{name: text or "" for name, text in clean.items()})
        return saved("/letterhead", "saved")


routes: Final = routed([Router("/letterhead", route_handlers=[show, edit], dependencies=FOR_ADMINS)])
