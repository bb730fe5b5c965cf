"""The weekly report: reading it, changing it, sending it on. These pages come only from the server."""

from dataclasses import replace
from typing import Final

from litestar import get, post
from litestar.datastructures import FormMultiDict

from server import forms
from server.database import Database
from server.models import weekly_report
from server.models.refusal import NotAllowed
from server.routes.answers import Answer, AnyRequest, Page, routed, saved, screen, typed_of, without_done
from server.translations import msgid
from server.views.frame import own_toast
from server.views.reader import Reader
from server.views.report import report
from server.views.report_asked import ReportAsked, asked_for
from server.views.report_lists import report_list

DONE: Final = {"sent": msgid("Sent on")}


@get("/report", sync_to_thread=True)
def show(request: AnyRequest, database: Database, reader: Reader) -> Page:
    return _page(request, database, reader, "")


@get("/report/{week:str}", sync_to_thread=True)
def show_week(request: AnyRequest, database: Database, reader: Reader, week: str) -> Page:
    return _page(request, database, reader, week)


def _page(request: AnyRequest, database: Database, reader: Reader, week: str) -> Page:
    query = request.query_params
    with database.reading() as session:
        asked = asked_for(session, reader, week, query.get("of", ""))
        view = {**report(session, asked), **own_toast(reader, DONE, query.get("done"))}
        return screen(request, reader, "server_only/report.html", view, _place(asked))


@get("/report/{week:str}/{what:str}", sync_to_thread=True)
def show_list(request: AnyRequest, database: Database, reader: Reader, week: str, what: str) -> Page:
    """The rows behind one of the report's numbers."""
    query = request.query_params
    with database.reading() as session:
        asked = asked_for(session, reader, week, query.get("of", ""))
        asked = replace(asked, currency=query.get("currency", ""))
        view = report_list(session, asked, what, query, without_done(request))
        return screen(request, reader, "server_only/team_list.html", view, _place(asked))


def _place(asked: ReportAsked) -> str:
    """Which tab of the dock the page belongs to."""
    return "more" if asked.rep and asked.is_own else "team"


@post("/report/{week:str}", sync_to_thread=True)
def send(request: AnyRequest, database: Database, reader: Reader, form: FormMultiDict, week: str) -> Answer:
    text = forms.value(typed_of(form), "text").replace("\r\n", "\n").strip()
    with database.writing() as session:
        asked = asked_for(session, reader, week, "")
        if not weekly_report.writes(reader.user):
            raise NotAllowed
        error = _wrong(reader, text)
        if not error:
            weekly_report.send_on(session, reader.user, asked.monday, text, reader.now)
            return saved(asked.href(), "sent")
        view = report(session, asked, text, error)
        return screen(request, reader, "server_only/report.html", view, _place(asked), 422)


def _wrong(reader: Reader, text: str) -> str:
    if not text:
        return reader.t("Write something, or take the text as it was written.")
    if len(text) > weekly_report.LONGEST:
        return reader.t("At most %(most)s characters, please.", most=weekly_report.LONGEST)
    return "" if "\x00" not in text else reader.t("This holds a character that cannot be kept.")


routes: Final = routed([show, show_week, show_list, send])
