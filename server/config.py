"""Every setting of Legwork, in one place. Each is read from LEGWORK_<NAME>, or from the file LEGWORK_<NAME>_FILE names."""

import os
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict


class FileVariants(PydanticBaseSettingsSource):
    """LEGWORK_SECRET_KEY_FILE=/run/secrets/key gives LEGWORK_SECRET_KEY, so that secrets stay out of the environment."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        path = os.environ.get(f"LEGWORK_{field_name.upper()}_FILE")
        return (Path(path).read_text().strip() if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in found.items() if value is not None}


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="LEGWORK_", extra="ignore")

    data_dir: Annotated[Path, Field(description="Where the database file and generated secrets live.")] = Path("data")
    database_url: Annotated[
        str | None, Field(description="postgresql://… for PostgreSQL 15+; unset: legwork.db in the data directory.")
    ] = None
    host: Annotated[str, Field(description="The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Field(description="The port to listen on.", ge=1, le=65535)] = 8000
    public_url: Annotated[
        str | None, Field(description="The address people type, such as https://legwork.example.com; https makes cookies secure.")
    ] = None
    proxies: Annotated[
        int, Field(description="How many reverse proxies of your own stand in front (for the address in X-Forwarded-For).", ge=0)
    ] = 0
    secret_key: Annotated[
        str | None, Field(description="Signs form tokens; unset: made at first start and kept in the data directory.", min_length=32)
    ] = None
    session_days: Annotated[int, Field(description="Days without use after which a device is signed out.", ge=1)] = 90
    time_zone: Annotated[str, Field(description="Time zone of people who have not set theirs.")] = "UTC"
    log_level: Annotated[Literal["debug", "info", "warning", "error"], Field(description="How much to log.")] = "info"
    log_format: Annotated[Literal["text", "json"], Field(description="Log lines for people or for machines.")] = "text"

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
    def secure_cookies(self) -> bool:
        return (self.public_url or "").startswith("https://")
