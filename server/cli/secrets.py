"""`legwork secrets`: what nobody should think up by themselves."""

import secrets

import click


@click.group("secrets")
def secret_commands() -> None:
    """Keys for the settings."""


@secret_commands.command("generate")
def generate() -> None:
    """Print new secrets as lines for an environment file.

    Without LEGWORK_SECRET_KEY a key is made at the first start and kept in the data directory; set it when several
    servers share one database. A new key signs nobody out, but pages that are open must be loaded again.
    """
    click.echo(f"LEGWORK_SECRET_KEY={secrets.token_urlsafe(48)}")
