"""Visits and other activities: logging one, correcting it, withdrawing it, planning one."""

from litestar import get, post
from litestar.datastructures import FormMultiDict
from sqlmodel import Session

from server import forms
from server.database import Database
from server.models.refusal import NotAllowed
from server.models.visit import Visit
from server.routes.answers import (
    Answer,
    AnyRequest,
    Page,
    back_of,
    is_for,
    part,
    redirect,
    routed,
    saved,
    screen,
    typed_of,
    wrong_with,
)
from server.routes.customers import OPENED_COOKIE, asked_place
from server.views.customers import picker
from server.views.form import Form
from server.views.plan_form import plan
from server.views.reader import Reader
from server.views.visit_form import Suggested, correction, new_activity, new_visit
from sync.apply import apply
from sync.field_checks import Wrong


@get("/visits/new", sync_to_thread=True)
def show_new(request: AnyRequest, database: Database, reader: Reader) -> Page:
    with database.reading() as session:
        asked = request.query_params
        given = {"note": [asked["note"]]} if asked.get("note") else {}
        form = Form(reader.t, given)
        opened_id = request.cookies.get(OPENED_COOKIE, "")
        whom = Suggested(asked.get("customer", ""), asked.get("visit", ""), asked_place(request), opened_id)
        view = new_visit(session, reader, whom, form)
        return screen(request, reader, "visits/new.html", view, "visit")


@get("/visits/new/customers", sync_to_thread=True)
def show_picker(request: AnyRequest, database: Database, reader: Reader) -> Page:
    with database.reading() as session:
        view = {**picker(session, reader, request.query_params.get("q", "")), "visit_id": reader.new_id()}
        if is_for(request, "ul#picker-list"):
            return part(reader, "visits/_picker_list.html", view)
        if is_for(request, "div#who"):
            return part(reader, "visits/_picker.html", view)
        return screen(request, reader, "visits/customers.html", view, "visit")


@post("/visits", sync_to_thread=True)
def log(request: AnyRequest, database: Database, reader: Reader, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        typed = typed_of(form)
        args = forms.visit(typed, reader.today)
        wrong = wrong_with(session, reader, "visit.log", args, typed)
        if wrong:
            view = new_visit(session, reader, Suggested(), wrong)
            return screen(request, reader, "visits/new.html", view, "visit", 422)
        _attach(session, reader, typed)
        return saved(f"/customers/{args['customer_id']}", "visit", args["visit_id"])


@get("/activities/new", sync_to_thread=True)
def show_new_activity(request: AnyRequest, database: Database, reader: Reader) -> Page:
    with database.reading() as session:
        asked = request.query_params
        form = Form(reader.t, {"kind": [asked.get("kind", "")]})
        view = new_activity(session, reader, asked.get("customer", ""), form)
        return screen(request, reader, "visits/new.html", view, "visit")


@post("/activities", sync_to_thread=True)
def log_activity(request: AnyRequest, database: Database, reader: Reader, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        typed = typed_of(form)
        args = forms.activity(typed, reader.today)
        wrong = wrong_with(session, reader, "activity.log", args, typed)
        if wrong:
            view = new_activity(session, reader, "", wrong)
            return screen(request, reader, "visits/new.html", view, "visit", 422)
        _attach(session, reader, typed)
        return saved(f"/customers/{args['customer_id']}", args["kind"], args["visit_id"])


def _attach(session: Session, reader: Reader, typed: forms.Typed) -> None:
    """Notes the visit's photos. The page has put their bytes into the phone's store, and its service worker sends them
    even if it could not answer this form itself."""
    for args in forms.photos(typed):
        apply(session, reader.user, "visit.attach", args, reader.now)


@get("/visits/{visit_id:str}/correct", sync_to_thread=True)
def show_correction(request: AnyRequest, database: Database, reader: Reader, visit_id: str) -> Page:
    with database.reading() as session:
        view = correction(session, reader, visit_id, Form(reader.t))
        return screen(request, reader, "visits/new.html", view, "visit")


@post("/visits/{visit_id:str}/correction", sync_to_thread=True)
def correct(
    request: AnyRequest, database: Database, reader: Reader, visit_id: str, form: FormMultiDict
) -> Answer:
    with database.writing() as session:
        typed = typed_of(form)
        is_visit = not forms.value(typed, "kind")
        told = (forms.visit if is_visit else forms.activity)(typed, reader.today)
        args = {**told, "corrects": visit_id}
        name = "visit.correct" if is_visit else "activity.correct"
        wrong = wrong_with(session, reader, name, args, typed)
        if wrong:
            return screen(
                request, reader, "visits/new.html", correction(session, reader, visit_id, wrong), "visit", 422
            )
        _attach(session, reader, typed)
        return saved(f"/customers/{args['customer_id']}", "correction")


@post("/visits/{visit_id:str}/withdraw", sync_to_thread=True)
def withdraw(database: Database, reader: Reader, visit_id: str, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        return _taken_back(session, reader, "visit.withdraw", visit_id, form, "undone")


@get("/visits/plan", sync_to_thread=True)
def show_plan(request: AnyRequest, database: Database, reader: Reader) -> Page:
    with database.reading() as session:
        asked = request.query_params
        view = plan(session, reader, asked.get("customer", ""), asked.get("q", ""), Form(reader.t))
        return screen(request, reader, "visits/plan.html", view, "today")


@post("/visits/planned", sync_to_thread=True)
def plan_visit(request: AnyRequest, database: Database, reader: Reader, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        typed = typed_of(form)
        args = forms.plan(typed)
        # Only forms are checked: a plan that a phone sends late was made in time.
        is_over = "" < args.get("planned_on", "") < reader.today.isoformat()
        past = Form(reader.t, typed, {"planned_on": Wrong("date_too_early").error}) if is_over else None
        wrong = past or wrong_with(session, reader, "visit.plan", args, typed)
        if wrong:
            return screen(
                request, reader, "visits/plan.html", plan(session, reader, "", "", wrong), "today", 422
            )
        return saved(f"/customers/{args['customer_id']}", "plan", args["visit_id"])


@post("/visits/{visit_id:str}/cancel", sync_to_thread=True)
def cancel(database: Database, reader: Reader, visit_id: str, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        return _taken_back(session, reader, "visit.cancel", visit_id, form, "cancel")


def _taken_back(
    session: Session, reader: Reader, name: str, visit_id: str, form: FormMultiDict, done: str
) -> Answer:
    apply(session, reader.user, name, {"visit_id": visit_id}, reader.now)
    visit = session.get(Visit, visit_id)
    if visit is None:
        raise NotAllowed
    return saved(back_of(form, f"/customers/{visit.customer_id}"), done)


@post("/share-target", sync_to_thread=False, csrf="harmless")
def share_target() -> Answer:
    """Only the service worker can take what another app shares. Without one, an empty visit is begun."""
    return redirect("/visits/new")


routes = routed([
    show_new, show_picker, log, show_new_activity, log_activity, show_correction, correct, withdraw, show_plan,
    plan_visit, cancel, share_target,
])  # fmt: skip
