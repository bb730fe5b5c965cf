"""Follow-ups: making one, completing it, moving it."""

from litestar import get, post
from litestar.datastructures import FormMultiDict

from server import forms
from server.database import Database
from server.routes.answers import (
    Answer,
    AnyRequest,
    Page,
    back_of,
    routed,
    saved,
    screen,
    typed_of,
    wrong_with,
)
from server.views.follow_up_form import new_follow_up
from server.views.form import Form
from server.views.reader import Reader
from sync.apply import apply


@get("/follow-ups/new", sync_to_thread=True)
def show_new(request: AnyRequest, database: Database, reader: Reader) -> Page:
    with database.reading() as session:
        view = new_follow_up(session, reader, request.query_params.get("customer", ""), Form(reader.t))
        return screen(request, reader, "follow_ups/new.html", view, "customers")


@post("/follow-ups", sync_to_thread=True)
def create(request: AnyRequest, database: Database, reader: Reader, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        typed = typed_of(form)
        args = forms.follow_up(typed, reader.today)
        wrong = wrong_with(session, reader, "follow_up.create", args, typed)
        if wrong:
            view = new_follow_up(session, reader, "", wrong)
            return screen(request, reader, "follow_ups/new.html", view, "customers", 422)
        return saved(f"/customers/{args['customer_id']}", "follow_up")


@post("/follow-ups/{follow_up_id:str}/complete", sync_to_thread=True)
def complete(database: Database, reader: Reader, follow_up_id: str, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        apply(session, reader.user, "follow_up.complete", {"follow_up_id": follow_up_id}, reader.now)
        return saved(back_of(form), "complete", follow_up_id)


@post("/follow-ups/{follow_up_id:str}/reopen", sync_to_thread=True)
def reopen(database: Database, reader: Reader, follow_up_id: str, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        apply(session, reader.user, "follow_up.reopen", {"follow_up_id": follow_up_id}, reader.now)
        return saved(back_of(form), "undone")


@post("/follow-ups/{follow_up_id:str}/snooze", sync_to_thread=True)
def snooze(database: Database, reader: Reader, follow_up_id: str, form: FormMultiDict) -> Answer:
    """`was`: the day on which it was due before, so that Undo can move it back. Undo sends the same form without it."""
    with database.writing() as session:
        args = {"follow_up_id": follow_up_id, "due_on": form.get("due_on")}
        apply(session, reader.user, "follow_up.snooze", args, reader.now)
        was = str(form.get("was") or "")
        return saved(back_of(form), "snooze", follow_up_id, was) if was else saved(back_of(form), "undone")


routes = routed([show_new, create, complete, reopen, snooze])
