"""For monitoring: `/healthz` says that the process lives, `/readyz` whether it can do its work."""

from typing import Any, Final

from litestar import Response, Router, get
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from server.database import Database
from server.migrate import is_current
from server.render import BUILD


@get("/healthz", sync_to_thread=False)
def lives() -> dict[str, str]:
    return {"status": "ok"}


@get("/readyz", sync_to_thread=True)
def is_ready(database: Database) -> Response[dict[str, Any]]:
    checks = {"database": answers(database), "assets": (BUILD / "manifest.json").exists()}
    checks["schema"] = checks["database"] and is_current(database)
    ready = all(checks.values())
    return Response({"status": "ok" if ready else "not ready", **checks}, status_code=200 if ready else 503)


def answers(database: Database) -> bool:
    try:
        with database.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


routes: Final = [Router("/", route_handlers=[lives, is_ready])]
