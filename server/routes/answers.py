"""How screens answer: a page, or the fragment that htmx asked for; a redirect after a form, or the form again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from litestar import Request, Response, Router
from litestar.datastructures import FormMultiDict
from litestar.di import Provide
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler
from sqlmodel import Session

from server.auth import form_token, is_htmx, is_partial, local_path
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

# In a page's address: what was just done, to which row, and what was there before.
DONE: Final = ("done", "id", "was")

AnyRequest = Request[Any, Any, Any]
RowId = Annotated[str, Parameter(max_length=36)]  # in an address: longer ones are not even looked for
Page = Response[str]
Answer = Response[Any]


def reader_of(user: User, settings: Settings, now: datetime, t: Translator) -> Reader:
    return Reader(user, now, user.zone(settings.time_zone), t, company_zone=settings.time_zone)


def routed(handlers: Sequence[ControllerRouterHandler]) -> list[ControllerRouterHandler]:
    """The routes of screens; each handler can ask for `reader`."""
    return [
        Router(
            "/", route_handlers=handlers, dependencies={"reader": Provide(reader_of, sync_to_thread=False)}
        )
    ]


def screen(
    request: AnyRequest, reader: Reader, template: str, view: dict[str, Any], current: str, status: int = 200
) -> Page:
    """A screen in its frame. `current`: which tab of the dock it belongs to."""
    path, partial = request.url.path, is_partial(request)
    done = {name: request.query_params[name] for name in DONE if name in request.query_params}
    around = {**frame(reader, path, partial, current, done, path), "as_of": as_of(reader)}
    whole = {**around, "csrf": form_token(request), **view}
    headers = _address(request, bool(done), status)
    return Response(
        render(template, whole, reader.locale), status_code=status, media_type="text/html", headers=headers
    )


def _address(request: AnyRequest, done: bool, status: int) -> dict[str, str]:
    """The header by which htmx sets the address bar: after a redirect to the page's address without `done`;
    with an error it stays as it is."""
    if not is_htmx(request):
        return {}
    if status >= 400:
        return {"HX-Push-Url": "false"}
    # Replaces the form in the history, so that Back does not lead to a form that was sent already.
    return {"HX-Replace-Url": without_done(request)} if done else {}


def without_done(request: AnyRequest) -> str:
    """The requested address without the parameters of DONE."""
    # Not multi_items(): it goes through a set, so the same page would have other links in another process.
    given = parse_qsl(request.url.query, keep_blank_values=True)
    asked = [(name, value) for name, value in given if name not in DONE]
    return f"{request.url.path}?{urlencode(asked)}" if asked else request.url.path


def part(reader: Reader, template: str, view: dict[str, Any]) -> Page:
    """A part of a screen, such as a list, when htmx asked only for that."""
    return Response(
        render(template, {"locale": reader.locale, **view}, reader.locale), media_type="text/html"
    )


def is_for(request: AnyRequest, target: str) -> bool:
    """Whether htmx asked for the part with this target, such as "div#customer-list"."""
    return is_partial(request) and request.headers.get("hx-target") == target


def redirect(path: str) -> Answer:
    """htmx follows it with its own headers, and so gets a fragment. (`go_to` makes it load a whole page.)"""
    return Response(b"", status_code=303, headers={"Location": path})


def saved(path: str, done: str, row_id: str = "", was: str = "") -> Answer:
    """Leads to the page that shows what was saved. By `done`, `id` and `was` in its address that page says so and
    offers Undo."""
    told = {name: value for name, value in (("done", done), ("id", row_id), ("was", was)) if value}
    return redirect(f"{path}?{urlencode(told)}")


def as_file(name: str) -> dict[str, str]:
    """The header by which browsers save an answer under this name."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def back_of(form: FormMultiDict, otherwise: str = "/today") -> str:
    """The path of the screen from which the form was sent."""
    return urlsplit(local_path(str(form.get("back") or ""), otherwise)).path


def typed_of(form: FormMultiDict) -> dict[str, list[str]]:
    """The form's texts by field, without files."""
    return {
        name: [value for value in values if isinstance(value, str)] for name, values in form.dict().items()
    }


def wrong_with(
    session: Session, reader: Reader, name: str, args: dict[str, Any], typed: dict[str, list[str]]
) -> Form | None:
    """Applies the change. None if that worked; otherwise the form, with what was typed and what is wrong with it, and
    nothing is written. Raises NotAllowed."""
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
