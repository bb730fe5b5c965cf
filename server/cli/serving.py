"""`legwork run`: the server process."""

import errno
import os
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from server.cli.opening import opened
from server.cli.settings import read_settings
from server.config import Settings
from server.database import Database
from server.files.store import MAKE_IT, OutOfReach, open_store
from server.models.workspace import is_set_up, new_setup_token
from server.reminders.encryption import Sealer
from server.reminders.worker import NO_CONTACT
from server.render import BUILD
from server.secret_key import FILE_NAME, push_key, secret_key

if TYPE_CHECKING:
    from litestar import Litestar

LEAVES_WITHIN_S = 5  # a server that is just ending, when another is started in its place
ANOTHER_KEY = "Remove it: the next start makes another, and pages that are open are then loaded again."
ANOTHER_PUSH_KEY = "legwork secrets generate prints one. Phones that are opened with it go on by themselves."
MOST_LINES = 8000  # open at once in a process: each phone that listens holds one, and each browser's page
OTHER_FILES = 500  # open beside them: of the database, of the store, of what is imported
SHUTDOWN_SECONDS = 2  # after it open event streams are cut: phones come back by themselves


@click.command()
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Server processes.")
def run(workers: int) -> None:
    """Serve on LEGWORK_HOST and LEGWORK_PORT (127.0.0.1:8000).

    The first time, a link is printed with which you become the admin.
    """
    settings = read_settings()
    require_assets()
    require_port(settings)
    require_store(settings)
    with opened(settings) as database:
        require_keys(settings)
        link = _setup_link(settings, database)
    if link:
        click.echo(
            f"\nNobody works here yet. Open this link to become the admin; it works once:\n\n  {link}\n"
        )
    serve(settings, workers)


def _setup_link(settings: Settings, database: Database) -> str | None:
    with database.writing() as session:
        if is_set_up(session):
            return None
        return f"{settings.address}/setup/{new_setup_token(session)}"


def require_assets() -> None:
    if not (BUILD / "manifest.json").exists():
        raise click.ClickException("The assets are not built. Run: make build")


def require_keys(settings: Settings) -> None:
    """Not left to each worker as it starts: Granian would start one after the other and end with a traceback."""
    with _read():
        try:
            secret_key(settings)
        except ValueError:
            raise click.ClickException(
                f"{settings.data_dir / FILE_NAME} holds no secret key. {ANOTHER_KEY}"
            ) from None
    require_push_key(settings)


def require_push_key(settings: Settings) -> None:
    with _read():
        try:
            Sealer(push_key(settings), NO_CONTACT)
        except ValueError:
            raise click.ClickException(f"The push key is none. {ANOTHER_PUSH_KEY}") from None


@contextmanager
def _read() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise click.ClickException(
            f"{error.filename}: {error.strerror}. Give it to the user who runs legwork."
        ) from None


def require_store(settings: Settings) -> None:
    """A bucket may come back; a folder that is not there ends each worker as it starts."""
    try:
        if settings.files_url is not None:
            open_store(settings)
    except OutOfReach as error:
        raise click.ClickException(f"LEGWORK_FILES_URL: {error}. {MAKE_IT}") from None


def require_port(settings: Settings) -> None:
    """Before anything is told or made. Granian shares a port with whoever listens there, so that two companies, or
    one and the demo, would answer by turns."""
    deadline = time.monotonic() + LEAVES_WITHIN_S
    place = f"{settings.host}:{settings.port}"
    while (fault := _listening_fault(settings)) is not None:
        if fault.errno != errno.EADDRINUSE:
            raise click.ClickException(
                f"Nothing can listen on {place}: {fault.strerror}. Look at LEGWORK_HOST and LEGWORK_PORT."
            )
        if time.monotonic() > deadline:
            raise click.ClickException(
                f"Something listens on {place} already. Stop it, or set LEGWORK_PORT to another port."
            )
        time.sleep(0.1)


def _listening_fault(settings: Settings) -> OSError | None:
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
        with socket.socket(found[0][0], socket.SOCK_STREAM) as trial:
            # Connections that have ended and are only remembered do not count.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(found[0][4])
    except OSError as error:
        return error
    return None


def serve(settings: Settings, workers: int) -> None:
    click.echo(f"Legwork serves on {settings.address} (Ctrl+C stops it).")
    os.environ["LEGWORK_DATA_DIR"] = str(settings.data_dir)  # the workers read the settings for themselves
    Granian(
        "server.app",
        interface=Interfaces.ASGI,
        address=settings.host,
        port=settings.port,
        workers=workers,
        backpressure=lines_at_once(),
        http=HTTPModes.http1,  # told apart by what comes first, a line on which nothing comes would stay for ever
        websockets=False,
        log_access=False,
        log_level=LogLevels.warning,
        workers_kill_timeout=SHUTDOWN_SECONDS,
        respawn_failed_workers=True,
    ).serve(target_loader=_app, wrap_loader=False)


def lines_at_once() -> int:
    """As many as the machine lets it open. Where there is no room for another, nobody is answered at all."""
    open_now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_LINES + OTHER_FILES
    allowed = wanted if resource.RLIM_INFINITY in (open_now, most) else max(open_now, min(wanted, most))
    if open_now != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
    return min(MOST_LINES, max(allowed - OTHER_FILES, allowed // 2))


def _app() -> "Litestar":
    """Granian's own way would look in the folder where it was started first, and find any other `server` there."""
    from server.process import from_environment

    return from_environment()
