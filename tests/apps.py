"""One app for all tests of a process: making its two hundred routes takes longer than most tests."""

import pytest
from litestar import Litestar

import server.app
from server.config import Settings
from server.database import Database
from server.edge import Edge


def app_of(settings: Settings, database: Database) -> Litestar:
    """The app as `create_app` makes it, with this state. It serves one test at a time; its time is what
    `server.app.moment_of_request` says then.
    """
    app = _routed(settings, database)
    assert isinstance(app.asgi_handler, Edge)
    app.state = server.app.state_of(settings, database)
    app.asgi_handler = Edge(app.asgi_handler.app, settings, app.state.csrf)
    return app


_made: list[Litestar] = []


def _routed(settings: Settings, database: Database) -> Litestar:
    if not _made:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(server.app, "moment_of_request", lambda: server.app.moment_of_request())
            _made.append(server.app.create_app(settings, database))
    return _made[0]
