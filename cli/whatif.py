"""`apportion whatif`: a planner's scenario from the shell, compared with its base."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal, InvalidOperation
from itertools import starmap
from typing import Annotated, Any, TypeVar

import typer

from cli.database import open_named
from cli.faults import BAD_INPUT, print_json
from cli.language import LanguageOption, Speaker
from cli.tables import Column, console, figures, heading, indented, print_table, sentence
from domain.errors import DomainError
from domain.messages import Message, msg
from domain.money import from_minor
from domain.principals import SYSTEM
from domain.scenarios import (
    CreateScenario,
    FundsOverride,
    LaunchRankOverride,
    Overrides,
    RankOverride,
    SupplyOverride,
)
from domain.seasons import SellingSeason
from persistence.scenarios.writing import scenario_by_id
from services.scenarios.comparison import GROUPS
from services.scenarios.use_cases import create_scenario, run_scenario
from services.settings import Settings

MOST_ROWS = 15
NAMES = {
    "total": ("total", "合计"),
    "franchisee": ("franchisee", "加盟商"),
    "region": ("region", "区域"),
    "tier": ("tier", "店铺级别"),
}
TITLES = {
    "franchisee": ("By franchisee", "按加盟商"),
    "region": ("By region", "按区域"),
    "tier": ("By store tier", "按店铺级别"),
}
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
    season: Annotated[
        SellingSeason | None, typer.Option(help="SPRING_SUMMER or AUTUMN_WINTER.")
    ] = None,
    base: Annotated[
        int | None, typer.Option(help="A past run to start from; default: what competes today.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call the scenario.")] = None,
    lang: LanguageOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """What would happen if? The live solver on changed figures; nothing live is touched."""
    say = Speaker(lang)
    try:
        command = CreateScenario(
            name or say.text(msg("cli.FROM_THE_SHELL")),
            base,
            season=season,
            funds=tuple(starmap(FundsOverride, _pairs("--funds", funds, Decimal))),
            supply=tuple(starmap(SupplyOverride, _pairs("--supply", supply, int))),
            ranks=tuple(starmap(RankOverride, _pairs("--rank", rank, int))),
            launch_ranks=tuple(starmap(LaunchRankOverride, _pairs("--launch", launch, int))),
        )
        scenario_id, comparison, error = asyncio.run(_solve(command, say))
    except DomainError as refused:
        typer.echo(say.text(refused.message), err=True)
        raise typer.Exit(BAD_INPUT) from None
    if comparison is None:
        typer.echo(
            Speaker().text(
                msg(
                    "cli.SCENARIO_FAILED",
                    scenario=scenario_id,
                    error=Message.from_kept(error or ""),
                )
            ),
            err=True,
        )
        raise typer.Exit(BAD_INPUT)
    if as_json:
        print_json({"scenario": scenario_id, "comparison": comparison})
    else:
        _show(scenario_id, command, comparison, say)


async def _solve(
    command: CreateScenario, say: Speaker
) -> tuple[int, dict[str, Any] | None, str | None]:
    async with open_named(Settings(), say) as deps:
        async with deps.unit_of_work(SYSTEM, one_instant=True) as uow:
            scenario_id = await create_scenario(command, uow)
        await run_scenario(scenario_id, deps)
        async with deps.unit_of_work(SYSTEM) as uow:
            row = await scenario_by_id(uow.session, scenario_id)
    if row is None:
        raise LookupError(f"scenario {scenario_id} is gone")
    return scenario_id, row.comparison, row.error


def _show(
    scenario_id: int, command: CreateScenario, comparison: dict[str, Any], say: Speaker
) -> None:
    out = console()
    base, currency = command.base_run_id, comparison["currency"]
    heading(
        out,
        say(
            f"Scenario {scenario_id}, on"
            f" {'what competes today' if base is None else f'allocation run {base}'}",
            f"模拟方案{scenario_id}，基于{'当前需求' if base is None else f'分货批次{base}'}",
        ),
    )
    for line in _changes(command.overrides(), say):
        indented(out, line)
    changed = {
        group: [row for row in comparison[group] if row["base"] != row["scenario"]]
        for group in GROUPS
    }
    if not any(changed.values()):
        sentence(
            out,
            say(
                "Nothing changes: every franchisee, region and tier is given what the base gives.",
                "无变化：各加盟商、区域、店铺级别分得的数量和金额与基准相同。",
            ),
        )
        return
    sentence(
        out,
        say(
            "Base -> scenario, those that differ most first; who is not listed keeps what the base"
            " gives.",
            "基准 -> 模拟方案，差异大的在前；未列出的无变化。",
        ),
    )
    for group in GROUPS:
        rows = comparison[group] if group == "total" else changed[group]
        if not rows:
            continue
        if group != "total":
            heading(out, say(*TITLES[group]))
        columns = (
            Column(say(*NAMES[group])),
            figures(say("wanted", "需求数量")),
            figures(say("shipped", "发货")),
            figures(say("reserved", "占用锁定")),
            figures(say("value shipped", "发货金额")),
        )
        print_table(out, columns, [_row(group, row, currency, say) for row in rows[:MOST_ROWS]])
        more = len(rows) - MOST_ROWS
        if more > 0:
            sentence(
                out, say(f"({more} more; --json has them all)", f"（另有{more}行，见 --json）")
            )


def _row(group: str, row: dict[str, Any], currency: str, say: Speaker) -> tuple[str, ...]:
    before, after = row["base"], row["scenario"]
    key = str(row["key"])
    if key == "RESERVE":
        key = say("reserves of regions", "区域备货")
    return (
        say("all", "合计") if group == "total" else key,
        _arrow(before["wanted"], after["wanted"]),
        _arrow(before["shipped"], after["shipped"]),
        _arrow(before["reserved"], after["reserved"]),
        _arrow(
            from_minor(before["shipped_cents"], currency),
            from_minor(after["shipped_cents"], currency),
        ),
    )


def _changes(overrides: Overrides, say: Speaker) -> Iterator[str]:
    """What was asked for, a line each."""
    if overrides.season is not None:
        season = SellingSeason(overrides.season)
        yield say(f"season: {season.english}", f"季节：{season.chinese}")
    for customer, amount in overrides.funds.items():
        yield say(
            f"available funds of {customer}: {amount:,.2f}",
            f"{customer}可用资金及信用：{amount:,.2f}",
        )
    for sku, units in overrides.supply.items():
        yield say(f"units of {sku} there are to give: {units:,}", f"{sku}可分数量：{units:,}")
    for customer, rank in overrides.ranks.items():
        yield say(f"rank of {customer}: {rank}", f"{customer}优先级：{rank}")
    for product, rank in overrides.launch_ranks.items():
        yield say(f"launch rank of {product}: {rank}", f"{product}上市优先级：{rank}")
    if overrides == Overrides():
        yield say("no change was asked for", "未指定任何变更")


def _arrow(before: int | Decimal, after: int | Decimal) -> str:
    return f"{before:,}" if before == after else f"{before:,} -> {after:,}"


def _pairs(
    option: str, texts: list[str] | None, convert: Callable[[str], Value]
) -> Iterable[tuple[str, Value]]:
    """What is to be changed, by name; of a name that comes twice, its last value."""
    found: dict[str, Value] = {}
    for text in texts or []:
        key, sign, value = text.rpartition("=")
        try:
            if not sign or not key:
                raise ValueError(text)
            found[key] = convert(value)
        except (ValueError, InvalidOperation):
            raise typer.BadParameter(
                Speaker().text(msg("cli.NO_NAME_NUMBER", text=text)), param_hint=option
            ) from None
    return found.items()
