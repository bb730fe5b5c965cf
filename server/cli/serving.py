"""`legwork run` and `legwork demo`: the server process."""

import os
from datetime import UTC, datetime

import click
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from server.cli.settings import opened, read_settings
from server.config import Settings
from server.database import Database
from server.demo.library import put_files
from server.demo.seed import NotEmptyError, SignIn, seed
from server.files.store import open_store
from server.migrate import upgrade
from server.models.workspace import is_set_up, new_setup_token
from server.render import BUILD

SHUTDOWN_SECONDS = 2  # after it open event streams are cut: phones come back by themselves


@click.command()
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Server processes.")
def run(workers: int) -> None:
    """Serve on LEGWORK_HOST and LEGWORK_PORT (127.0.0.1:8000).

    The first time, a link is printed with which you become the admin.
    """
    settings = read_settings()
    _require_assets()
    with opened(settings) as database:
        link = _setup_link(settings, database)
    if link:
        click.echo(
            f"\nNobody works here yet. Open this link to become the admin; it works once:\n\n  {link}\n"
        )
    _serve(settings, workers)


@click.command()
def demo() -> None:
    """Serve a made-up company of ten people, 300 customers and half a year of visits.

    It keeps its data in the folder `demo` of the data directory, apart from yours. Delete that folder to begin anew.
    """
    settings = _demo_settings(read_settings())
    _require_assets()
    with opened(settings, current=False) as database:
        upgrade(database)
        sign_ins = _seeded(database, settings)
        put_files(open_store(settings))
    _tell(sign_ins, settings)
    _serve(settings, 1)


def _setup_link(settings: Settings, database: Database) -> str | None:
    with database.writing() as session:
        if is_set_up(session):
            return None
        return f"{settings.address}/setup/{new_setup_token(session)}"


def _demo_settings(settings: Settings) -> Settings:
    if settings.database_url:
        raise click.ClickException("The demo uses a SQLite file of its own. Unset LEGWORK_DATABASE_URL.")
    return settings.model_copy(update={"data_dir": settings.data_dir / "demo"})


def _seeded(database: Database, settings: Settings) -> list[SignIn]:
    try:
        return seed(database, datetime.now(UTC), company_zone=settings.time_zone)
    except NotEmptyError:
        raise click.ClickException("There are other people in this database; the demo stays away.") from None


def _tell(sign_ins: list[SignIn], settings: Settings) -> None:
    click.echo(
        f"\nThe demo company is at {settings.address}. Everybody's password is {sign_ins[0].password}\n"
    )
    for person in sign_ins:
        click.echo(f"  {person.email:<22} {person.role:<10} {person.territory or ''}")
    click.echo()


def _require_assets() -> None:
    if not (BUILD / "manifest.json").exists():
        raise click.ClickException("The assets are not built. Run: make build")


def _serve(settings: Settings, workers: int) -> None:
    click.echo(f"Legwork serves on {settings.address} (Ctrl+C stops it).")
    os.environ["LEGWORK_DATA_DIR"] = str(settings.data_dir)  # the workers read the settings for themselves
    Granian(
        "server.app:from_environment",
        factory=True,
        interface=Interfaces.ASGI,
        address=settings.host,
        port=settings.port,
        workers=workers,
        websockets=False,
        log_access=False,
        log_level=LogLevels.warning,
        workers_kill_timeout=SHUTDOWN_SECONDS,
        respawn_failed_workers=True,
    ).serve()
