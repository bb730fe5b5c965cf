"""`legwork db`: the database's tables."""

import click

from server.cli.opening import opened
from server.cli.settings import read_settings
from server.migrate import newest_version, upgrade, version_of


@click.group("db")
def database_commands() -> None:
    """The database's tables."""


@database_commands.command("upgrade")
def upgrade_database() -> None:
    """Bring the tables to this version, all or nothing. Running it again does no harm."""
    with opened(read_settings(), current=False) as database:
        before, after = version_of(database), newest_version()
        if before in (None, after):
            upgrade(database)
        else:
            click.echo(f"Upgrading from {before} to {after}. Where there is much, this takes minutes.")
            upgrade(database, click.echo)
    click.echo(
        f"The database is at {after}."
        if before == after
        else f"Upgraded from {before or 'nothing'} to {after}."
    )
