"""`legwork healthcheck`. Containers run it every half minute, so it imports only what it needs."""

import urllib.error
import urllib.request

import click

from server.cli.settings import read_settings


@click.command()
def healthcheck() -> None:
    """Ask the running server whether it is ready. For containers: exits with 0 or 1."""
    settings = read_settings()
    url = f"{settings.model_copy(update={'public_url': None}).address}/readyz"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  (our own address)
            click.echo(answer.read().decode())
    except urllib.error.HTTPError as error:
        raise click.ClickException(error.read().decode()) from None
    except OSError as error:
        raise click.ClickException(f"{url} does not answer: {error}") from None
