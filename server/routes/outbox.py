"""The outbox's page for browsers without a service worker, whose outbox is always empty;
and importing one from a file."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict, UploadFile

from server.database import Database
from server.routes.answers import AnyRequest, Page, routed, saved, screen
from server.views.outbox import outbox
from server.views.reader import Reader
from sync.envelope import MOST_BYTES
from sync.outbox_file import BadFile, bring_in, read_outbox

# A phone that could not send for long holds more than fits into a push.
MOST_FILE_BYTES: Final = 16 * MOST_BYTES


@get("/outbox", sync_to_thread=True)
def show(request: AnyRequest, reader: Reader) -> Page:
    return screen(request, reader, "outbox.html", outbox(reader), "more")


@post("/outbox/import", sync_to_thread=True, request_max_body_size=MOST_FILE_BYTES)
def bring_in_file(
    request: AnyRequest, database: Database, reader: Reader, form: FormMultiDict
) -> Response[Any]:
    file = form.get("file")
    try:
        told = read_outbox(file.file.read() if isinstance(file, UploadFile) else b"")
        receipts = bring_in(database, reader.user, told, reader.now)
    except BadFile as bad:
        view = {"title": reader.t("This was not done"), "text": reader.t(bad.sentence, **bad.params)}
        links = [{"href": "/outbox", "text": reader.t("Outbox")}]
        return screen(request, reader, "notice.html", {**view, "links": links}, "more", 422)
    count = sum(receipt["status"] != "duplicate" for receipt in receipts)
    return saved("/outbox", "brought_in" if count else "known", was=str(count))


routes = routed([show, bring_in_file])
