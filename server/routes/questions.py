"""Questions about figures, for managers, executives and admins. Each is answered from what its reader may see."""

from collections import defaultdict
from dataclasses import replace
from typing import Any, Final

from litestar import Response, Router, get, post
from litestar.datastructures import FormMultiDict
from sqlmodel import Session

from server.account_form import AccountForm, check
from server.database import Database
from server.models import question as kept_questions
from server.models.question import LONGEST_NAME, own_question, pinned_ids, question_for
from server.models.refusal import NotAllowed
from server.models.scope import MANAGING_ROLES
from server.questions import definition as definitions
from server.questions.answering import Answer as Told
from server.questions.answering import Question, answers
from server.questions.asking import Asking
from server.questions.dimensions import dimensions_of
from server.routes.answers import (
    Answer,
    AnyRequest,
    Page,
    as_file,
    routed,
    saved,
    screen,
    typed_of,
    without_done,
)
from server.routes.for_whom import FOR_LEADERS
from server.routes.transfer import XLSX
from server.transfer.answers import csv_text, xlsx_bytes
from server.views.acting import Acting
from server.views.frame import own_toast
from server.views.question_answer import sheet_of, title_of
from server.views.question_rows import rows_view
from server.views.questions import DONE, PATH, editor, question_page, questions_page
from server.views.reader import Reader
from server.views.rows import offset_of
from sync.changes import Arg
from sync.field_checks import CURRENCY

NAME: Final = {"name": Arg("text", required=True, max=LONGEST_NAME)}
LONGEST: Final = Arg("text", max=LONGEST_NAME)


@get("/", sync_to_thread=True)
def show_all(request: AnyRequest, database: Database, leader: Reader) -> Page:
    with database.reading() as session:
        view = questions_page(session, leader, pinned_ids(session, leader.user))
    return screen(request, leader, "server_only/questions.html", {**view, **_done(request, leader)}, "team")


@get("/new", sync_to_thread=True)
def ask(request: AnyRequest, database: Database, leader: Reader) -> Page:
    with database.reading() as session:
        kept_id = request.query_params.get("id", "")
        kept = own_question(session, leader.user, kept_id) if kept_id else None
        view = editor(session, leader, _asked(request), kept)
    return screen(request, leader, "server_only/question_editor.html", view, "team")


def _asked(request: AnyRequest) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, value in request.query_params.multi_items():
        if name != "id":
            found[name].append(value)
    return dict(found)


@get("/list", sync_to_thread=True)
def rows(request: AnyRequest, database: Database, leader: Reader) -> Page:
    with database.reading() as session:
        question = replace(_question(session, leader, request), currency=_currency(request))
        acting = Acting(leader, question.asking.reps, without_done(request))
        view = rows_view(question, offset_of(request.query_params), acting)
        told = acting.done(request.query_params)
    return screen(request, leader, "server_only/team_list.html", {**view, **told}, "team")


def _currency(request: AnyRequest) -> str:
    """The currency of the number whose rows are listed; "" if it has none."""
    text = request.query_params.get("currency", "")
    return text if CURRENCY.fullmatch(text) else ""


def _question(session: Session, leader: Reader, request: AnyRequest) -> Question:
    asking = Asking(session, leader)
    dimensions = dimensions_of(asking)
    definition, _ = definitions.check(_asked(request), dimensions, leader.t)
    if definition is None:
        raise NotAllowed
    return Question(asking, definition, dimensions)


@get("/export.csv", sync_to_thread=True)
def as_csv(request: AnyRequest, database: Database, leader: Reader) -> Response[str]:
    with database.reading() as session:
        question = _question(session, leader, request)
        text = csv_text(sheet_of(_answer(question)))
    return Response(text, media_type="text/csv", headers=_as_file(question, "csv"))


@get("/export.xlsx", sync_to_thread=True)
def as_xlsx(request: AnyRequest, database: Database, leader: Reader) -> Response[bytes]:
    with database.reading() as session:
        question = _question(session, leader, request)
        rows = sheet_of(_answer(question))
    return Response(xlsx_bytes(rows, leader.t("Answer")), media_type=XLSX, headers=_as_file(question, "xlsx"))


def _answer(question: Question) -> Told:
    return answers(question.asking, [question])[0]


def _as_file(question: Question, ending: str) -> dict[str, str]:
    return as_file(f"{question.measure.name}-{question.asking.reader.today}.{ending}")


@post("/", sync_to_thread=True)
def keep(request: AnyRequest, database: Database, leader: Reader, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        values, again = _checked(session, request, leader, form)
        if again is not None:
            return again
        made = kept_questions.save(session, leader.user, leader.now, **values)
        return saved(f"{PATH}/{made.id}", "saved")


def _checked(
    session: Session,
    request: AnyRequest,
    leader: Reader,
    form: FormMultiDict,
    kept: kept_questions.Question | None = None,
) -> tuple[dict[str, Any], Page | None]:
    """The values to save and None; or {} and the form again, with what was typed."""
    typed = typed_of(form)
    clean, errors = check({"name": LONGEST}, typed)
    asking = Asking(session, leader)
    dimensions = dimensions_of(asking)
    definition, _ = definitions.check(typed, dimensions, leader.t)
    if errors or definition is None:
        view = editor(session, leader, {"measure": [""], **typed}, kept, errors)
        return {}, screen(request, leader, "server_only/question_editor.html", view, "team", 422)
    roles = [str(role) for role in MANAGING_ROLES if role in typed.get("shared_with", ())]
    name = clean["name"] or title_of(Question(asking, definition, dimensions))[:LONGEST_NAME]
    return {"name": name, "definition": definition.as_json(), "shared_with": roles}, None


@get("/{question_id:str}", sync_to_thread=True)
def show(request: AnyRequest, database: Database, leader: Reader, question_id: str) -> Page:
    with database.reading() as session:
        kept = question_for(session, leader.user, question_id)
        is_pinned = kept.id in pinned_ids(session, leader.user)
        view = question_page(session, leader, kept, is_pinned)
    return screen(request, leader, "server_only/question.html", {**view, **_done(request, leader)}, "team")


def _done(request: AnyRequest, leader: Reader) -> dict[str, Any]:
    return own_toast(leader, DONE, request.query_params.get("done"))


@post("/{question_id:str}", sync_to_thread=True)
def change(
    request: AnyRequest, database: Database, leader: Reader, question_id: str, form: FormMultiDict
) -> Answer:
    with database.writing() as session:
        kept = own_question(session, leader.user, question_id)
        values, again = _checked(session, request, leader, form, kept)
        if again is not None:
            return again
        for name, value in values.items():
            setattr(kept, name, value)
        return saved(f"{PATH}/{kept.id}", "saved")


@post("/{question_id:str}/name", sync_to_thread=True)
def rename(
    request: AnyRequest, database: Database, leader: Reader, question_id: str, form: FormMultiDict
) -> Answer:
    """Changes the name, and the roles it is shared with."""
    with database.writing() as session:
        kept, typed = own_question(session, leader.user, question_id), typed_of(form)
        clean, errors = check(NAME, typed)
        if errors:
            is_pinned = kept.id in pinned_ids(session, leader.user)
            again = AccountForm(leader.t, typed, errors)
            view = question_page(session, leader, kept, is_pinned, again)
            return screen(request, leader, "server_only/question.html", view, "team", 422)
        kept.name = clean["name"]
        kept.shared_with = [str(role) for role in MANAGING_ROLES if role in typed.get("shared_with", ())]
        return saved(f"{PATH}/{kept.id}", "saved")


@post("/{question_id:str}/pin", sync_to_thread=True)
def pin(database: Database, leader: Reader, question_id: str, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        kept = question_for(session, leader.user, question_id)
        path = f"{PATH}/{kept.id}"
        if form.get("pinned") == "yes":
            return saved(path, "pinned" if kept_questions.pin(session, leader.user, kept) else "full")
        kept_questions.unpin(session, leader.user, kept)
        return saved(path, "unpinned")


@post("/{question_id:str}/delete", sync_to_thread=True)
def delete(database: Database, leader: Reader, question_id: str) -> Answer:
    with database.writing() as session:
        kept_questions.forget(session, own_question(session, leader.user, question_id))
        return saved(PATH, "deleted")


_handlers: Final[list[Any]] = [
    show_all, ask, rows, as_csv, as_xlsx, keep, show, change, rename, pin, delete,
]  # fmt: skip
routes: Final = routed([Router(PATH, route_handlers=_handlers, dependencies=FOR_LEADERS)])
