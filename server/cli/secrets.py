"""`legwork secrets`: makes secret keys."""

import click

from server.cli.settings import read_settings
from server.reminders.encryption import new_private_key
from server.secret_key import PUSH_FILE_NAME, new_secret

IN_USE = (
    "This server has a push key already. If you set another one, a device gets no reminders until Legwork is opened on "
    "it; legwork doctor shows how many devices that concerns."
)


@click.group("secrets")
def secret_commands() -> None:
    """Make keys for the settings."""


@secret_commands.command("generate")
def generate() -> None:
    """Print new secrets as lines for an environment file.

    Without them, keys are made at the first start and kept in the data directory. Set them if several servers share one
    database. A new LEGWORK_SECRET_KEY signs nobody out, but pages that are open must be loaded again. With a new
    LEGWORK_PUSH_KEY a device gets no reminders until Legwork is opened on it, and then connects by itself.
    """
    settings = read_settings()
    if settings.push_key or (settings.data_dir / PUSH_FILE_NAME).exists():
        click.echo(IN_USE, err=True)
    click.echo(f"LEGWORK_SECRET_KEY={new_secret()}")
    click.echo(f"LEGWORK_PUSH_KEY={new_private_key()}")
