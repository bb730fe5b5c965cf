"""`legwork customers`."""

import click

from server.transfer.command import import_customers


@click.group("customers")
def customer_commands() -> None:
    """Import customers."""


customer_commands.add_command(import_customers)
