"""`legwork outbox`: brings in what a phone could not send by itself."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from server.cli.opening import opened
from server.cli.settings import read_settings
from server.translations import translator
from sync.outbox_file import BadFile, author_of, bring_in, files_elsewhere, read_outbox


@click.group("outbox")
def outbox_commands() -> None:
    """Bring in outboxes that were exported from phones."""


@outbox_commands.command("import", short_help="Bring in the outbox FILE of a phone.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def import_outbox(file: Path) -> None:
    """Bring in FILE, the outbox of a phone, under the name of its author.

    The server may run meanwhile. Each entry is applied once, even if the file is brought in again or the phone sends
    the entry after all. What cannot be applied is parked: managers find it under More, Parked entries.
    """
    now = datetime.now(UTC)
    try:
        told = read_outbox(file.read_bytes())
        with opened(read_settings()) as database:
            with database.reading() as session:
                author = author_of(session, told)
            receipts = bring_in(database, author, told, now)
            with database.reading() as session:
                elsewhere = files_elsewhere(session, told)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}") from None
    except BadFile as bad:
        raise click.ClickException(f"{file}: {translator('en')(bad.sentence, **bad.params)}") from None
    click.echo(f"{author.name}: {_counted(receipts)}.")
    if elsewhere:
        click.echo(f"  photos, voice notes and files still on their phone: {elsewhere}")
    for receipt in receipts:
        if receipt["status"] == "parked":
            click.echo(f"  parked as {receipt['code']}: entry {receipt['seq']}, {receipt['id']}")


def _counted(receipts: list[dict[str, Any]]) -> str:
    counts = Counter(receipt["status"] for receipt in receipts)
    words = {"applied": "applied", "duplicate": "known before", "parked": "parked"}
    said = [f"{counts[status]} {word}" for status, word in words.items() if counts[status]]
    return ", ".join(said) or "nothing in it"
