"""`legwork run`: the server process."""

import errno
import os
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any

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

LOOKED_EVERY_S = 0.1
LEAVES_WITHIN_S = 5  # how long a server that is just ending may still hold the port
ANOTHER_KEY = (
    "Remove it: the next start makes another one, and pages that are open must then be loaded again."
)
ANOTHER_PUSH_KEY = "legwork secrets generate prints one. Phones connect to it when Legwork is opened on them."
MOST_LINES = 8000  # connections open at once in a process: every phone and every page that listens holds one
OTHER_FILES = 500  # files open beside them, such as of the database and the store
SHUTDOWN_SECONDS = 2  # then open event streams are cut; phones connect again by themselves


@click.command()
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Server processes.")
def run(workers: int) -> None:
    """Serve on LEGWORK_HOST and LEGWORK_PORT (127.0.0.1:8000).

    The first start prints a link that makes you the admin.
    """
    settings = read_settings()
    require_assets()
    require_port(settings)
    require_store(settings)
    with opened(settings) as database:
        require_keys(settings)
        link = _setup_link(settings, database)
    first = "\nThere is no admin yet. Open this link to become the admin; it works once:\n\n"
    serve(settings, workers, f"{first}  {link}\n\n" if link else "")


def _setup_link(settings: Settings, database: Database) -> str | None:
    """The link to become the admin; None if there is one."""
    with database.writing() as session:
        if is_set_up(session):
            return None
        return f"{settings.address}/setup/{new_setup_token(session)}"


def require_assets() -> None:
    if not (BUILD / "manifest.json").exists():
        raise click.ClickException("The assets are not built. Run: make build")


def require_keys(settings: Settings) -> None:
    """Checks the keys before any worker process does:
    Granian would start workers again and again, each ending with a traceback."""
    with _saying_what_to_do():
        try:
            secret_key(settings)
        except ValueError:
            raise click.ClickException(
                f"{settings.data_dir / FILE_NAME} holds no secret key. {ANOTHER_KEY}"
            ) from None
    require_push_key(settings)


def require_push_key(settings: Settings) -> None:
    with _saying_what_to_do():
        try:
            Sealer(push_key(settings), NO_CONTACT)
        except ValueError:
            raise click.ClickException(f"The push key is not valid. {ANOTHER_PUSH_KEY}") from None


@contextmanager
def _saying_what_to_do() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise click.ClickException(
            f"{error.filename}: {error.strerror}. Give it to the user who runs legwork."
        ) from None


def require_store(settings: Settings) -> None:
    """Checks that the store can be opened, which each worker process does when it starts. Whether a bucket answers
    does not matter here, because it may come back."""
    try:
        if settings.files_url is not None:
            open_store(settings)
    except OutOfReach as error:
        raise click.ClickException(f"LEGWORK_FILES_URL: {error}. {MAKE_IT}") from None


def require_port(settings: Settings) -> None:
    """Checks that nobody else listens on the port. Granian itself would share it, and two servers, such as yours and
    the demo, would answer by turns."""
    deadline = time.monotonic() + LEAVES_WITHIN_S
    place = f"{settings.host}:{settings.port}"
    while (fault := _listening_fault(settings)) is not None:
        if fault.errno != errno.EADDRINUSE:
            raise click.ClickException(
                f"Legwork cannot listen on {place}: {fault.strerror}. Check LEGWORK_HOST and LEGWORK_PORT."
            )
        if time.monotonic() > deadline:
            raise click.ClickException(
                f"Another program listens on {place} already. Stop it, or set LEGWORK_PORT to another port."
            )
        time.sleep(0.1)


def _listening_fault(settings: Settings) -> OSError | None:
    try:
        family, address = _place(settings)
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            # So that connections in TIME_WAIT, which have ended, do not count.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        return error
    return None


def _place(settings: Settings) -> tuple[int, Any]:
    """Family and address of the socket to listen on."""
    found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
    return found[0][0], found[0][4]


def serve(settings: Settings, workers: int, to_tell: str = "") -> None:
    """`to_tell`: what is printed once the server can be reached; a link that is opened before is refused."""
    said = f"{to_tell}Legwork serves on {settings.address} (Ctrl+C stops it)."
    Thread(target=_tell_when_it_listens, args=(*_place(settings), said), daemon=True).start()
    os.environ["LEGWORK_DATA_DIR"] = str(settings.data_dir)  # the workers read the settings for themselves
    Granian(
        "server.app",
        interface=Interfaces.ASGI,
        address=settings.host,
        port=settings.port,
        workers=workers,
        backpressure=lines_at_once(),
        http=HTTPModes.http1,  # with "auto", a connection on which nothing is sent would stay open for ever
        websockets=False,
        log_access=False,
        log_level=LogLevels.warning,
        workers_kill_timeout=SHUTDOWN_SECONDS,
        respawn_failed_workers=True,
    ).serve(target_loader=_app, wrap_loader=False)


def _tell_when_it_listens(family: int, address: Any, said: str) -> None:
    is_refused = True
    while is_refused:
        # Before the first look, too: the workers are then forked, and none of them gets a copy of a lock held here.
        time.sleep(LOOKED_EVERY_S)
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            is_refused = trial.connect_ex(address) != 0
    click.echo(said)


def lines_at_once() -> int:
    """How many connections a process may hold at once. Raises the limit of open files as far as the machine allows and
    stays below it: a process without a free file handle answers nobody."""
    open_now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_LINES + OTHER_FILES
    allowed = wanted if resource.RLIM_INFINITY in (open_now, most) else max(open_now, min(wanted, most))
    if open_now != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
    return min(MOST_LINES, max(allowed - OTHER_FILES, allowed // 2))


def _app() -> "Litestar":
    """The app. If Granian imported it by name, it would first look in the current folder and might find another
    `server`."""
    from server.process import from_environment

    return from_environment()
