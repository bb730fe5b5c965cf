"""`legwork demo`: a company to look at."""

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

    It keeps its data in the folder `demo` of the data directory, apart from yours. Delete that folder to begin anew.
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
    _tell(sign_ins, settings)
    serve(settings, 1)


def _demo_settings(settings: Settings) -> Settings:
    if settings.database_url:
        raise click.ClickException("The demo uses a SQLite file of its own. Unset LEGWORK_DATABASE_URL.")
    return settings.model_copy(update={"data_dir": settings.data_dir / "demo"})


def _seeded(database: Database, settings: Settings) -> list[SignIn]:
    try:
        return seed(database, datetime.now(UTC), company_zone=settings.time_zone)
    except NotEmptyError:
        raise click.ClickException("There are other people in this database; the demo stays away.") from None


def put_files_apart(settings: Settings) -> None:
    """In a process of its own: the store's threads would stay behind when the server forks off this one.

    The first who asked it for a file would wait for them until a second one came.
    """
    process = Process(target=_put_files, args=(settings,))
    process.start()
    process.join()
    if process.exitcode:
        raise click.ClickException("The files of the demo could not be written.")


def _put_files(settings: Settings) -> None:
    put_files(open_store(settings))


def _tell(sign_ins: list[SignIn], settings: Settings) -> None:
    click.echo(
        f"\nThe demo company is at {settings.address}. Everybody's password is {sign_ins[0].password}\n"
    )
    for person in sign_ins:
        click.echo(f"  {person.email:<22} {person.role:<10} {person.territory or ''}")
    click.echo()
