"""`python -m server.cli`, where the package is not installed."""

from server.cli import main

main(prog_name="legwork")
