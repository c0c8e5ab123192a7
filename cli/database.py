"""Which database a command is about to touch, said on standard error before it does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import typer

from cli.language import Speaker, is_language_chosen, speak_as_company
from domain.principals import SYSTEM
from persistence.dsn import DatabaseAddress
from services.homes import find_home
from services.settings import Settings

if TYPE_CHECKING:
    from services.bootstrap import Dependencies


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


@asynccontextmanager
async def open_named(
    settings: Settings, say: Speaker | None = None, *, create: bool = False
) -> AsyncIterator["Dependencies"]:
    """What use cases of a command need, from the database of these settings, which is named first.

    Where no language was chosen, what follows is said in the company's.
    """
    from services.bootstrap import open_dependencies

    named = name_database(settings, say)
    async with open_dependencies(named, purpose="command", create=create) as deps:
        await take_language(deps)
        yield deps


async def take_language(deps: "Dependencies") -> None:
    """Speak the company's language from now on, where none was chosen."""
    if is_language_chosen():
        return
    from services.languages import company_language

    async with deps.unit_of_work(SYSTEM) as uow:
        speak_as_company(await company_language(uow))


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
