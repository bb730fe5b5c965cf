"""`legwork user`: people's accounts, for whoever runs the server."""

from collections.abc import Mapping
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.table import Column, Table
from sqlmodel import Session

from server import passwords
from server.account_form import NAME_OF, SIGN_IN_OF, check
from server.cli.opening import opened
from server.cli.settings import read_settings
from server.models import account, workspace
from server.models import territory as territories
from server.models.refusal import Refused
from server.models.user import DEPARTMENTS, Role, User
from server.translations import translator
from sync.changes import Arg
from sync.validation import message

T = translator("en")
WIDEST = 1000  # characters in a line that goes to a file or another program


@click.group("user")
def user_commands() -> None:
    """People who sign in."""


@user_commands.command("create")
@click.option("--email", required=True, help="What they sign in with.")
@click.option("--name", required=True, help="As colleagues call them.")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option(
    "--territory", metavar="NAME", help="Where they work. It is made if there is none of this name."
)
@click.option(
    "--team",
    metavar="NAME",
    help="Their team. It is made if there is none of this name; --territory says where.",
)
@click.option(
    "--department",
    type=click.Choice(DEPARTMENTS),
    help="For the role support: the department whose tasks they answer. Without it, of all.",
)
@click.password_option(help="Without it, you are asked for it.")
def create(
    email: str,
    name: str,
    role: str,
    territory: str | None,
    team: str | None,
    department: str | None,
    password: str,
) -> None:
    """Create an account.

    \b
    Example:
      legwork user create --email alice@example.com --name "Alice Berger" --role rep --territory South
    """
    name, email = _checked("--name", name, NAME_OF), _checked("--email", email, SIGN_IN_OF)
    territory = _checked("--territory", territory, NAME_OF) if territory else None
    team = _checked("--team", team, NAME_OF) if team else None
    if department and role != Role.SUPPORT:
        raise click.BadParameter("only the role support has a department", param_hint="--department")
    _check_password(email, name, password)
    hashed, now = passwords.hashed(password), datetime.now(UTC)
    with opened(read_settings()) as database, database.writing() as session:
        if account.by_email(session, email):
            raise click.ClickException(f"{email} has an account already.")
        placed = _territory(session, territory)
        crew = _team(session, team, placed)
        session.flush()
        details = account.Details(
            email,
            name,
            role,
            territory_id=placed.id if placed else None,
            team_id=crew.id if crew else None,
            department=department,
        )
        account.create(session, details, hashed, now)
        if role == Role.ADMIN and not workspace.is_set_up(session):
            workspace.finish_setup(session, "Legwork", now)
    click.echo(f"{name} can sign in as {email.lower()}.")


@user_commands.command("list")
def list_people() -> None:
    """Show everybody with their role and territory."""
    with opened(read_settings()) as database, database.reading() as session:
        people = account.everybody(session)
        names = {territory.id: territory.name for territory in workspace.territories(session)}
    # A terminal breaks long lines instead of cutting an address short; for another program none is broken.
    table = Table(*(Column(name, overflow="fold") for name in ("Email", "Name", "Role", "Territory", "")))
    for user in people:
        place = names.get(user.territory_id or "", "")
        table.add_row(user.email, user.name, user.role, place, "left" if user.deactivated_at else "")
    console = Console()
    if not console.is_terminal:
        console.width = WIDEST
    console.print(table)


@user_commands.command("reset-password", short_help="Give EMAIL a new password.")
@click.argument("email")
def reset_password(email: str) -> None:
    """Give EMAIL a new password, print it, and sign them out everywhere."""
    password = passwords.temporary()
    hashed = passwords.hashed(password)
    with opened(read_settings()) as database, database.writing() as session:
        user = _known(session, email)
        account.set_password(session, user, hashed, datetime.now(UTC))
    click.echo(f"The new password of {user.email}: {password}")
    if user.deactivated_at:
        click.echo(
            "They cannot sign in with it yet, because the account has ended. An admin can change that: More, People, "
            "Let sign in again."
        )


@user_commands.command("deactivate")
@click.argument("email")
def deactivate(email: str) -> None:
    """End EMAIL's account and sign them out everywhere. What they did stays under their name."""
    with opened(read_settings()) as database, database.writing() as session:
        try:
            account.deactivate(session, _known(session, email), datetime.now(UTC))
        except Refused as refused:
            raise click.ClickException(refused.sentence) from None
    click.echo(f"{email} is signed out everywhere and cannot sign in again.")


def _known(session: Session, email: str) -> User:
    user = account.by_email(session, email)
    if user is None:
        raise click.ClickException(f"Nobody has the email {email}. See: legwork user list")
    return user


def _checked(option: str, given: str, form: Mapping[str, Arg]) -> str:
    """Checks an option as the pages check a form with this one field. Raises BadParameter with the page's sentence."""
    (field,) = form
    clean, errors = check(form, {field: [given]})
    if errors:
        wrong = errors[field]
        raise click.BadParameter(message(T, wrong["code"], wrong["params"]), param_hint=option)
    return str(clean[field])


def _check_password(email: str, name: str, password: str) -> None:
    fault = passwords.fault(password, email, name)
    if fault:
        raise click.BadParameter(T(fault[0], **fault[1]), param_hint="--password")


def _territory(session: Session, name: str | None) -> workspace.Territory | None:
    if not name:
        return None
    return workspace.territory_named(session, name) or territories.add(session, name)


def _team(session: Session, name: str | None, territory: workspace.Territory | None) -> workspace.Team | None:
    if not name:
        return None
    found = workspace.team_named(session, name)
    if found is None and territory is None:
        raise click.BadParameter("a new team needs --territory", param_hint="--team")
    if found is not None and territory is not None and found.territory_id != territory.id:
        place = session.get_one(workspace.Territory, found.territory_id).name
        raise click.BadParameter(f"the team {found.name} is in {place}", param_hint="--territory")
    return found or workspace.add_team(session, name, territory)  # type: ignore[arg-type]
