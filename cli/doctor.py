"""`apportion doctor`: looks at everything that has to be right, and says what is not."""

import asyncio
import json
from typing import Annotated

import typer
from rich.cells import cell_len, set_cell_size
from rich.console import Console

from cli.database import open_named
from cli.language import Speaker
from domain.messages import literal, msg
from services.health import Finding, examine
from services.settings import Settings


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Check database, disk, broker, clocks, policy, runs and books; status 1 for what is wrong."""
    settings = Settings()
    findings = asyncio.run(_examine(settings))
    if settings.broker_url is not None:
        findings.append(_broker(settings.broker_url))
    say = Speaker()
    if as_json:
        shown = [
            {"what": each.what, "good": each.good, "said": say.text(each.said)} for each in findings
        ]
        typer.echo(json.dumps(shown, ensure_ascii=False))
    else:
        out = Console(highlight=False)
        marks = {True: say.text(msg("checks.GOOD")), False: say.text(msg("checks.WRONG"))}
        width = max(cell_len(mark) for mark in marks.values())
        names = max(cell_len(say.text(each.name)) for each in findings)
        for each in findings:
            mark = set_cell_size(marks[each.good], width)
            out.print(f"[{'green' if each.good else 'red'}]{mark}[/]", end=" ")
            name = set_cell_size(say.text(each.name), names)
            out.print(f"{name} {say.text(each.said)}", markup=False, soft_wrap=True)
    if not all(finding.good for finding in findings):
        raise typer.Exit(1)


async def _examine(settings: Settings) -> list[Finding]:
    async with open_named(settings) as deps:
        return await examine(deps)


def _broker(url: str) -> Finding:
    from jobs.brokers import BrokerAway, look_at

    try:
        faults = look_at(url)
    except BrokerAway as error:
        return Finding("broker", False, literal(str(error)))
    if faults:
        return Finding("broker", False, msg("common.TEXT", text=faults))
    return Finding("broker", True, msg("checks.BROKER_ANSWERS", kind=url.partition(":")[0]))
