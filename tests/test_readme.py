"""What the README says of settings and commands is what they are."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic.fields import FieldInfo

from server.cli import main
from server.config import Settings

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def line(name: str, field: FieldInfo) -> str:
    default = f"`{field.default}`" if field.default is not None else ""
    return f"| `LEGWORK_{name.upper()}` | {default} | {field.description} |"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_readme_lists_each_setting_with_its_default(name: str) -> None:
    assert line(name, Settings.model_fields[name]) in README.splitlines()


def test_the_readme_lists_no_other_setting() -> None:
    listed = [row.split("`")[1] for row in README.splitlines() if row.startswith("| `LEGWORK_")]
    assert listed == [f"LEGWORK_{name.upper()}" for name in Settings.model_fields]


def test_what_makes_backups_makes_the_folder_that_they_go_into() -> None:
    at_night, before_a_new_version = re.findall(r"^.*legwork backup 'backups/.*$", README, re.MULTILINE)
    for line in (at_night, before_a_new_version):
        assert "mkdir -p backups && .venv/bin/legwork backup 'backups/" in line
    assert at_night in CliRunner().invoke(main, ["backup", "--help"]).output


def test_the_service_starts_with_commands_that_are_there() -> None:
    started = re.findall(r"^Exec\w+=/srv/legwork/\.venv/bin/legwork (.+)$", README, re.MULTILINE)
    assert started == ["db upgrade", "run"]
    for command in started:
        assert CliRunner().invoke(main, [*command.split(), "--help"]).exit_code == 0


def test_every_target_of_make_is_there() -> None:
    makefile = (Path(__file__).parent.parent / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^(?:make|.*`make) (\w+)", README, re.MULTILINE):
        assert f"\n{target}: " in makefile
