"""`legwork reminders` shows what would be sent and why; `legwork worker` is a process that sends it."""

import asyncio
import signal
from calendar import day_abbr
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from sqlalchemy import Row
from sqlmodel import Session

from server.cli.opening import opened
from server.cli.serving import require_push_key
from server.cli.settings import read_settings
from server.config import Settings
from server.models import account
from server.reminders.due import KINDS, Gathered, all_due, find_due
from server.reminders.kinds import Kind
from server.reminders.outbox import browsers_of
from server.reminders.person import Person, is_quiet, people_named
from server.reminders.ranked import with_rankings
from server.reminders.weekly import WeekOver
from server.reminders.wording import said
from server.reminders.worker import Worker
from sync.field_checks import FIRST_DUE_YEAR, LAST_YEAR

WHY = {
    "due": "promised for {occasion}",
    "late": "promised for {occasion}",
    "planned": "planned for {occasion}",
    "cold": "silent since {silent_since:%Y-%m-%d}, to be visited every {cadence_days} days",
    "handed_back": "silent since {silent_since:%Y-%m-%d}, and back in the pool",
    "birthday": "birthday on {occasion}",
    "parked": "sent by the phone and not applied: {subject_id}",
    "entry": "{name} asks what to do with it: {subject_id}",
    "asked": "{rep} asks for access",
    "access": "{rep} gave it, shared it or declined to",
    "approval": "{rep} asks for approval",
    "answered": "asked for approval, and it was answered",
    "colleague": "{rep} was in touch",
    "given": "{rep} gave it to do",
    "task": "{rep} asks, until {due_on}",
    "task_late": "was due on {due_on}, and is not answered",
    "task_done": "{rep} has answered",
    "week": "the week of {due_on} is over",
    "report": "{name} sent the report of the week of {due_on} on",
    "alert": "risen on {occasion}",
    "unheeded": "silent since {silent_since:%Y-%m-%d}, {rep} was told a week ago",
}


@click.group("reminders")
def reminder_commands() -> None:
    """See what people are reminded of."""


@reminder_commands.command("due")
@click.option("--user", "email", required=True, metavar="EMAIL", help="Whose reminders.")
@click.option(
    "--at", type=click.DateTime(["%Y-%m-%dT%H:%M"]), help="The time on their clock. Without it, now."
)
def due(email: str, at: datetime | None) -> None:
    """Show what somebody would be told at a moment, and why. Nothing is sent.

    \b
    Example:
      legwork reminders due --user alice@example.com --at 2026-12-01T08:30
    """
    if at is not None and not FIRST_DUE_YEAR <= at.year <= LAST_YEAR:
        raise click.BadParameter(f"the year must be from {FIRST_DUE_YEAR} to {LAST_YEAR}", param_hint="--at")
    settings, console = read_settings(), Console(highlight=False, soft_wrap=True)
    with opened(settings) as database, database.reading() as session:
        person = _known(session, email, settings.time_zone)
        now = at.replace(tzinfo=person.zone).astimezone(UTC) if at else datetime.now(UTC)
        console.print(escape(_introduced(person, now)))
        devices = len(browsers_of([person.user.id], session, settings, now).get(person.user.id, ()))
        if not devices and not settings.sends_mail:
            console.print("None of their devices is connected. On the phone: More → Reminders.")
        found = find_due(session, [person], now)
        weeks = {one.person.user.id: one.rows[-1].due_on for one in found if one.kind.name == WeekOver.name}
        person = with_rankings(session, {person.user.id: person}, weeks, now)[person.user.id]
        for gathered in found:
            _show(
                console, replace(gathered, person=person), now, _way(person, gathered.kind, devices, settings)
            )
        silent = _silent(session, person, now)
        if silent:
            console.print("\n[bold]Not told:[/bold]")
        for line in silent:
            console.print(f"  {escape(line)}")
        if not found and not silent:
            console.print(_why_nothing(person, now))


@click.command(short_help="Send reminders beside the servers.")
def worker() -> None:
    """Send reminders until it is stopped, beside servers that have LEGWORK_EMBEDDED_WORKER=false.

    With PostgreSQL any number of workers may run: each reminder is sent by only one of them.
    """
    settings = read_settings()
    with opened(settings) as database:
        require_push_key(settings)
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
    days = ", ".join(day_abbr[int(number) - 1] for number in wishes.working_days) or "no day"
    quiet = f", not from {wishes.quiet_from} to {wishes.quiet_until}"
    return (
        f"{person.user.name}, {local:%A %Y-%m-%d %H:%M} ({person.time_zone}). Hears from {wishes.hour} on {days}"
        f"{quiet if wishes.quiet_from != wishes.quiet_until else ''}."
    )


def _way(person: Person, kind: Kind, devices: int, settings: Settings) -> str:
    if settings.sends_mail and (person.prefers_mail(kind.name) or not devices):
        return "by email"
    return f"by push (devices: {devices})"


def _show(console: Console, gathered: Gathered, now: datetime, way: str) -> None:
    spoken = said(gathered.kind.name, gathered.rows, gathered.person, now)
    console.print(
        f"\n[bold]{escape(spoken.title)}[/bold]\n{escape(spoken.body)}\n→ {escape(spoken.path)}, {way}"
    )
    for row in gathered.rows:
        console.print(f"  {escape(_because(gathered.kind, row))}")


def _because(kind: Kind, row: Row[Any]) -> str:
    return f"{kind.name}: " + " · ".join(filter(None, (row.name, WHY[kind.name].format(**row._mapping))))


def _silent(session: Session, person: Person, now: datetime) -> list[str]:
    """A line for each thing that is due but would not be told at this moment, with the reason."""
    lines = []
    for kind in KINDS:
        for row, told_at in all_due(session, kind, person, now):
            told = f"told on {told_at.astimezone(person.zone):%Y-%m-%d at %H:%M}" if told_at else ""
            if why := told or _why_not(person, kind, now):
                lines.append(f"{_because(kind, row)} · {why}")
    return lines


def _why_not(person: Person, kind: Kind, now: datetime) -> str:
    if not person.wants(kind.name):
        return "off in their settings"
    if person.hears(now, kind.any_day):
        return ""
    clock = f"{now.astimezone(person.zone):%H:%M}"
    if is_quiet(clock, person.wishes):
        return "these are their quiet hours"
    return "their hour has not come" if clock < person.wishes.hour else "a day off"


def _why_nothing(person: Person, now: datetime) -> str:
    if not person.works_on(person.day_of(now)):
        return "Nothing is due on a day off."
    return "Nothing is due."
