"""Settings: what is read from where, and what goes without."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from server.config import Settings


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LEGWORK_{name.upper()}", raising=False)
        monkeypatch.delenv(f"LEGWORK_{name.upper()}_FILE", raising=False)


def test_it_works_with_none_set() -> None:
    settings = Settings()
    assert settings.resolved_database_url == "sqlite:///data/legwork.db"
    assert (settings.host, settings.port, settings.secret_key) == ("127.0.0.1", 8000, None)
    assert not settings.secure_cookies


def test_every_setting_says_what_it_is_for() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name


def test_a_variable_sets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGWORK_PORT", "9000")
    assert Settings().port == 9000


def test_a_file_sets_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("k" * 40 + "\n")
    monkeypatch.setenv("LEGWORK_SECRET_KEY_FILE", str(file))
    assert Settings().secret_key == "k" * 40


def test_the_variable_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "port"
    file.write_text("9000")
    monkeypatch.setenv("LEGWORK_PORT_FILE", str(file))
    assert Settings().port == 9000
    monkeypatch.setenv("LEGWORK_PORT", "9001")
    assert Settings().port == 9001


def test_a_file_that_is_missing_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGWORK_SECRET_KEY_FILE", "/nowhere/at/all")
    with pytest.raises(FileNotFoundError):
        Settings()


@pytest.mark.parametrize(
    "name", ["PORT", "SECRET_KEY", "SMTP_HOST", "FILES_URL", "TIME_ZONE", "HOST", "DATA_DIR"]
)
def test_an_empty_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"LEGWORK_{name}", "")
    assert Settings() == Settings.model_construct()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "legwork.example.com"),
        ("PUBLIC_URL", "ftp://legwork.example.com"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://example.com/legwork"),
        ("DATABASE_URL", "mysql://legwork@db/legwork"),
        ("DATABASE_URL", "legwork.db"),
        ("FILES_URL", "ftp://files.example.com/legwork"),
        ("FILES_URL", "s3://"),
        ("FILES_URL", "bucket/folder"),
    ],
)
def test_half_an_address_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"LEGWORK_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


@pytest.mark.parametrize(
    "url", ["https://legwork.example.com", "https://legwork.example.com/", "http://10.0.0.5:8000"]
)
def test_a_whole_address_is_not(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("LEGWORK_PUBLIC_URL", url)
    assert Settings().public_url == url


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "0"), ("SECRET_KEY", "short"), ("LOG_LEVEL", "loud"), ("SESSION_DAYS", "0")]
)
def test_what_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"LEGWORK_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


def test_https_makes_cookies_secure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGWORK_PUBLIC_URL", "https://legwork.example")
    assert Settings().secure_cookies
