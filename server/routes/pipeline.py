"""The board of opportunities."""

from litestar import get

from server.database import Database
from server.models.identity import is_id
from server.routes.answers import AnyRequest, Page, routed, screen
from server.views.board import BoardAsked
from server.views.pipeline import board
from server.views.reader import Reader
from server.views.rows import offset_of


@get("/pipeline", sync_to_thread=True)
def show(request: AnyRequest, database: Database, reader: Reader) -> Page:
    with database.reading() as session:
        return screen(
            request, reader, "pipeline/board.html", board(session, reader, _asked(request)), "pipeline"
        )


def _asked(request: AnyRequest) -> BoardAsked:
    asked = request.query_params
    ids = {name: asked.get(name, "") for name in ("pipeline", "owner", "territory", "product")}
    return BoardAsked(
        **{name: value if is_id(value) else "" for name, value in ids.items()},
        stage=asked.get("stage", ""),
        closing=asked.get("closing", ""),
        customer_type=asked.get("customer_type", ""),
        offset=offset_of(asked),
    )


routes = routed([show])
