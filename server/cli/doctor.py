"""`legwork doctor`: whether everything is as it should be, and if not, what to do."""

import asyncio
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches

import click
from aiosmtplib import SMTPException
from obstore.exceptions import BaseError
from rich.console import Console
from rich.markup import escape
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from server.cli.opening import MAKE_ONE, TO_GO_BACK, missing
from server.cli.serving import ANOTHER_KEY, ANOTHER_PUSH_KEY
from server.cli.settings import read_settings
from server.config import PRIVATE, Settings
from server.database import Database, open_database
from server.files.store import MAKE_IT, KeysRefused, NoBucket, OutOfReach, open_store
from server.migrate import knows, newest_version, version_of
from server.models.workspace import is_set_up, the_workspace
from server.reminders import ledger
from server.reminders.encryption import Sealer
from server.reminders.mail_server import MailServer, said_by
from server.reminders.worker import NO_CONTACT
from server.render import BUILD
from server.secret_key import FILE_NAME, push_key, secret_key

HIDDEN = ("secret_key", "push_key", "database_url", "files_secret", "smtp_password", "metrics_token")
OLDEST_POSTGRES = 15
BACKUP_EVERY = timedelta(days=1, hours=6)  # a day, and some hours because a nightly backup may begin late
PROBE = b"legwork doctor"
OPENS = (
    "Check LEGWORK_FILES_KEY_ID and LEGWORK_FILES_SECRET, and the clock. They need the rights s3:ListBucket on the "
    "bucket, s3:GetObject, s3:PutObject and s3:DeleteObject on what is in it."
)
REACHES = (
    "Check LEGWORK_FILES_ENDPOINT, LEGWORK_FILES_REGION and the network. Phones keep their photos meanwhile."
)
WRITES = "Give it to the user who runs legwork, and see whether the disk is full."
WRITTEN_IN = 2026  # a clock that shows an earlier year is wrong
SIGNS = {"ok": "[green]ok  [/green]", "warn": "[yellow]warn[/yellow]", "fail": "[red]fail[/red]"}


@dataclass(frozen=True)
class Finding:
    level: str  # ok, warn or fail
    what: str
    todo: str = ""


@click.command(short_help="Check everything, and say what to do.")
def doctor() -> None:
    """Check settings, database, assets and secrets, and say what to do.

    Exits with 1 if something must be mended before serving.
    """
    console, settings = Console(highlight=False, soft_wrap=True), read_settings()
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        console.print(
            f"[dim]LEGWORK_{name.upper()} = {'…' if name in HIDDEN and value else escape(str(value))}[/dim]"
        )
    findings = [finding for check in CHECKS for finding in _found(check, settings)]
    for finding in findings:
        console.print(f"{SIGNS[finding.level]} {escape(finding.what)}")
        if finding.todo:
            console.print(f"     → {escape(finding.todo)}")
    if any(finding.level == "fail" for finding in findings):
        raise click.exceptions.Exit(1)


def _found(check: Callable[[Settings], Iterator[Finding]], settings: Settings) -> Iterator[Finding]:
    try:
        yield from check(settings)
    except OSError as error:  # such as when the secret key cannot be written
        yield Finding("fail", f"{error.filename or 'a file'}: {error.strerror}", WRITES)


def _names(_settings: Settings) -> Iterator[Finding]:
    """LEGWORK_ variables that are no settings, mostly typing errors."""
    known = [f"LEGWORK_{name.upper()}" for name in Settings.model_fields]
    for name in sorted(os.environ):
        if name.startswith("LEGWORK_") and name.removesuffix("_FILE") not in known:
            near = get_close_matches(name, known, 1, cutoff=0.85)
            todo = f"Perhaps {near[0]} is meant." if near else "README.md lists all settings."
            yield Finding("warn", f"{name} is not a setting", todo)


def _data_dir(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    folder.mkdir(PRIVATE, parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding("fail", f"{folder} cannot be written", "Give it to the user who runs legwork.")
    elif folder.stat().st_mode & 0o077:
        yield Finding(
            "warn",
            f"others on this machine can look into {folder}, where your data is",
            f"Run: chmod 700 {folder}",
        )
    else:
        yield Finding("ok", f"data directory {folder}")


def _database(settings: Settings) -> Iterator[Finding]:
    if path := missing(settings.resolved_database_url):
        yield Finding("fail", f"there is no database {path}", MAKE_ONE)
        return
    try:
        database = open_database(settings.resolved_database_url)
        yield _database_server(database)
        yield from _tables(database, settings)
        database.close()
    except (SQLAlchemyError, OSError) as error:
        # Not the whole text of any other error: it may contain the password.
        why = getattr(error, "orig", None) or getattr(error, "strerror", None) or type(error).__name__
        yield Finding("fail", f"the database does not answer: {_line(why)}", "Check LEGWORK_DATABASE_URL.")


def _database_server(database: Database) -> Finding:
    with database.engine.connect() as connection:
        version = connection.dialect.server_version_info or ()
    said = f"{'SQLite' if database.is_sqlite else 'PostgreSQL'} {'.'.join(map(str, version))}"
    if not database.is_sqlite and version < (OLDEST_POSTGRES,):
        return Finding("fail", said, f"Legwork needs PostgreSQL {OLDEST_POSTGRES} or newer.")
    return Finding("ok", said)


def _tables(database: Database, settings: Settings) -> Iterator[Finding]:
    version, newest = version_of(database), newest_version()
    if version is not None and not knows(version):
        yield Finding("fail", f"tables are at {version}, which this version does not know", TO_GO_BACK)
    elif version != newest:
        yield Finding(
            "fail", f"tables are at {version or 'nothing'}, not at {newest}", "Run: legwork db upgrade"
        )
    else:
        yield Finding("ok", f"tables are at {newest}")
        yield from _company(database, settings)


def _company(database: Database, settings: Settings) -> Iterator[Finding]:
    with database.reading() as session:
        if not is_set_up(session):
            yield Finding("warn", "there is no admin yet", "Run legwork run, and open the link it prints.")
        else:
            yield _backup(the_workspace(session).durable_at, datetime.now(UTC))
            yield from _refused_pushes(session)
            yield from _silent_devices(session, settings)


def _refused_pushes(session: Session) -> Iterator[Finding]:
    """Push services that refuse our messages. The devices are kept, because they can be reminded once it is mended."""
    for row in ledger.refusals(session):
        yield Finding(
            "warn",
            f"a push service refused reminders (devices: {row.number}): {row.refusal}",
            "Check the clock, LEGWORK_PUBLIC_URL (https), LEGWORK_PUSH_HOSTS and LEGWORK_PUSH_KEY.",
        )


def _silent_devices(session: Session, settings: Settings) -> Iterator[Finding]:
    try:
        server_key = Sealer(push_key(settings), NO_CONTACT).public_key
    except ValueError:  # `_push` tells about an invalid key
        return
    outdated = ledger.browser_counts(session, server_key).outdated
    if outdated:
        said = f"devices that were connected with another push key get no reminders (devices: {outdated})"
        todo = "Each connects by itself when Legwork is opened on it; or set the earlier key again."
        yield Finding("warn", said, todo)


def _backup(made_at: datetime | None, now: datetime) -> Finding:
    todo = "Run legwork backup every night. Phones keep what they have sent until a backup holds it."
    if made_at is None:
        return Finding("warn", "there is no backup yet", todo)
    said = f"the last backup is from {made_at:%Y-%m-%d %H:%M} UTC"
    return Finding("warn", said, todo) if now - made_at > BACKUP_EVERY else Finding("ok", said)


def _files(settings: Settings) -> Iterator[Finding]:
    """Writes, reads and removes a file, as the server does, and then asks for it once more: without the right to list,
    a bucket says of a missing file that it is forbidden."""
    place, name = settings.files_url or settings.data_dir / "files", f"uploads/doctor/{secrets.token_hex(8)}"
    try:
        store = open_store(settings)
        store.put(name, PROBE)
        found = store.get(name)
        store.remove([name])
        if found != PROBE or store.get(name) is not None:
            yield Finding("fail", f"{place} does not return what was written there", "Use another store.")
        else:
            yield Finding("ok", f"files can be written, read and removed in {place}")
    except NoBucket as error:
        yield Finding("fail", f"there is no bucket for {place}: {error}", MAKE_IT)
    except KeysRefused as error:
        yield Finding("fail", f"the keys do not open {place}: {error}", OPENS)
    except (OutOfReach, OSError, BaseError, ValueError) as error:
        kind = str(settings.files_url).partition(":")[0]
        todo = {"s3": REACHES, "file": MAKE_IT}.get(kind, WRITES)
        yield Finding("fail", f"{place} is out of reach: {_line(error)}", todo)


def _line(error: object) -> str:
    """An error's first line. What libraries print below it is for developers."""
    return str(error).strip().partition("\n")[0]


def _assets(_settings: Settings) -> Iterator[Finding]:
    if all((BUILD / name).exists() for name in ("manifest.json", "service_worker.js", "static")):
        yield Finding("ok", "assets are built")
    else:
        yield Finding("fail", "assets are not built", "Run: make build")


def _secrets(settings: Settings) -> Iterator[Finding]:
    kept = settings.data_dir / FILE_NAME
    if settings.secret_key:
        yield Finding("ok", "secret key from the settings")
    elif not kept.exists():
        yield Finding("ok", "a secret key is made at the first start")
    elif stat.S_IMODE(kept.stat().st_mode) & 0o077:
        yield Finding("warn", f"others can read {kept}", f"Run: chmod 600 {kept}")
    else:
        try:
            secret_key(settings)
            yield Finding("ok", f"secret key in {kept}")
        except ValueError:
            yield Finding("fail", f"{kept} holds no secret key", ANOTHER_KEY)


def _push(settings: Settings) -> Iterator[Finding]:
    try:
        Sealer(push_key(settings), NO_CONTACT)
        yield Finding(
            "ok", f"push key {'from the settings' if settings.push_key else 'in the data directory'}"
        )
    except ValueError:
        yield Finding("fail", "the push key is not valid", ANOTHER_PUSH_KEY)


def _mail(settings: Settings) -> Iterator[Finding]:
    if not settings.sends_mail:
        return
    place = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        asyncio.run(MailServer(settings).greet())
        yield Finding("ok", f"the mail server {place} answers")
    except (SMTPException, OSError) as error:
        todo = "Check LEGWORK_SMTP_HOST, _PORT, _SECURITY, _USER and _PASSWORD."
        yield Finding("warn", f"the mail server {place}: {said_by(error)}", todo)
    if settings.smtp_security == "none" and settings.smtp_user:
        todo = "Set LEGWORK_SMTP_SECURITY to starttls or tls."
        yield Finding("warn", "the mail server's password is sent unencrypted", todo)


def _address(settings: Settings) -> Iterator[Finding]:
    if not settings.public_url:
        todo = "Set it to the https address that people type: phones need https."
        yield Finding("warn", "LEGWORK_PUBLIC_URL is not set", todo)
    elif not settings.secure_cookies:
        yield Finding("warn", "LEGWORK_PUBLIC_URL is not https", "Phones install apps over https only.")
    else:
        yield Finding("ok", f"served to people as {settings.public_url}")
    if settings.secure_cookies and settings.proxies == 0:
        said = "LEGWORK_PUBLIC_URL is https, but LEGWORK_PROXIES is 0"
        yield Finding("warn", said, "Behind Caddy or nginx set LEGWORK_PROXIES=1.")


def _clock(_settings: Settings) -> Iterator[Finding]:
    now = datetime.now(UTC)
    if now.year < WRITTEN_IN:
        yield Finding("fail", f"the clock says {now:%Y-%m-%d %H:%M} UTC", "Set the clock of this machine.")
    else:
        yield Finding("ok", f"clock {now:%Y-%m-%d %H:%M} UTC")


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    _names,
    _data_dir,
    _database,
    _files,
    _assets,
    _secrets,
    _push,
    _mail,
    _address,
    _clock,
)
