"""`apportion policy`: show the company's policy, or change it from a file."""

import asyncio
import datetime as dt
import json
import tomllib
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.database import open_named
from cli.language import Speaker
from domain.errors import DomainError, InvalidInput
from domain.messages import msg
from domain.policy.commands import UpdatePolicy
from domain.policy.faults import InvalidSettings
from domain.principals import SYSTEM
from services.policy import NoPolicy, policy_at, update_policy
from services.settings import Settings

BAD_USAGE = 2
NOON = dt.time(12)


class Act(Enum):
    """What to do."""

    SHOW = "show"
    SET = "set"


def policy(
    act: Annotated[Act, typer.Argument(help="show prints it; set changes it from FILE.")],
    file: Annotated[
        Path | None,
        typer.Argument(help="TOML or JSON with the settings to change; the others stay."),
    ] = None,
    on: Annotated[
        dt.datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="show: the policy of that day."),
    ] = None,
    valid_from: Annotated[
        dt.datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="set: the first day; without it, now."),
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="set: why.")] = None,
) -> None:
    """Show the policy as JSON, or change some of its settings from a day on."""
    if (act is Act.SET) != (file is not None):
        raise typer.BadParameter(Speaker().text(msg("cli.SET_TAKES_FILE")))
    say = Speaker()
    try:
        if file is None:
            typer.echo(asyncio.run(_show(on)))
            return
        command = UpdatePolicy(
            read_settings(file), None if valid_from is None else valid_from.date(), reason
        )
        typer.echo(Speaker().text(msg("cli.POLICY_VERSION", version=asyncio.run(_set(command)))))
    except InvalidSettings as error:
        for fault in error.faults:
            typer.echo(say.text(fault.message), err=True)
        raise typer.Exit(BAD_USAGE) from error
    except DomainError as error:
        typer.echo(say.text(error.message), err=True)
        raise typer.Exit(BAD_USAGE) from error
    except (OSError, ValueError) as error:
        # What the system says of a file, or a parser of what is in it.
        typer.echo(str(error), err=True)
        raise typer.Exit(BAD_USAGE) from error


def read_settings(file: Path) -> dict[str, Any]:
    """The settings in a file. Raises ValueError for what is neither TOML nor a JSON object."""
    text = file.read_text("utf-8")
    settings = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    if not isinstance(settings, dict):
        raise InvalidInput(msg("cli.NO_SETTINGS", file=file))
    # What `show` printed can be edited and set.
    return {name: value for name, value in settings.items() if name != "version"}


async def _show(on: dt.datetime | None) -> str:
    async with (
        open_named(Settings()) as deps,
        deps.unit_of_work(SYSTEM) as uow,
    ):
        instant = uow.now
        if on is not None:
            _, now = await policy_at(uow, uow.now)
            instant = dt.datetime.combine(on.date(), NOON, now.zone)
        try:
            version, found = await policy_at(uow, instant)
        except NoPolicy as error:
            raise InvalidInput(msg("operating.NO_POLICY_THEN")) from error
    return json.dumps({"version": version, **found.to_body()}, ensure_ascii=False, indent=2)


async def _set(command: UpdatePolicy) -> int:
    async with (
        open_named(Settings()) as deps,
        deps.unit_of_work(SYSTEM) as uow,
    ):
        return await update_policy(command, uow)
