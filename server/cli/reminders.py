"""`legwork reminders` and `legwork worker`: what would be sent and why, and a process that sends it."""

import asyncio
import signal
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.markup import escape
from sqlmodel import Session

from server.cli.opening import opened
from server.cli.settings import read_settings
from server.models import account
from server.reminders.due import Gathered, find_due
from server.reminders.person import Person, is_quiet, people_named, reachable
from server.reminders.wording import said
from server.reminders.worker import Worker

WHY = {
    "due": "promised for {occasion}",
    "late": "promised for {occasion}",
    "planned": "planned for {occasion}",
    "cold": "silent since {silent_since:%Y-%m-%d}, its rhythm is {cadence_days} days",
    "handed_back": "silent since {silent_since:%Y-%m-%d}, and given to the pool",
    "birthday": "birthday on {occasion}",
    "parked": "sent by the phone and not applied: {subject_id}",
    "asked": "{rep} asks for access",
    "approval": "{rep} asks for approval",
    "answered": "asked for approval, and it was answered",
    "colleague": "{rep} was in touch",
    "task": "{rep} asks, until {due_on}",
    "task_late": "was due on {due_on}, and is not answered",
    "task_done": "{rep} has answered",
    "week": "the week of {due_on} is over",
    "report": "{name} sent the report of the week of {due_on} on",
    "unheeded": "silent since {silent_since:%Y-%m-%d}, {rep} was told a week ago",
}


@click.group("reminders")
def reminder_commands() -> None:
    """What people are reminded of."""


@reminder_commands.command("due")
@click.option("--user", "email", required=True, metavar="EMAIL", help="Whom it is about.")
@click.option("--at", type=click.DateTime(["%Y-%m-%dT%H:%M"]), help="On their clock; now when left out.")
def due(email: str, at: datetime | None) -> None:
    """Show what somebody would be told at a moment, and why. Nothing is sent.

    \b
    Example:
      legwork reminders due --user alice@example.com --at 2026-12-01T08:30
    """
    settings, console = read_settings(), Console(highlight=False)
    with opened(settings) as database, database.reading() as session:
        person = _known(session, email, settings.time_zone)
        now = at.replace(tzinfo=person.zone).astimezone(UTC) if at else datetime.now(UTC)
        console.print(escape(_introduced(person, now)))
        reached = reachable(session, settings, now)
        if person.user.id not in {other.user.id for other in reached}:
            console.print("No device of theirs lets itself be told: More → Reminders on the phone.")
        found = find_due(session, [person], now)
        for gathered in found:
            _show(console, gathered, now)
        if not found:
            console.print(_why_nothing(person, now))


@click.command()
def worker() -> None:
    """Send reminders until it is stopped, beside servers that have LEGWORK_EMBEDDED_WORKER=false.

    As many as one likes may run on PostgreSQL: what one has claimed no other sends.
    """
    settings = read_settings()
    with opened(settings) as database:
        click.echo("Legwork sends reminders (Ctrl+C stops it).")
        asyncio.run(_until_stopped(Worker(database, settings, settings.address)))


async def _until_stopped(worker: Worker) -> None:
    working = asyncio.create_task(worker.run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, working.cancel)
    await asyncio.wait([working])
    if not working.cancelled():
        working.result()


def _known(session: Session, email: str, time_zone: str) -> Person:
    user = account.by_email(session, email)
    people = people_named(session, [user.id], time_zone) if user else []
    if not people:
        raise click.ClickException(f"Nobody with the email {email} works here. See: legwork user list")
    return people[0]


def _introduced(person: Person, now: datetime) -> str:
    wishes, local = person.wishes, now.astimezone(person.zone)
    muted = f", without {', '.join(wishes.muted)}" if wishes.muted else ""
    return (
        f"{person.user.name}, {local:%A %Y-%m-%d %H:%M} ({person.time_zone}). Hears from {wishes.hour} on days "
        f"{wishes.working_days}, not from {wishes.quiet_from} to {wishes.quiet_until}{muted}."
    )


def _show(console: Console, gathered: Gathered, now: datetime) -> None:
    spoken = said(gathered.kind.name, gathered.rows, gathered.person, now)
    console.print(f"\n[bold]{escape(spoken.title)}[/bold]\n{escape(spoken.body)}\n→ {escape(spoken.path)}")
    for row in gathered.rows:
        why = WHY[gathered.kind.name].format(**row._mapping)
        console.print(f"  {gathered.kind.name}: {escape(' · '.join(filter(None, (row.name, why))))}")


def _why_nothing(person: Person, now: datetime) -> str:
    clock = f"{now.astimezone(person.zone):%H:%M}"
    if clock < person.wishes.hour:
        return "Nothing: their hour has not come."
    if is_quiet(clock, person.wishes):
        return "Nothing: these are their quiet hours."
    if not person.works_on(person.day_of(now)):
        return "Nothing: a day off, and no visit is planned for it."
    return "Nothing is due that they were not told of already."
