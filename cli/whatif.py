"""`apportion whatif`: a planner's scenario from the shell, compared with its base."""

import asyncio
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from cli.database import name_database
from cli.faults import BAD_INPUT, tell
from domain.errors import DomainError
from domain.money import from_cents
from domain.principals import SYSTEM
from domain.scenarios import Overrides
from persistence.scenarios import scenario_by_id
from services.bootstrap import open_dependencies
from services.scenarios.comparison import GROUPS
from services.scenarios.use_cases import CreateScenario, create_scenario, run_scenario
from services.settings import Settings

MOST_ROWS = 15
Value = TypeVar("Value", int, Decimal)


def whatif(
    funds: Annotated[
        list[str] | None, typer.Option(help="CUSTOMER=AMOUNT of available funds; repeatable.")
    ] = None,
    supply: Annotated[
        list[str] | None, typer.Option(help="SKU=UNITS that there are to give; repeatable.")
    ] = None,
    rank: Annotated[
        list[str] | None, typer.Option(help="CUSTOMER=RANK among franchisees; repeatable.")
    ] = None,
    launch: Annotated[
        list[str] | None, typer.Option(help="PRODUCT=RANK in the launch plan; repeatable.")
    ] = None,
    season: Annotated[str | None, typer.Option(help="SPRING_SUMMER or AUTUMN_WINTER.")] = None,
    base: Annotated[
        int | None, typer.Option(help="A past run to start from; default: what competes today.")
    ] = None,
    name: Annotated[str, typer.Option(help="What to call the scenario.")] = "from the shell",
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """What would happen if? The live solver on changed figures; nothing live is touched."""
    try:
        overrides = Overrides(
            season=season,
            funds=_pairs("--funds", funds, Decimal),
            supply=_pairs("--supply", supply, int),
            ranks=_pairs("--rank", rank, int),
            launch_ranks=_pairs("--launch", launch, int),
        )
        scenario_id, comparison, error = asyncio.run(_solve(CreateScenario(name, overrides, base)))
    except DomainError as refused:
        typer.echo(refused.message, err=True)
        raise typer.Exit(BAD_INPUT) from None
    if comparison is None:
        typer.echo(f"Scenario {scenario_id} could not be solved: {error}", err=True)
        raise typer.Exit(BAD_INPUT)
    if as_json:
        tell({"scenario": scenario_id, "comparison": comparison})
    else:
        _show(scenario_id, comparison)


async def _solve(command: CreateScenario) -> tuple[int, dict[str, Any] | None, str | None]:
    async with open_dependencies(name_database(Settings()), purpose="command") as deps:
        async with deps.unit_of_work(SYSTEM, one_instant=True) as uow:
            scenario_id = await create_scenario(command, uow)
        await run_scenario(scenario_id, deps)
        async with deps.unit_of_work(SYSTEM) as uow:
            row = await scenario_by_id(uow.session, scenario_id)
    if row is None:
        raise LookupError(f"scenario {scenario_id} is gone")
    return scenario_id, row.comparison, row.error


def _show(scenario_id: int, comparison: dict[str, Any]) -> None:
    console = Console(highlight=False)
    out = Console(highlight=False, width=min(console.width, 100) if console.is_terminal else 100)
    out.print(f"Scenario {scenario_id}: base -> scenario, those that differ most first.")
    for group in GROUPS:
        rows = comparison[group]
        changed = [row for row in rows if row["base"] != row["scenario"]]
        if group != "total" and not changed:
            continue
        out.print(f"\n[bold]By {group}[/bold]" if group != "total" else "")
        table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
        table.add_column(group)
        for column in ("wanted", "shipped", "reserved", "value shipped"):
            table.add_column(column, justify="right")
        for row in (rows if group == "total" else changed)[:MOST_ROWS]:
            before, after = row["base"], row["scenario"]
            table.add_row(
                row["key"],
                _arrow(before["wanted"], after["wanted"]),
                _arrow(before["shipped"], after["shipped"]),
                _arrow(before["reserved"], after["reserved"]),
                _arrow(from_cents(before["shipped_cents"]), from_cents(after["shipped_cents"])),
            )
        out.print(table)
        if len(changed) > MOST_ROWS:
            out.print(f"({len(changed) - MOST_ROWS} more; --json has them all)")


def _arrow(before: int | Decimal, after: int | Decimal) -> str:
    return f"{before:,}" if before == after else f"{before:,} -> {after:,}"


def _pairs(
    option: str, texts: list[str] | None, convert: Callable[[str], Value]
) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for text in texts or []:
        key, sign, value = text.rpartition("=")
        try:
            if not sign or not key:
                raise ValueError(text)
            found[key] = convert(value)
        except (ValueError, InvalidOperation):
            raise typer.BadParameter(f"{text!r} is not NAME=NUMBER.", param_hint=option) from None
    return found
