"""The measurements of reminders run, on a company that is quick to make."""

from pathlib import Path

import pytest

from server.database import Database
from tests.bench import reminders
from tests.cast import Cast


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_sweep_and_a_round_of_messages_are_measured(
    database: Database, cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminders, "PEOPLE", 3)
    monkeypatch.setattr(reminders, "SUBSCRIPTIONS", 5)
    monkeypatch.setattr(reminders, "ROUNDS", 1)
    statements, _ = reminders.sweeping(database, tmp_path)
    assert statements.met, "so many statements, however many people there are"
    [messages] = reminders.sending(database, tmp_path)
    assert messages.measured.endswith(" messages/s")
