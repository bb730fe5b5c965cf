"""`legwork demo`: a made-up company to look at."""

from datetime import UTC, datetime
from multiprocessing import Process

import click

from server.cli.opening import opened
from server.cli.serving import require_assets, require_keys, require_port, require_store, serve
from server.cli.settings import read_settings
from server.config import Settings
from server.database import Database
from server.demo.library import put_files
from server.demo.seed import NotEmptyError, SignIn, seed
from server.files.store import open_store
from server.migrate import upgrade


@click.command(short_help="Serve a made-up company to look at.")
def demo() -> None:
    """Serve a made-up company of ten people, 300 customers and half a year of visits.

    It keeps its data apart from yours, in the folder `demo` of the data directory. Delete that folder to begin anew.
    """
    settings = _demo_settings(read_settings())
    require_assets()
    require_port(settings)
    require_store(settings)
    with opened(settings, current=False) as database:
        require_keys(settings)
        upgrade(database)
        sign_ins = _seeded(database, settings)
    put_files_apart(settings)
    serve(settings, 1, _told(sign_ins, settings))


def _demo_settings(settings: Settings) -> Settings:
    if settings.database_url:
        raise click.ClickException("The demo uses a SQLite file of its own. Unset LEGWORK_DATABASE_URL.")
    return settings.model_copy(update={"data_dir": settings.data_dir / "demo"})


def _seeded(database: Database, settings: Settings) -> list[SignIn]:
    try:
        return seed(database, datetime.now(UTC), company_zone=settings.time_zone)
    except NotEmptyError:
        raise click.ClickException(
            f"There are people in {settings.data_dir} who are not the demo's. Set LEGWORK_DATA_DIR to another folder."
        ) from None


def put_files_apart(settings: Settings) -> None:
    """Writes the files in a process of its own. If this one did it, the store would have threads here, which do not
    survive when the server's workers fork off: the first request for a file would then wait for them."""
    process = Process(target=_put_files, args=(settings,))
    process.start()
    process.join()
    if process.exitcode:
        raise click.ClickException(
            "The files of the demo could not be written; the reason is above. Delete the folder "
            f"{settings.data_dir} and start again."
        )


def _put_files(settings: Settings) -> None:
    put_files(open_store(settings))


def _told(sign_ins: list[SignIn], settings: Settings) -> str:
    of_all = f"The demo company is at {settings.address}. Everybody's password is {sign_ins[0].password}"
    people = [f"  {person.email:<22} {person.role:<10} {person.territory or ''}" for person in sign_ins]
    return "\n".join(("", of_all, "", *people, "", ""))
