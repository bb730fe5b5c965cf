"""Alerts that managers, executives and admins set for themselves. Each counts only what its owner may see."""

from typing import Any, Final

from litestar import Router, get, post
from litestar.datastructures import FormMultiDict
from sqlmodel import Session

from server.account_form import AccountForm
from server.alerts.kind import AlertKind
from server.alerts.kinds import KINDS
from server.database import Database
from server.models import alert as alerts
from server.models.alert import MOST_ALERTS, Alert, alerts_of, own_alert
from server.models.refusal import NotAllowed
from server.models.turns import wait_for_others
from server.questions.asking import Asking
from server.routes.answers import Answer, AnyRequest, Page, routed, saved, screen, typed_of, without_done
from server.routes.for_whom import FOR_LEADERS
from server.views.alerts import DONE, FULL, PATH, alert_form, alert_page, alerts_page, check_alert
from server.views.frame import own_toast
from server.views.reader import Reader


@get("/", sync_to_thread=True)
def show_all(request: AnyRequest, database: Database, leader: Reader) -> Page:
    with database.reading() as session:
        view = alerts_page(session, leader, _known(alerts_of(session, leader.user)))
    done = own_toast(leader, DONE, request.query_params.get("done"))
    return screen(request, leader, "server_only/alerts.html", {**view, **done}, "team")


def _known(found: Any) -> list[Alert]:
    """Without alerts of a kind that an earlier version had and this one has not."""
    return [alert for alert in found if alert.kind in KINDS]


@get("/new", sync_to_thread=True)
def begin(request: AnyRequest, database: Database, leader: Reader) -> Page:
    with database.reading() as session:
        kind = _kind(request.query_params.get("kind", ""))
        return _form(request, session, leader, kind)


def _kind(name: str) -> AlertKind:
    if name not in KINDS:
        raise NotAllowed
    return KINDS[name]


def _form(
    request: AnyRequest,
    session: Session,
    leader: Reader,
    kind: AlertKind,
    alert: Alert | None = None,
    form: AccountForm | None = None,
) -> Page:
    view = alert_form(session, leader, kind, alert, form)
    return screen(request, leader, "server_only/alert_form.html", view, "team", 422 if form else 200)


@post("/", sync_to_thread=True)
def create(request: AnyRequest, database: Database, leader: Reader, form: FormMultiDict) -> Answer:
    with database.writing() as session:
        wait_for_others(session, leader.user.id)
        typed, kind = typed_of(form), _kind(str(form.get("kind") or ""))
        kept, errors = check_alert(Asking(session, leader), kind, typed)
        is_full = len(alerts_of(session, leader.user)) >= MOST_ALERTS
        if errors or is_full:
            refused = leader.t(FULL, max=MOST_ALERTS) if is_full else ""
            return _form(request, session, leader, kind, None, AccountForm(leader.t, typed, errors, refused))
        alerts.set_alert(session, leader.user, leader.now, kind.name, **kept)
        return saved(PATH, "saved")


@get("/{alert_id:str}", sync_to_thread=True)
def show(request: AnyRequest, database: Database, leader: Reader, alert_id: str) -> Page:
    with database.reading() as session:
        alert = _one(session, leader, alert_id)
        view = alert_page(session, leader, alert, request.query_params, without_done(request))
    return screen(request, leader, "server_only/alert.html", view, "team")


def _one(session: Session, leader: Reader, alert_id: str) -> Alert:
    alert = own_alert(session, leader.user, alert_id)
    _kind(alert.kind)
    return alert


@get("/{alert_id:str}/edit", sync_to_thread=True)
def edit(request: AnyRequest, database: Database, leader: Reader, alert_id: str) -> Page:
    with database.reading() as session:
        alert = _one(session, leader, alert_id)
        return _form(request, session, leader, KINDS[alert.kind], alert)


@post("/{alert_id:str}/edit", sync_to_thread=True)
def change(
    request: AnyRequest, database: Database, leader: Reader, alert_id: str, form: FormMultiDict
) -> Answer:
    with database.writing() as session:
        wait_for_others(session, leader.user.id)
        alert, typed = _one(session, leader, alert_id), typed_of(form)
        kept, errors = check_alert(Asking(session, leader), KINDS[alert.kind], typed)
        if errors:
            again = AccountForm(leader.t, typed, errors)
            return _form(request, session, leader, KINDS[alert.kind], alert, again)
        alerts.change(session, alert, **kept)
        return saved(PATH, "saved")


@post("/{alert_id:str}/delete", sync_to_thread=True)
def delete(database: Database, leader: Reader, alert_id: str) -> Answer:
    with database.writing() as session:
        session.delete(own_alert(session, leader.user, alert_id))
        return saved(PATH, "deleted")


_handlers: Final[list[Any]] = [show_all, begin, create, show, edit, change, delete]
routes: Final = routed([Router(PATH, route_handlers=_handlers, dependencies=FOR_LEADERS)])
