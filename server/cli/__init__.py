"""The command line: `legwork`. Each command is a door to what the pages do as well."""

import click

from server.cli.backup import backup, restore, verify
from server.cli.database import database_commands
from server.cli.doctor import doctor, healthcheck
from server.cli.outbox import outbox_commands
from server.cli.people import user_commands
from server.cli.reminders import reminder_commands, worker
from server.cli.secrets import secret_commands
from server.cli.serving import demo, run
from server.transfer.command import import_customers

EPILOG = """\b
Begin with:
  legwork db upgrade
  legwork run

Settings are LEGWORK_… environment variables; `legwork doctor` shows those in force and what to do about them.
"""


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="legwork")
def main() -> None:
    """Legwork: sales management for people who sell on foot."""


@main.group("customers")
def customer_commands() -> None:
    """Customers, many at once."""


COMMANDS = (
    run,
    demo,
    database_commands,
    user_commands,
    outbox_commands,
    backup,
    restore,
    verify,
    doctor,
    secret_commands,
    healthcheck,
    reminder_commands,
    worker,
)
customer_commands.add_command(import_customers)
for command in COMMANDS:
    main.add_command(command)
