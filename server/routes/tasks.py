"""Tasks for other departments: asking, answering, rating the answer.
Asking and rating work on phones without a signal, too."""

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
from server.views.follow_up_form import new_task
from server.views.form import Form
from server.views.reader import Reader
from server.views.task_pages import found_task, task_page, tasks
from sync.apply import apply


@get("/tasks", sync_to_thread=True)
def show_all(request: AnyRequest, database: Database, reader: Reader) -> Page:
    with database.reading() as session:
        return screen(request, reader, "server_only/tasks.html", tasks(session, reader), "tasks")


@get("/tasks/new", sync_to_thread=True)
def show_new(request: AnyRequest, database: Database, reader: Reader) -> Page:
    with database.reading() as session:
        view = new_task(session, reader, request.query_params.get("customer", ""), Form(reader.t))
        return screen(request, reader, "follow_ups/new.html", view, "customers")


@post("/tasks", sync_to_thread=True)
def ask(request: AnyRequest, database: Database, reader: Reader, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        typed = typed_of(form)
        args = forms.task(typed, reader.today)
        wrong = wrong_with(session, reader, "task.ask", args, typed)
        if wrong:
            view = new_task(session, reader, "", wrong)
            return screen(request, reader, "follow_ups/new.html", view, "customers", 422)
        return saved(f"/customers/{args['customer_id']}", "task", args["task_id"])


@get("/tasks/{task_id:str}", sync_to_thread=True)
def show(request: AnyRequest, database: Database, reader: Reader, task_id: str) -> Page:
    with database.reading() as session:
        view = task_page(session, reader, task_id, Form(reader.t))
        return screen(request, reader, "server_only/task.html", view, "tasks")


@post("/tasks/{task_id:str}/answer", sync_to_thread=True)
def answer(
    request: AnyRequest, database: Database, reader: Reader, task_id: str, form: FormMultiDict
) -> Answer:
    with database.writing() as session:
        found_task(session, reader, task_id)
        typed = typed_of(form)
        args = {"task_id": task_id, "answer": forms.value(typed, "answer")}
        wrong = wrong_with(session, reader, "task.answer", args, typed)
        if wrong:
            view = task_page(session, reader, task_id, wrong)
            return screen(request, reader, "server_only/task.html", view, "tasks", 422)
        return saved("/tasks", "task_answered")


@post("/tasks/{task_id:str}/rate", sync_to_thread=True)
def rate(database: Database, reader: Reader, task_id: str, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        args = {"task_id": task_id, "rating": form.get("rating")}
        apply(session, reader.user, "task.rate", args, reader.now)
        return saved(back_of(form), "task_rated")


@post("/tasks/{task_id:str}/withdraw", sync_to_thread=True)
def withdraw(database: Database, reader: Reader, task_id: str, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        apply(session, reader.user, "task.withdraw", {"task_id": task_id}, reader.now)
        return saved(back_of(form), "taken_back")


routes = routed([show_all, show_new, ask, show, answer, rate, withdraw])
