"""How screens answer: a page or the fragment htmx asked for, on to the next after a form, or the form again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from litestar import Request, Response, Router
from litestar.datastructures import FormMultiDict
from litestar.di import Provide
from litestar.types import ControllerRouterHandler
from sqlmodel import Session

from server.auth import is_htmx, is_partial, local_path
from server.config import Settings
from server.models.refusal import Invalid, NotAllowed, Refused
from server.models.revision import take_back
from server.models.user import User
from server.render import render
from server.translations import Translator
from server.views.as_of import as_of
from server.views.form import Form
from server.views.frame import frame
from server.views.reader import Reader
from sync.apply import apply

DONE: Final = ("done", "id", "was")

AnyRequest = Request[Any, Any, Any]
Page = Response[str]
Answer = Response[Any]


def reader_of(user: User, settings: Settings, now: datetime, t: Translator) -> Reader:
    return Reader(user, now, user.zone(settings.time_zone), t, company_zone=settings.time_zone)


def routed(handlers: Sequence[ControllerRouterHandler]) -> list[ControllerRouterHandler]:
    """Routes of screens, which are all given their reader."""
    return [
        Router(
            "/", route_handlers=handlers, dependencies={"reader": Provide(reader_of, sync_to_thread=False)}
        )
    ]


def screen(
    request: AnyRequest, reader: Reader, template: str, view: dict[str, Any], current: str, status: int = 200
) -> Page:
    path, partial = request.url.path, is_partial(request)
    done = {name: request.query_params[name] for name in DONE if name in request.query_params}
    whole = {**frame(reader, path, partial, current, done, path), "as_of": as_of(reader), **view}
    headers = _address(request, bool(done), status)
    return Response(
        render(template, whole, reader.locale), status_code=status, media_type="text/html", headers=headers
    )


def _address(request: AnyRequest, done: bool, status: int) -> dict[str, str]:
    """What htmx puts into the address bar: where one is, and not what has just been done there."""
    if not is_htmx(request):
        return {}
    if status >= 400:
        return {"HX-Push-Url": "false"}
    # In place of the form, so that Back leads to where one came from and not to a form already sent.
    return {"HX-Replace-Url": without_done(request)} if done else {}


def without_done(request: AnyRequest) -> str:
    """The address asked for, but for what was said to be done."""
    # Not by multi_items(), which goes through a set: in each process the same page would have other links.
    given = parse_qsl(request.url.query, keep_blank_values=True)
    asked = [(name, value) for name, value in given if name not in DONE]
    return f"{request.url.path}?{urlencode(asked)}" if asked else request.url.path


def part(reader: Reader, template: str, view: dict[str, Any]) -> Page:
    """A list in a screen, when htmx asked for nothing more."""
    return Response(
        render(template, {"locale": reader.locale, **view}, reader.locale), media_type="text/html"
    )


def is_for(request: AnyRequest, target: str) -> bool:
    return is_partial(request) and request.headers.get("hx-target") == target


def saved(path: str, done: str, row_id: str = "", was: str = "") -> Answer:
    """On to the page that shows it. fetch() follows with the headers of htmx, so that it gets a fragment."""
    told = {name: value for name, value in (("done", done), ("id", row_id), ("was", was)) if value}
    return Response(b"", status_code=303, headers={"Location": f"{path}?{urlencode(told)}"})


def back_of(form: FormMultiDict, otherwise: str = "/today") -> str:
    """The screen the button stood on, without what it said was done."""
    return urlsplit(local_path(str(form.get("back") or ""), otherwise)).path


def typed_of(form: FormMultiDict) -> dict[str, list[str]]:
    return {
        name: [value for value in values if isinstance(value, str)] for name, values in form.dict().items()
    }


def wrong_with(
    session: Session, reader: Reader, name: str, args: dict[str, Any], typed: dict[str, list[str]]
) -> Form | None:
    """Does the change. None: it is done; else the form with what was typed and what is wrong with it."""
    try:
        apply(session, reader.user, name, args, reader.now)
    except Invalid as invalid:
        take_back(session)
        return Form(reader.t, typed, invalid.fields)
    except NotAllowed:
        raise
    except Refused as refused:
        take_back(session)
        return Form(reader.t, typed, refused.detail.get("fields", {}), refused.said(reader.t))
    return None
