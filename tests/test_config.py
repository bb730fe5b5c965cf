"""Settings: where each is read from, which values are refused, and what holds without any."""

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
        ("PUBLIC_URL", "https://exa mple.com"),
        ("PUBLIC_URL", "https://user:password@example.com"),
        ("PUBLIC_URL", "https://example.com:port"),
        ("PUBLIC_URL", "https://example.com:99999"),
        ("PUBLIC_URL", "https://example.com/#"),
        ("PUBLIC_URL", "https://example.com//"),
        ("DATABASE_URL", "postgresql://[::1/legwork"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("DATABASE_URL", "mysql://legwork@db/legwork"),
        ("DATABASE_URL", "legwork.db"),
        ("FILES_URL", "ftp://files.example.com/legwork"),
        ("FILES_URL", "s3://"),
        ("FILES_URL", "bucket/folder"),
        ("FILES_URL", "memory:///"),  # files would be lost at the next start
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


def test_an_address_is_kept_as_browsers_write_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGWORK_PUBLIC_URL", "HTTPS://Legwork.Example.com:8443")
    assert Settings().public_url == "https://legwork.example.com:8443"
    assert Settings().secure_cookies


def test_a_password_in_an_address_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGWORK_DATABASE_URL", "postgresql://legwork:geheim@[::1/legwork")
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert [wrong["msg"] for wrong in refused.value.errors() if "geheim" not in wrong["msg"]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("SECRET_KEY", "short"),
        ("LOG_LEVEL", "loud"),
        ("SESSION_DAYS", "0"),
        ("SESSION_DAYS", "3650000"),
        ("HOST", "legwork..example.com"),
        ("SMTP_HOST", "m" * 64),
        ("SMTP_FROM", "legwork"),
        ("SMTP_FROM", "Legwork <legwork@example.com>"),
        ("SMTP_FROM", "legwork@example.com\r\nBcc: eve@example.com"),
    ],
)
def test_what_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"LEGWORK_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


def test_https_makes_cookies_secure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEGWORK_PUBLIC_URL", "https://legwork.example")
    assert Settings().secure_cookies
