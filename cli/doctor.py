"""`apportion doctor`: looks at everything that has to be right, and says what is not."""

import asyncio
import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from cli.database import name_database
from services.bootstrap import open_dependencies
from services.health import Finding, examine
from services.settings import Settings


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Check database, disk, broker, clocks, policy, runs and books; status 1 for what is wrong."""
    settings = name_database(Settings())
    findings = asyncio.run(_examine(settings))
    if settings.broker_url is not None:
        findings.append(_broker(settings.broker_url))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        out = Console(highlight=False)
        for finding in findings:
            mark = "[green]ok   [/green]" if finding.good else "[red]WRONG[/red]"
            out.print(f"{mark} {finding.what:<9}", end="")
            out.print(finding.said, markup=False, soft_wrap=True)
    if not all(finding.good for finding in findings):
        raise typer.Exit(1)


async def _examine(settings: Settings) -> list[Finding]:
    async with open_dependencies(settings, purpose="command") as deps:
        return await examine(deps)


def _broker(url: str) -> Finding:
    from jobs.brokers import BrokerAway, look_at

    try:
        faults = look_at(url)
    except BrokerAway as error:
        return Finding("broker", False, str(error))
    return Finding("broker", not faults, "; ".join(faults) or f"{url.partition(':')[0]} answers")
