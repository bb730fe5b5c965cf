"""Quotas of territories and reps. For those who may set them; all others get 404."""

from collections.abc import Mapping
from typing import Any, Final

from litestar import get, post
from litestar.datastructures import FormMultiDict
from sqlmodel import Session, col, select

from server.database import Database
from server.models import quota
from server.models import territory as territories
from server.models.refusal import NotAllowed
from server.models.scope import ALL_SEEING_ROLES
from server.models.user import User
from server.models.workspace import Territory
from server.routes.answers import Answer, AnyRequest, Page, redirect, routed, screen, typed_of
from server.views.form import Errors, Typed
from server.views.frame import own_toast
from server.views.opportunity_form import currency_sold_in
from server.views.quotas import DONE, NOBODYS, Sheet, check, copied, quarter_asked, quotas, year_of
from server.views.reader import Reader


@get("/quotas", sync_to_thread=True)
def show(request: AnyRequest, database: Database, reader: Reader) -> Page:
    with database.reading() as session:
        return _page(request, _sheet(session, reader, request.query_params))


@post("/quotas", sync_to_thread=True)
def save(request: AnyRequest, database: Database, reader: Reader, form: FormMultiDict) -> Answer:
    typed = typed_of(form)
    with database.writing() as session:
        sheet = _sheet(session, reader, form, lock=True)
        if quarter := quarter_asked(str(form.get("copy") or ""), sheet):
            return _page(request, sheet, copied(sheet, typed, quarter))
        changes, errors = check(sheet, typed)
        if errors:
            return _page(request, sheet, typed, errors, 422)
        for row, quarter, amount, currency in changes:
            quota.keep(row, quarter, amount, currency, reader.company_zone)
        return redirect(sheet.href(done="saved"))


def _page(
    request: AnyRequest,
    sheet: Sheet,
    typed: Typed | None = None,
    errors: Errors | None = None,
    status: int = 200,
) -> Page:
    view = quotas(sheet, typed, errors)
    done = own_toast(sheet.reader, DONE, request.query_params.get("done"))
    page = screen(request, sheet.reader, "server_only/quotas.html", {**view, **done}, "team", status)
    if "HX-Replace-Url" in page.headers:
        # With territory and year, which the form's address lacks.
        page.headers["HX-Replace-Url"] = sheet.href()
    return page


def _sheet(session: Session, reader: Reader, asked: Mapping[str, Any], *, lock: bool = False) -> Sheet:
    """The quotas of the territory that was asked for, or of the first that the reader may set.
    Raises NotAllowed for any other."""
    places = territories.settable_by(session, reader.user)
    wanted = str(asked.get("territory") or "")
    place = next((one for one in places if one.id == wanted), None)
    may_see_all = reader.user.role in ALL_SEEING_ROLES
    if place is None and not (may_see_all and (wanted == NOBODYS or not places)):
        if wanted or not places:
            raise NotAllowed
        place = places[0]
    rows: list[User | Territory] = [] if place is None else [_locked(session, place) if lock else place]
    rows += quota.reps_of(session, place.id if place else None, lock=lock)
    shown, sold_in = places if may_see_all else [], currency_sold_in(session, reader)
    return Sheet(
        reader, shown, place.id if place else NOBODYS, year_of(asked, reader.company_today), rows, sold_in
    )


def _locked(session: Session, place: Territory) -> Territory:
    query = select(Territory).where(col(Territory.id) == place.id).with_for_update()
    return session.exec(query.execution_options(populate_existing=True)).one()


routes: Final = routed([show, save])
