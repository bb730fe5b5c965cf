"""All settings: each is read from LEGWORK_<NAME>, or from the file that LEGWORK_<NAME>_FILE names."""

import os
import re
from email.errors import MessageError
from email.headerregistry import Address
from functools import cached_property
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  (read, not bound)

PRIVATE = 0o700  # the mode of a data directory, which holds all data and secret keys
NAMED = re.compile(r"[^\s@\\]+")  # a host name or IP address, perhaps with a port
SHORTEST_KEY = 32  # characters
DATABASES = ("postgresql://", "postgresql+psycopg://", "postgres://", "sqlite://")
STORES = ("s3", "s3a", "gs", "az", "adl", "azure", "abfs", "abfss", "https", "http", "file")


class FileVariants(PydanticBaseSettingsSource):
    """Reads LEGWORK_SECRET_KEY from the file in LEGWORK_SECRET_KEY_FILE,
    so that secrets need not be in the environment."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"LEGWORK_{field_name.upper()}_FILE")
        return (Path(path).read_text().strip() if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {
            name: self.get_field_value(field, name)[0]
            for name, field in self.settings_cls.model_fields.items()
        }
        return {name: value for name, value in found.items() if value is not None}


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="LEGWORK_",
        extra="ignore",
        env_ignore_empty=True,  # compose files and unit files set variables without a value to ""
    )

    data_dir: Path = Field(
        default=Path("data"), description="Where the database file and generated secrets live."
    )
    database_url: str | None = Field(
        default=None,
        description="postgresql://… for PostgreSQL 15+; unset: legwork.db in the data directory.",
    )
    files_url: str | None = Field(
        default=None,
        description="Where photos and voice notes live, such as s3://bucket/folder; unset: files/ beside the database.",
    )
    files_endpoint: str | None = Field(
        default=None,
        description="The address of an S3-compatible store that is not Amazon's, such as https://s3.example.com.",
    )
    files_region: str | None = Field(default=None, description="The region of the bucket.")
    files_key_id: str | None = Field(default=None, description="The bucket's access key.")
    files_secret: str | None = Field(default=None, description="The bucket's secret access key.")
    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(default=8000, description="The port to listen on.", ge=1, le=65535)
    public_url: str | None = Field(
        default=None,
        description="The address people type, such as https://legwork.example.com; https makes cookies secure.",
    )
    proxies: int = Field(
        default=0,
        description="How many reverse proxies of your own stand in front (for the address in X-Forwarded-For).",
        ge=0,
    )
    secret_key: str | None = Field(
        default=None,
        description="Signs form tokens; unset: made at first start and kept in the data directory.",
        min_length=SHORTEST_KEY,
    )
    session_days: int = Field(
        default=90,
        description="Days without use after which a device is signed out.",
        ge=1,
        le=3650,  # so that subtracting it from today never leaves the calendar
    )
    time_zone: str = Field(
        default="UTC",
        description="Time zone of the company's quarters, and of people whose browser has not reported theirs yet.",
    )
    push_key: str | None = Field(
        default=None,
        description="Signs push messages; unset: made at first start and kept in the data directory.",
        min_length=42,
    )
    push_hosts: str = Field(
        default="fcm.googleapis.com,.push.services.mozilla.com,.push.apple.com,.notify.windows.com",
        description="Hosts of push services that phones may use; .name stands for every name that ends so.",
    )
    push_loopback: bool = Field(
        default=False, description="Allows push services on this machine, without https. For tests only."
    )
    smtp_host: str | None = Field(
        default=None, description="The mail server for reminders by email; unset: none are sent."
    )
    smtp_port: int = Field(default=587, description="The mail server's port.", ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="Its encryption: starttls, tls (mostly port 465), or none."
    )
    smtp_user: str | None = Field(
        default=None, description="The user to sign in as there; unset: without signing in."
    )
    smtp_password: str | None = Field(default=None, description="That user's password.")
    smtp_from: str | None = Field(
        default=None, description="The sender's address; unset: legwork@ and the name in LEGWORK_PUBLIC_URL."
    )
    metrics_token: str | None = Field(
        default=None,
        description="The bearer token for /metrics; unset: nobody can read it.",
        min_length=16,
    )
    embedded_worker: bool = Field(
        default=True,
        description="Whether the server sends reminders itself; false where legwork worker does.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="How much to log."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="Log lines for people (text) or for programs (json)."
    )

    @field_validator("public_url")
    @classmethod
    def _is_where_people_go(cls, url: str | None) -> str | None:
        """Links begin with it, and forms are compared with it: with half an address nobody could send one."""
        parts = urlsplit(url or "")
        whole = parts.scheme in ("http", "https") and parts.hostname and NAMED.fullmatch(parts.netloc)
        if url and (
            not whole or parts.path not in ("", "/") or url.endswith(("?", "#")) or parts[3:] != ("", "")
        ):
            raise PydanticCustomError("address", "Write it as https://legwork.example.com, without a path")
        _ = parts.port  # raises ValueError
        return url and parts.geturl().replace(parts.netloc, parts.netloc.lower(), 1)  # as browsers write it

    @field_validator("database_url")
    @classmethod
    def _is_of_a_database_we_know(cls, url: str | None) -> str | None:
        if url and not url.startswith(DATABASES):
            raise PydanticCustomError("database", "It must begin with postgresql://")
        try:
            parts = make_url(url) if url else None
        except (ArgumentError, ValueError):  # not shown: their text may contain the password
            raise PydanticCustomError(
                "database", "Write it as postgresql://user:password@host:5432/legwork"
            ) from None
        if parts and parts.get_backend_name() == "sqlite" and parts.database in (None, "", ":memory:"):
            raise PydanticCustomError("database", "Name a file that stays: sqlite:////srv/legwork/legwork.db")
        return url

    @field_validator("host", "smtp_host")
    @classmethod
    def _can_be_looked_up(cls, name: str | None) -> str | None:
        try:
            (name or "").encode("idna")
        except UnicodeError:
            raise PydanticCustomError("host", "This cannot be the name of a machine") from None
        return name

    @field_validator("smtp_from")
    @classmethod
    def _is_one_address(cls, address: str | None) -> str | None:
        """Checked here, because otherwise the worker would fail at each e-mail."""
        try:
            whole = address is None or Address(addr_spec=address).domain
        except (ValueError, MessageError):
            whole = ""
        if not whole:
            raise PydanticCustomError("sender", "Write it as legwork@example.com, without a name")
        return address

    @field_validator("files_url")
    @classmethod
    def _is_of_a_store_we_know(cls, url: str | None) -> str | None:
        """Checked here, because otherwise each server process would fail at its start, and be started again."""
        parts = urlsplit(url or "")
        whole = parts.scheme in STORES and (parts.netloc or parts.scheme == "file")
        if url and not whole:
            raise PydanticCustomError("files", "Write it as s3://bucket/folder")
        return url

    @field_validator("time_zone")
    @classmethod
    def _is_one_of_the_world(cls, name: str) -> str:
        """Checked here, because otherwise every page would fail."""
        if name not in available_timezones():
            raise PydanticCustomError("time_zone", "Use a name such as Europe/Berlin or Asia/Shanghai")
        return name

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, FileVariants(settings_cls)

    @cached_property
    def resolved_database_url(self) -> str:
        return self.database_url or f"sqlite:///{self.data_dir / 'legwork.db'}"

    @property
    def address(self) -> str:
        """The address in links, and the one that is printed at the start: https://legwork.example.com."""
        host = "127.0.0.1" if self.host in EVERYWHERE else self.host
        shown = f"[{host}]" if ":" in host else host
        return (self.public_url or f"http://{shown}:{self.port}").rstrip("/")

    @property
    def sends_mail(self) -> bool:
        return self.smtp_host is not None

    @property
    def sender(self) -> str:
        """The address that e-mails come from."""
        return self.smtp_from or f"legwork@{urlsplit(self.address).hostname}"

    @property
    def secure_cookies(self) -> bool:
        return (self.public_url or "").startswith("https://")
