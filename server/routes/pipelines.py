"""Pipelines and their stages. For admins; all others get 404."""

from collections.abc import Iterable
from typing import Any, Final

from litestar import Router, get, post
from litestar.datastructures import FormMultiDict
from sqlmodel import Session

from server.account_form import NAME_TAKEN, AccountForm, check, said
from server.database import Database
from server.models.identity import is_id, new_id
from server.models.pipeline import DEFAULT_PIPELINE, Pipeline, pipelines
from server.models.refusal import NotAllowed
from server.models.restaging import held_by_pipeline, held_by_stage, restage
from server.models.turns import wait_for_others
from server.pipeline_form import check_pipeline
from server.routes.answers import Answer, AnyRequest, Page, routed, saved, screen, typed_of
from server.routes.for_whom import FOR_ADMINS
from server.translations import msgid
from server.views.frame import own_toast
from server.views.opportunity_form import pipeline_name
from server.views.pipelines import DONE, pipeline_editor, pipelines_list
from server.views.reader import Reader
from sync.changes import Arg

NAME: Final = {"name": Arg("text", required=True, max=60)}
NAMES: Final = "names of pipelines"
STILL_OPEN: Final = msgid("Opportunities are still open in it (%(count)s). Win or lose them first.")


@get("/", sync_to_thread=True)
def show_all(request: AnyRequest, database: Database, admin: Reader) -> Page:
    with database.reading() as session:
        return _list(request, session, admin, AccountForm(admin.t))


@post("/", sync_to_thread=True)
def create(request: AnyRequest, database: Database, admin: Reader, form: FormMultiDict) -> Answer:
    """A new pipeline begins with the stages of the one that comes with Legwork."""
    with database.writing() as session:
        wait_for_others(session, NAMES)
        entered = typed_of(form)
        clean, errors = check(NAME, entered)
        all_pipelines = pipelines(session)
        errors = errors or _taken(all_pipelines, clean["name"], admin)
        if errors:
            return _list(request, session, admin, AccountForm(admin.t, entered, errors), 422)
        stages = [dict(stage) for stage in session.get_one(Pipeline, DEFAULT_PIPELINE).stages]
        position = max(one.position for one in all_pipelines) + 1
        made = Pipeline(id=new_id(), name=clean["name"], position=position, stages=stages)
        session.add(made)
        return saved(f"/pipelines/{made.id}", "saved")


@get("/{pipeline_id:str}", sync_to_thread=True)
def show(request: AnyRequest, database: Database, admin: Reader, pipeline_id: str) -> Page:
    with database.reading() as session:
        pipeline = _one(session, pipeline_id)
        view = pipeline_editor(admin, pipeline, held_by_stage(session, pipeline.id))
        done = own_toast(admin, DONE, request.query_params.get("done"))
        return screen(request, admin, "server_only/pipeline.html", {**view, **done}, "more")


@post("/{pipeline_id:str}", sync_to_thread=True)
def edit(
    request: AnyRequest, database: Database, admin: Reader, pipeline_id: str, form: FormMultiDict
) -> Answer:
    with database.writing() as session:
        wait_for_others(session, NAMES)
        pipeline = _one(session, pipeline_id, lock=True)
        entered, held = typed_of(form), held_by_stage(session, pipeline.id)
        clean, errors = check_pipeline(pipeline.stages, entered, held)
        if pipeline.id != DEFAULT_PIPELINE and not clean["name"] and "name" not in errors:
            errors["name"] = {"code": "required", "params": {}}
        others = [one for one in pipelines(session) if one.id != pipeline.id]
        errors = errors or _taken(others, clean["name"], admin)
        if errors:
            view = pipeline_editor(admin, pipeline, held, entered, errors)
            return screen(request, admin, "server_only/pipeline.html", view, "more", 422)
        restage(session, pipeline, admin.user, admin.now, **clean)
        return saved(f"/pipelines/{pipeline.id}", "saved")


@post("/{pipeline_id:str}/retire", sync_to_thread=True)
def retire(request: AnyRequest, database: Database, admin: Reader, pipeline_id: str) -> Answer:
    """Retires a pipeline: it takes no new opportunities. Refused while some are still open in it."""
    with database.writing() as session:
        pipeline = _one(session, pipeline_id, lock=True)
        if pipeline.id == DEFAULT_PIPELINE:
            raise NotAllowed
        held = held_by_stage(session, pipeline.id)
        count = sum(held.get(stage["key"], 0) for stage in pipeline.stages if stage["kind"] == "open")
        if count:
            why = admin.t(STILL_OPEN, count=count)
            view = pipeline_editor(admin, pipeline, held, refused=why)
            return screen(request, admin, "server_only/pipeline.html", view, "more", 422)
        pipeline.retired_at = pipeline.retired_at or admin.now
        return saved("/pipelines", "retired")


@post("/{pipeline_id:str}/reopen", sync_to_thread=True)
def reopen(database: Database, admin: Reader, pipeline_id: str) -> Answer:  # noqa: ARG001 (asks who it is)
    with database.writing() as session:
        _one(session, pipeline_id).retired_at = None
        return saved("/pipelines", "reopened")


def _taken(all_pipelines: Iterable[Pipeline], name: str, admin: Reader) -> dict[str, Any]:
    """Refuses a name that another pipeline has: boards, forms and reports tell pipelines apart only by name."""
    taken = any(pipeline_name(one, admin).casefold() == name.casefold() for one in all_pipelines)
    return {"name": said(NAME_TAKEN)} if taken else {}


def _one(session: Session, pipeline_id: str, *, lock: bool = False) -> Pipeline:
    """`lock`: no opportunity moves in it until the transaction ends."""
    pipeline = session.get(Pipeline, pipeline_id, with_for_update=lock) if is_id(pipeline_id) else None
    if pipeline is None:
        raise NotAllowed
    return pipeline


def _list(request: AnyRequest, session: Session, admin: Reader, form: AccountForm, status: int = 200) -> Page:
    done = own_toast(admin, DONE, request.query_params.get("done"))
    view = pipelines_list(admin, pipelines(session), held_by_pipeline(session), form)
    return screen(request, admin, "server_only/pipelines.html", {**view, **done}, "more", status)


PAGES: Final = [show_all, create, show, edit, retire, reopen]
routes: Final = routed([Router("/pipelines", route_handlers=PAGES, dependencies=FOR_ADMINS)])
