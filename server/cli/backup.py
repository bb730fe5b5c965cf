"""`legwork backup`, `legwork restore` and `legwork verify`."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
import psycopg
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy.exc import SQLAlchemyError

from server.backup.archive import Tell, opened_file
from server.backup.checking import Finding, findings
from server.backup.naming import MARKS, named, older_ones
from server.backup.refusal import Refused
from server.backup.restoring import loaded
from server.backup.restoring import restore as put_back
from server.backup.taking import take
from server.cli.opening import DAMAGED, opened
from server.cli.settings import read_settings
from server.files.store import OutOfReach, open_store
from server.migrate import BrokenReferences

SHOWN = 10  # rows of a finding
TO_RESTORE = "To go back to a backup: legwork verify FILE, then legwork restore FILE --replace."
FILE = click.Path(path_type=Path, dir_okay=False)


@click.command(short_help="Write everything into FILE.")
@click.argument("file", type=FILE)
@click.option("--force", is_flag=True, help="Replace FILE if it exists, once the new one is complete.")
@click.option(
    "--keep",
    type=click.IntRange(1),
    metavar="N",
    help="Afterwards remove all but the newest N files whose names differ from FILE only in {date} and {time}.",
)
def backup(file: Path, force: bool, keep: int | None) -> None:
    """Write everything into FILE, while the server runs and people work.

    {date} and {time} in the name of FILE become those of now, in UTC. The file gets its name only when it is complete
    and on the disk; phones then forget what they kept until a backup had it. It holds all your data, for everybody who
    can read it, but no secret key. It can be restored into SQLite and into PostgreSQL, whichever it comes from.

    Make one before you install a new version: that upgrades the tables, and the old version cannot read them then.

    \b
    Every night at three, the last 30 kept (crontab):
      0 3 * * *  cd /srv/legwork && mkdir -p backups && .venv/bin/legwork backup 'backups/legwork-{date}.zip' --keep 30
    """
    if keep is not None and not any(mark in file.name for mark in MARKS):
        raise click.UsageError("--keep needs {date} in the name of FILE, to tell which ones are older.")
    now = datetime.now(UTC)
    path = named(file, now)
    settings = read_settings()
    no_backup = "\nNo backup was made. Phones keep what the last one does not hold."
    with _said(no_backup, path), opened(settings) as database, _progress("Writing") as tell:
        manifest = take(database, path, now, tell, files=open_store(settings, patient=True), force=force)
    size = path.stat().st_size / 1e6
    click.echo(
        f"{path} holds everything up to revision {manifest.rev}. "
        f"Rows: {manifest.rows:,}, files: {len(manifest.files):,}, {size:,.1f} MB."
    )
    if manifest.missing:
        click.echo(
            f"Files that are missing or damaged, and so not in it: {len(manifest.missing):,}. "
            "legwork verify names them."
        )
    for old in older_ones(file, keep) if keep else ():
        old.unlink()
        click.echo(f"Removed {old}.")


@click.command(short_help="Put the backup FILE into the database.")
@click.argument("file", type=FILE)
@click.option(
    "--replace", is_flag=True, help="Replace a database that has people in it. It is kept under another name."
)
@click.option(
    "--sign-everybody-out",
    is_flag=True,
    help="End all sessions: phones keep their entries and ask for the password.",
)
def restore(file: Path, replace: bool, sign_everybody_out: bool) -> None:
    """Put the backup FILE into the database of the settings: all of it or nothing.

    Stop the server first, and take the newest backup: phones have forgotten what it holds. The database may be new and
    without tables, or with --replace the one that is damaged, which is then kept under another name. FILE is read and
    checked as a whole before anything is changed. Its tables may be those of an older version; they are upgraded.

    When the server runs again, phones send by themselves what the backup does not hold, each entry once. What did not
    come from phones since the backup is lost, and has to be done again: imports, new accounts, changed passwords, and
    signing out devices. If somebody was signed out for a reason, add --sign-everybody-out.
    """
    settings, now = read_settings(), datetime.now(UTC)
    url = settings.resolved_database_url
    with _said("\nNothing was changed."), opened_file(file) as archive, _progress("Restoring") as tell:
        files = open_store(settings, patient=True)
        aside = put_back(url, archive, now, tell, files=files, replace=replace, sign_out=sign_everybody_out)
        manifest = archive.manifest
    click.echo(f"Restored {manifest.rows:,} rows of {manifest.made_at[:16].replace('T', ' ')} UTC.")
    if aside:
        click.echo(f"The database that was there before is kept as {aside}. Remove it when all is well.")
    when = "once their users have signed in" if sign_everybody_out else "by themselves"
    click.echo(f"Now run: legwork verify, then legwork run. Phones send {when} what came after the backup.")


@click.command(short_help="Check that nothing is missing or damaged.")
@click.argument("file", type=FILE, required=False)
def verify(file: Path | None) -> None:
    """Check that nothing is missing or damaged in the database, or in the backup FILE.

    It checks references, receipts, revisions and counters, files and contracts against their hashes, and SQLite's own
    file. The server may run meanwhile. FILE is checked against its hashes and restored into a temporary folder (TMPDIR)
    that is removed afterwards; the database is not touched. Exits with 1 if something is wrong.
    """
    with _said():
        if file is None:
            settings = read_settings()
            with opened(settings) as database:
                found = list(findings(database, open_store(settings, patient=True)))
        else:
            with (
                opened_file(file) as archive,
                _progress("Reading") as tell,
                loaded(archive, tell) as database,
            ):
                found = list(findings(database))
                if archive.manifest.missing:
                    found.append(Finding("files were missing when it was made", archive.manifest.missing))
    console = Console(highlight=False)
    for finding in found:
        _print(console, finding)
    if any(finding.wrong for finding in found):
        click.echo("Use another backup." if file else TO_RESTORE)
        raise click.exceptions.Exit(1)
    click.echo(f"{file or 'The database'} is in order.")


def _print(console: Console, finding: Finding) -> None:
    sign = "[red]wrong[/red]" if finding.wrong else "[dim]note [/dim]"
    console.print(f"{sign} {escape(finding.what)}: {len(finding.rows):,}", soft_wrap=True)
    for row in finding.rows[:SHOWN]:
        console.print(f"      {escape(row)}", soft_wrap=True)
    if len(finding.rows) > SHOWN:
        console.print(f"      and {len(finding.rows) - SHOWN:,} more")


@contextmanager
def _progress(what: str) -> Iterator[Tell]:
    """A progress bar in a terminal; nothing elsewhere, so that cron has nothing to mail."""
    console = Console(stderr=True)
    columns = TextColumn(what), BarColumn(), MofNCompleteColumn(), TextColumn("rows"), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def _said(and_so: str = "", about: Path | None = None) -> Iterator[None]:
    """Turns errors into a sentence, followed by `and_so`. `about`:
    the file that is being written, because a full disk's error does not name it."""
    try:
        yield
    except Refused as refused:
        raise click.ClickException(str(refused)) from None
    except OutOfReach as error:
        raise click.ClickException(
            f"The store of files is out of reach: {error}. legwork doctor says what to do.{and_so}"
        ) from None
    except OSError as error:
        where = about or error.filename
        raise click.ClickException(
            f"{f'{where}: ' if where else ''}{error.strerror or error}{and_so}"
        ) from None
    except (BrokenReferences, SQLAlchemyError, psycopg.Error, sqlite3.Error) as error:
        reason = getattr(error, "orig", None) or error
        said = DAMAGED if type(reason) is sqlite3.DatabaseError else f"{type(reason).__name__}: {{}}"
        raise click.ClickException(f"{said.format(reason)}{and_so}") from None
