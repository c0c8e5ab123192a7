"""Which database a command is about to touch, said on standard error before it does."""

from urllib.parse import urlsplit

import typer

from cli.language import Speaker
from persistence.dsn import DatabaseAddress
from services.homes import find_home
from services.settings import Settings


def name_database(
    settings: Settings, say: Speaker | None = None, *, named_by: str = "APPORTION_HOME"
) -> Settings:
    """Say on standard error, in one line, where the database of these settings is; the settings.

    Every command that touches a database begins with it. named_by: what a home comes from that was
    not found but given.
    """
    say = say or Speaker()
    place, why = _place(settings, say, named_by)
    typer.echo(say(f"Database: {place} ({why})", f"数据库：{place}（{why}）"), err=True)
    return settings


def _place(settings: Settings, say: Speaker, named_by: str) -> tuple[str, str]:
    if settings.database_url is not None:
        return _without_query(settings.database_url), "APPORTION_DATABASE_URL"
    if "home" in settings.model_fields_set:
        return str(settings.home), named_by
    return str(settings.home), say(*find_home().why)


def _without_query(url: str) -> str:
    """The address for people: without the password, and without settings that are no place."""
    shown = DatabaseAddress(url).without_password
    # A socket's folder stands among the settings.
    return shown if urlsplit(url).hostname is None else shown.partition("?")[0]
