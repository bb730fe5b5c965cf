"""The log: a line for each request, without anything personal: no bodies, cookies, headers or search terms."""

import logging
import sys
import time
from pathlib import Path
from traceback import extract_tb
from typing import Any, Final

import structlog
from litestar.types import Scope
from structlog.typing import EventDict

from server.config import Settings

ROOT: Final = Path(__file__).parent.parent
QUIET: Final = ("/healthz", "/readyz", "/static/{name}")

log = structlog.get_logger()


def set_up_log(settings: Settings) -> None:
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    as_json = settings.log_format == "json"
    shown = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            place_of_failure,
            shown,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    logging.basicConfig(level=max(level, logging.WARNING), format="%(levelname)s %(name)s %(message)s")


def log_answer(scope: Scope, status: int, started: float, request_id: str) -> None:
    route = scope.get("path_template") or "unknown"
    took = round((time.perf_counter() - started) * 1000, 1)
    say = log.debug if route in QUIET and status < 400 else log.info
    say("request", method=scope.get("method"), route=route, status=status, ms=took, id=request_id)


def place_of_failure(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Replaces an exception by its type and the lines of our code that it passed.
    Its message is left out, because it may quote what somebody typed."""
    error = event.pop("exc_info", None)
    error = sys.exc_info()[1] if error is True else error
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        code = code_of(error)
        event.update({"code": code} if code else {})
        event["where"] = " < ".join(reversed(_own_frames(error)))
    return event


def code_of(error: BaseException) -> str:
    """The database's code of an error, such as SQLITE_FULL or 53100 for a full disk; "" if it has none."""
    told = getattr(error, "orig", None)
    return getattr(told, "sqlite_errorname", None) or getattr(told, "sqlstate", None) or ""


def _own_frames(error: BaseException) -> list[str]:
    frames = [frame for frame in extract_tb(error.__traceback__) if ".venv" not in frame.filename]
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(ROOT)]
    return [f"{Path(frame.filename).relative_to(ROOT)}:{frame.lineno}" for frame in own][-6:]
