"""`apportion worker` and `apportion migrate`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli.database import name_database
from cli.language import Speaker
from domain.messages import msg
from services.settings import Settings


def worker(
    threads: Annotated[int, typer.Option(min=1, help="Jobs at a time in this process.")] = 2,
    ready_file: Annotated[
        Path | None, typer.Option(help="Written when the worker takes jobs.")
    ] = None,
    parent: Annotated[
        int | None,
        typer.Option(
            "--follow-parent",
            metavar="PID",
            help="Stop when the starting process, which has this number, is gone.",
        ),
    ] = None,
) -> None:
    """Do the jobs that others asked for. Any number of workers, on any number of machines."""
    from jobs.worker import run_worker

    settings = Settings()
    if parent is None:
        # Who started it has said it.
        name_database(settings)
    raise typer.Exit(run_worker(settings, threads=threads, ready_file=ready_file, parent=parent))


def migrate_command() -> None:
    """Bring the database to this version's schema; a new one gets its first policy."""
    from persistence.migrate import HEAD, migrate
    from services.bootstrap import open_databases

    settings = name_database(Settings())
    with open_databases(settings, create=True) as databases:
        changed = migrate(databases.owner)
    asyncio.run(_install(settings))
    key = "cli.SCHEMA_AT" if changed else "cli.SCHEMA_AT_ALREADY"
    typer.echo(Speaker().text(msg(key, revision=HEAD)))


async def _install(settings: Settings) -> None:
    from services.bootstrap import open_dependencies
    from services.installation import ensure_installed

    async with open_dependencies(settings, purpose="command") as deps:
        await ensure_installed(deps)
