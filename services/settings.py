"""What can be set from outside, read once by the entry points; everything below receives values."""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from domain.languages import Language
from domain.messages import Message, msg
from services.homes import find_home


def _refused(said: Message) -> PydanticCustomError:
    """An error of a setting, which whoever shows it says in a language."""
    return PydanticCustomError("refused", "{said}", {"said": said})


def default_home() -> Path:
    """Where the embedded database is when nobody names a place: see `services.homes`."""
    return find_home().folder


class Settings(BaseSettings):
    """One installation's settings; every one is an environment variable `APPORTION_<NAME>`.

    Addresses and secrets are left out of `repr`, so that no log line can show a password.
    """

    model_config = SettingsConfigDict(
        env_prefix="APPORTION_", env_ignore_empty=True, frozen=True, extra="forbid"
    )

    home: Path = Field(
        default_factory=default_home, description="Embedded database, generated secret."
    )
    database_url: str | None = Field(
        default=None, repr=False, description="Outside PostgreSQL 15 or later; none = embedded."
    )
    owner_url: str | None = Field(
        default=None,
        repr=False,
        description="Who owns the tables, for migrations; none = database_url.",
    )
    broker_url: str | None = Field(
        default=None,
        repr=False,
        description="postgresql://, redis:// or amqp://; none = the database itself.",
    )

    secret: str | None = Field(
        default=None, repr=False, description="Signs tokens; none = generated once into home."
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Origins that browsers may call from, separated by commas."
    )
    introspection: bool = Field(default=True, description="Answer introspection queries.")
    graphiql: bool = Field(default=True, description="Serve GraphiQL to browsers.")
    log: Literal["json", "text"] = Field(default="text", description="How log lines are written.")
    lang: Language = Field(
        default=Language.EN,
        description="What commands speak, and the API to who asks for no language.",
    )
    company: Path | None = Field(
        default=None, description="Policy file that seeds a new installation."
    )

    @model_validator(mode="before")
    @classmethod
    def refuse_what_is_not_known(cls, values: object) -> object:
        """A setting that this version does not have must not seem to work."""
        known = {f"APPORTION_{name.upper()}" for name in cls.model_fields}
        ours = {name for name in os.environ if name.startswith("APPORTION_")}
        # The tests' own say where outside services are.
        tests = {name for name in ours if name.startswith("APPORTION_TEST_")}
        unknown = sorted(ours - tests - known)
        if unknown:
            raise _refused(msg("settings.UNKNOWN", name=unknown[0]))
        return values

    @field_validator("cors_origins", mode="before")
    @classmethod
    def split_at_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("home")
    @classmethod
    def resolve_home(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("database_url", "owner_url")
    @classmethod
    def be_a_postgresql_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("postgresql://", "postgres://")):
            raise _refused(msg("settings.POSTGRESQL"))
        return value

    @field_validator("broker_url")
    @classmethod
    def be_a_known_broker(cls, value: str | None) -> str | None:
        known = ("postgresql://", "postgres://", "redis://", "rediss://", "amqp://", "amqps://")
        if value is not None and not value.startswith(known):
            raise _refused(msg("settings.BROKER"))
        return value
