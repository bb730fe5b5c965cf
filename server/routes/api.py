"""/openapi.json. Open to everybody, because it says nothing that the source does not."""

from functools import cache
from typing import Any, Final

import msgspec
from litestar import Request, Response, Router, get

from server.routes.assets import TYPES, fresh


@get("/openapi.json", sync_to_thread=True)
def describe(request: Request[Any, Any, Any]) -> Response[bytes]:
    return fresh(request, _document(), TYPES["json"])


@cache
def _document() -> bytes:
    """Made at the first request, because most servers never get one."""
    from server.api_document import api_document

    return msgspec.json.encode(api_document())


routes: Final = [Router("/", route_handlers=[describe])]
