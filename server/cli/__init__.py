"""The command line: `legwork`. Commands call the same functions as the pages."""

from importlib import import_module
from typing import Final

import click

EPILOG = """\b
Begin with:
  legwork db upgrade
  legwork run

Settings are LEGWORK_… environment variables; `legwork doctor` shows those in force and what to do about them.
"""
COMMANDS: Final = {
    "run": "serving:run",
    "demo": "demo:demo",
    "db": "database:database_commands",
    "user": "people:user_commands",
    "customers": "customers:customer_commands",
    "outbox": "outbox:outbox_commands",
    "backup": "backup:backup",
    "restore": "backup:restore",
    "verify": "backup:verify",
    "doctor": "doctor:doctor",
    "secrets": "secrets:secret_commands",
    "healthcheck": "healthcheck:healthcheck",
    "reminders": "reminders:reminder_commands",
    "worker": "reminders:worker",
}


class CommandsWhenAsked(click.Group):
    """Imports a command's module only when that command is called: importing all of them takes a second."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(f"server.cli.{module}"), name)
        return command


@click.group(cls=CommandsWhenAsked, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="legwork")
def main() -> None:
    """Legwork: sales management for people who sell on foot."""
