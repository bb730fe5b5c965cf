"""Files made by pwa/build.py, the service worker, and the web app manifest."""

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import msgspec
from litestar import Request, Response, Router, get
from litestar.exceptions import NotFoundException

from server.render import BUILD
from server.translations import LOCALES, negotiate
from server.web_manifest import web_manifest

FOR_EVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "public, no-cache"
TYPES: Final = {
    "css": "text/css",
    "js": "text/javascript",
    "json": "application/json",
    "svg": "image/svg+xml",
    "png": "image/png",
    "ico": "image/x-icon",
    "webp": "image/webp",
    "txt": "text/plain",
}
ENCODINGS: Final = {"br": "br", "gzip": "gz"}  # and the endings of compressed copies; the smaller one first

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True)
class Asset:
    plain: bytes
    encoded: dict[str, bytes]
    media_type: str


@get("/static/{name:str}", sync_to_thread=True)
def static_file(request: AnyRequest, name: str) -> Response[bytes]:
    if name not in _names():
        raise NotFoundException
    asset = _read(name)
    accepted = request.headers.get("accept-encoding", "")
    encoding = next((known for known in asset.encoded if known in accepted), None)
    headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding"}
    if encoding is not None:
        headers["Content-Encoding"] = encoding
    content = asset.encoded[encoding] if encoding else asset.plain
    return Response(content, media_type=asset.media_type, headers=headers)


@cache
def _names() -> frozenset[str]:
    """The files that may be asked for. A request's name is only compared with these, so none can leave the folder."""
    return frozenset(path.name for path in (BUILD / "static").glob("*") if path.suffix not in (".br", ".gz"))


@cache
def _read(name: str) -> Asset:
    path = BUILD / "static" / name
    copies = {encoding: path.with_name(f"{name}.{suffix}") for encoding, suffix in ENCODINGS.items()}
    encoded = {encoding: copy.read_bytes() for encoding, copy in copies.items() if copy.exists()}
    return Asset(path.read_bytes(), encoded, TYPES[path.suffix.lstrip(".")])


@get("/service_worker.js", sync_to_thread=True)
def service_worker(request: AnyRequest) -> Response[bytes]:
    content = (BUILD / "service_worker.js").read_bytes()
    return fresh(request, content, TYPES["js"], {"Service-Worker-Allowed": "/"})


@get("/manifest.webmanifest", sync_to_thread=True)
def manifest(request: AnyRequest, lang: str | None = None) -> Response[bytes]:
    locale = lang if lang in LOCALES else negotiate(request.headers.get("accept-language"))
    return fresh(request, msgspec.json.encode(web_manifest(locale)), "application/manifest+json")


def fresh(
    request: AnyRequest, content: bytes, media_type: str, headers: dict[str, str] | None = None
) -> Response[bytes]:
    """An answer that browsers ask for each time, and that is sent only if it has changed."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {**(headers or {}), "Cache-Control": ASK_AGAIN, "ETag": tag}
    known = [
        other.strip().removeprefix("W/") for other in request.headers.get("if-none-match", "").split(",")
    ]
    if tag in known:
        return Response(b"", status_code=304, media_type=media_type, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


routes: Final = [Router("/", route_handlers=[static_file, service_worker, manifest])]
