"""One app for all tests of a process, because making its two hundred routes takes longer than most tests."""

import pytest
from litestar import Litestar

import server.app
from server.config import Settings
from server.database import Database
from server.edge import Edge


def app_of(settings: Settings, database: Database) -> Litestar:
    """The app as `create_app` makes it, with this test's settings and database: one test at a time can use it. A test
    sets its clock by patching `server.app.moment_of_request`.
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
            # The app keeps the function that it is made with: this one looks up what a test has patched since.
            patch.setattr(server.app, "moment_of_request", lambda: server.app.moment_of_request())
            _made.append(server.app.create_app(settings, database))
    return _made[0]
