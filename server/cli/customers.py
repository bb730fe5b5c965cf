"""`legwork customers`: its import is that of the page, for whoever runs the server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlmodel import Session, col, select

from server.cli.opening import opened
from server.cli.settings import read_settings
from server.database import Database
from server.models.user import Role, User
from server.models.workspace import territory_named
from server.transfer.checking import Checked, Choices, check, sentence
from server.transfer.columns import Guess
from server.transfer.importer import Importer, importer
from server.transfer.importing import prepared, write
from server.transfer.reading import Sheet, read
from server.transfer.unreadable import Unreadable
from server.translations import translator

T = translator("en")
SHOWN = 20  # rows in each table of problems


@dataclass(frozen=True)
class Wanted:
    """The options of the import, by their names on the command line."""

    owner: str | None
    territory: str | None
    duplicates: bool
    leave_out_errors: bool
    dry_run: bool
    yes: bool


@click.group("customers")
def customer_commands() -> None:
    """Import customers."""


@customer_commands.command("import", short_help="Import customers from a CSV or an XLSX.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--owner", metavar="EMAIL", help="Who owns the customers for whom the file names no owner.")
@click.option("--territory", metavar="NAME", help="The territory of customers whose owner has none.")
@click.option("--duplicates", is_flag=True, help="Also import rows that repeat a customer or another row.")
@click.option(
    "--leave-out-errors",
    is_flag=True,
    help="Import the rows without errors. Without this option an error in any row stops the import.",
)
@click.option("--dry-run", is_flag=True, help="Check and report, but write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before writing.")
def import_customers(
    file: Path,
    owner: str | None,
    territory: str | None,
    duplicates: bool,
    leave_out_errors: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Import customers from FILE, a CSV (UTF-8, UTF-16, GB18030) or an XLSX.

    Columns are recognised by their English or Chinese headers, rows are checked like forms, and either all of
    them are written or none.
    """
    wanted = Wanted(owner, territory, duplicates, leave_out_errors, dry_run, yes)
    try:
        with opened(read_settings()) as database:
            _import(database, file, wanted)
    except Unreadable as refused:
        raise click.ClickException(T(refused.sentence, **refused.params)) from None


def _import(database: Database, file: Path, wanted: Wanted) -> None:
    console = Console()
    sheet = read(file.name, file.read_bytes())
    with database.reading() as session:
        by = _administrator(session)
        guesses = by.guesses(sheet)
        console.print(_mapping(sheet, guesses, by))
        if sheet.others:
            console.print(
                escape(f"Only the sheet “{sheet.name}” is imported, and not: {', '.join(sheet.others)}")
            )
        choices = _choices(session, by, guesses, wanted)
        with _bar(console) as bar:
            task = bar.add_task("Checking", total=len(sheet.rows))
            checked = check(
                session, by, sheet, choices, lambda done, total: bar.update(task, completed=done, total=total)
            )
            bar.update(task, completed=len(sheet.rows))
    _tell(console, checked, by)
    if wanted.dry_run or not checked.may_be_written:
        _end_without_writing(console, checked)
        return
    if not wanted.yes:
        click.confirm(f"Import {checked.customers} customers?", abort=True)
    _write(console, database, by, checked)


def _administrator(session: Session) -> Importer:
    """The command imports in the name of the first active admin."""
    admins = select(User).where(User.role == Role.ADMIN, col(User.deactivated_at).is_(None))
    admin = session.exec(admins.order_by(col(User.created_at))).first()
    if admin is None:
        raise click.ClickException(
            "There is no admin yet. Create one first: legwork user create --role admin"
        )
    return importer(session, admin)


def _choices(session: Session, by: Importer, guesses: list[Guess], wanted: Wanted) -> Choices:
    owner = by.named(wanted.owner) if wanted.owner else None
    if wanted.owner and owner is None:
        raise click.BadParameter(f"no active rep has the email {wanted.owner}", param_hint="--owner")
    territory = territory_named(session, wanted.territory) if wanted.territory else None
    if wanted.territory and territory is None:
        raise click.BadParameter(f"there is no territory {wanted.territory}", param_hint="--territory")
    return Choices(
        tuple(guess.field for guess in guesses),
        owner_id=owner.id if owner else None,
        territory_id=territory.id if territory else None,
        import_duplicates=wanted.duplicates,
        leave_out_errors=wanted.leave_out_errors,
    )


def _mapping(sheet: Sheet, guesses: list[Guess], by: Importer) -> Table:
    table = Table("Column", "First value", "Becomes", "Sure")
    for title, value, guess in zip(sheet.header, sheet.rows[0], guesses, strict=True):
        becomes = escape(by.labels(T)[guess.field]) if guess.field else "[dim]left out[/dim]"
        table.add_row(
            escape(title), escape(value[:40]), becomes, f"{guess.confidence:.0%}" if guess.field else ""
        )
    return table


def _tell(console: Console, checked: Checked, by: Importer) -> None:
    labels = by.labels(T)
    if not checked.choices.name_customers:
        console.print("No column is the name of the customer. Call one of them “Customer” in the file.")
    if checked.wrong:
        table = Table("Row", "Field", "Value", "What is wrong", title="Errors", title_justify="left")
        for row in checked.wrong[:SHOWN]:
            for field, problem in row.problems.items():
                value = escape(row.cells.get(field, "")[:40])
                wrong = escape(sentence(T, problem, by.words(T, field)))
                table.add_row(str(row.number), escape(labels.get(field, field)), value, wrong)
        console.print(table)
    if checked.repeated:
        numbers = ", ".join(str(row.number) for row in checked.repeated[:SHOWN])
        console.print(
            f"Already there or repeated: {len(checked.repeated)} (rows {numbers}{_and_more(checked.repeated)})"
        )
    console.print(
        f"Rows: {len(checked.rows)}, with errors: {len(checked.wrong)}, new customers: {checked.customers}"
    )

    unseen = checked.unseen(by)
    if unseen:
        console.print(
            f"Without an owner or a territory: {unseen}. No rep and no manager would see them: "
            "give --owner or --territory."
        )


def _and_more(rows: Sequence[object]) -> str:
    return " …" if len(rows) > SHOWN else ""


def _end_without_writing(console: Console, checked: Checked) -> None:
    console.print("Nothing was written.")
    if not checked.may_be_written:
        raise click.exceptions.Exit(1)


def _write(console: Console, database: Database, by: Importer, checked: Checked) -> None:
    made = prepared(by, checked, datetime.now(UTC))
    with _bar(console) as bar:
        task = bar.add_task("Writing", total=len(made))
        with database.writing() as session:
            imported = write(session, made, lambda done, total: bar.update(task, completed=done, total=total))
    console.print(f"Imported {imported} customers.")


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)
