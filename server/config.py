"""Every setting of Legwork, in one place: read from LEGWORK_<NAME>, or from the file that LEGWORK_<NAME>_FILE names."""

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

PRIVATE = 0o700  # of a data directory: it holds what all customers are, and who signed in
NAMED = re.compile(r"[^\s@\\]+")  # a name or number, and perhaps a port
SHORTEST_KEY = 32  # characters
DATABASES = ("postgresql://", "postgresql+psycopg://", "postgres://", "sqlite://")
STORES = ("s3", "s3a", "gs", "az", "adl", "azure", "abfs", "abfss", "https", "http", "file")


class FileVariants(PydanticBaseSettingsSource):
    """LEGWORK_SECRET_KEY_FILE=/run/secrets/key gives LEGWORK_SECRET_KEY: secrets stay out of the environment."""

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
        env_ignore_empty=True,  # what compose files and unit files make of a variable that nobody set
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
        description="Of an S3-compatible store that is not Amazon's, such as https://s3.example.com.",
    )
    files_region: str | None = Field(default=None, description="The region of the bucket.")
    files_key_id: str | None = Field(default=None, description="The key to the bucket.")
    files_secret: str | None = Field(default=None, description="The secret of that key.")
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
        le=3650,  # beyond the first year of a calendar nobody can count back
    )
    time_zone: str = Field(
        default="UTC",
        description="Time zone of the company's quarters, and of people whose browser has not told theirs yet.",
    )
    push_key: str | None = Field(
        default=None,
        description="Signs push messages; unset: made at first start and kept in the data directory.",
        min_length=42,
    )
    push_hosts: str = Field(
        default="fcm.googleapis.com,.push.services.mozilla.com,.push.apple.com,.notify.windows.com",
        description="Push services that phones may name; .name stands for all below it.",
    )
    push_loopback: bool = Field(
        default=False, description="Lets push services be on this machine, without https. For tests only."
    )
    smtp_host: str | None = Field(
        default=None, description="The mail server for reminders by e-mail; unset: none are sent."
    )
    smtp_port: int = Field(default=587, description="Where it listens.", ge=1, le=65535)
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How it is spoken to: starttls, tls (mostly port 465), or none."
    )
    smtp_user: str | None = Field(default=None, description="Who signs in there; unset: nobody does.")
    smtp_password: str | None = Field(default=None, description="With which password.")
    smtp_from: str | None = Field(
        default=None, description="The sender's address; unset: legwork@ and the name in LEGWORK_PUBLIC_URL."
    )
    metrics_token: str | None = Field(
        default=None,
        description="Whoever brings it as a bearer token reads /metrics; unset: nobody does.",
        min_length=16,
    )
    embedded_worker: bool = Field(
        default=True, description="Whether the server sends reminders itself; off where legwork worker does."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="How much to log."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="Log lines for people or for machines."
    )

    @field_validator("public_url")
    @classmethod
    def _is_where_people_go(cls, url: str | None) -> str | None:
        """Links are made of it, and forms are let through by it: half an address would lock everybody out."""
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
        except (ArgumentError, ValueError):  # whose own words may have the password in them
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
            raise PydanticCustomError("host", "No machine can have this name") from None
        return name

    @field_validator("smtp_from")
    @classmethod
    def _is_one_address(cls, address: str | None) -> str | None:
        """Before the worker starts, which would end on each letter."""
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
        """Before a server starts: each of its workers would end on it, and be started again."""
        parts = urlsplit(url or "")
        whole = parts.scheme in STORES and (parts.netloc or parts.scheme == "file")
        if url and not whole:
            raise PydanticCustomError("files", "Write it as s3://bucket/folder")
        return url

    @field_validator("time_zone")
    @classmethod
    def _is_one_of_the_world(cls, name: str) -> str:
        """Every page tells the time: without one there would be none."""
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
        """Where browsers find us."""
        host = "127.0.0.1" if self.host in EVERYWHERE else self.host
        shown = f"[{host}]" if ":" in host else host
        return (self.public_url or f"http://{shown}:{self.port}").rstrip("/")

    @property
    def sends_mail(self) -> bool:
        return self.smtp_host is not None

    @property
    def sender(self) -> str:
        """Of e-mails."""
        return self.smtp_from or f"legwork@{urlsplit(self.address).hostname}"

    @property
    def secure_cookies(self) -> bool:
        return (self.public_url or "").startswith("https://")
