"""`python -m server.cli`, for when the package is not installed."""

from server.cli import main

main(prog_name="legwork")
