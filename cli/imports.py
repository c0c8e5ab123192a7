"""`apportion import`: read a company's own data, report what is wrong, or write it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from cli.database import open_named, take_language
from cli.faults import BAD_INPUT, print_faults, print_json
from cli.language import Speaker
from domain.messages import Message, msg
from domain.principals import SYSTEM
from domain.sentences import Label
from persistence.retry import retrying
from services.bootstrap import has_database, system_clock
from services.imports import (
    BadInput,
    Examined,
    Fault,
    ImportReport,
    Reader,
    faults_with_database,
    import_data,
    parameter_of,
)
from services.imports import Progress as OnProgress
from services.imports.rules import Parameter
from services.imports.tables import TABLES
from services.settings import Settings

# What an import writes of its tables elsewhere.
_APART = {
    "policy": "公司政策",
    "roles": "岗位",
    "funds": "资金状态",
    "opening balances": "期初余额",
    "guarantees": "担保",
}


def import_command(
    path: Annotated[Path, typer.Argument(help="Folder of CSV files, or an XLSX workbook.")],
    map_file: Annotated[
        Path | None, typer.Option("--map", help="Mapping file for a company's own headings.")
    ] = None,
    chosen: Annotated[
        list[str] | None,
        typer.Option("--set", help="A parameter of the mapping, as NAME=VALUE; repeatable."),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only report; write nothing.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Answer as JSON, with all faults.")
    ] = False,
) -> None:
    """Read, check and write a company's data. With one fault or more nothing is written."""
    try:
        reader = Reader.open(path, map_file)
        examined = reader.examine(_parameters(reader, chosen or []))
        # Faults that no database can settle are shown before one is started, or made.
        settled = not examined.unresolved or not has_database(Settings())
        if settled and (faults := examined.faults(today=examined.local_date(system_clock()))):
            raise BadInput(faults)
        if check:
            report = None
            faults = () if settled else asyncio.run(_faults(examined))
            if faults:
                raise BadInput(faults)
        else:
            report = asyncio.run(_import(examined, quiet=as_json))
    except BadInput as bad:
        print_faults(bad.faults, as_json=as_json)
        raise typer.Exit(BAD_INPUT) from None
    _print_success(examined, report, as_json=as_json)


def _parameters(reader: Reader, chosen: list[str]) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for choice in chosen:
        name, sign, value = choice.partition("=")
        if not sign:
            raise typer.BadParameter(
                Speaker().text(msg("cli.NO_NAME_VALUE", choice=choice)), param_hint="--set"
            )
        found[name] = value if reader.mapping is None else parameter_of(value, reader.mapping, name)
    return found


async def _faults(examined: Examined) -> tuple[Fault, ...]:
    async with (
        open_named(Settings()) as deps,
        deps.unit_of_work(SYSTEM) as uow,
    ):
        return await faults_with_database(examined, uow)


async def _import(examined: Examined, *, quiet: bool) -> ImportReport:
    with _progress(quiet=quiet) as on_progress:
        async with open_named(Settings(), create=True) as deps:
            async for attempt in retrying():
                with attempt:
                    async with deps.unit_of_work(SYSTEM) as uow:
                        report = await import_data(examined, uow, on_progress)
            # The input may have brought the policy that names it.
            await take_language(deps)
    return report


@contextmanager
def _progress(*, quiet: bool) -> Iterator[OnProgress]:
    """A bar on a terminal, one plain line per phase in a pipe, nothing for a program."""
    console = Console(stderr=True)
    if quiet:
        yield lambda phase, done, total: None
        return
    if not console.is_terminal:

        def print_phase(phase: Message, done: int, total: int) -> None:
            if done == total:
                typer.echo(
                    Speaker().text(msg("cli.PHASE_DONE", phase=phase, total=total)), err=True
                )

        yield print_phase
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as bar:
        tasks: dict[Message, TaskID] = {}

        def draw(phase: Message, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = bar.add_task(Speaker().text(phase), total=total)
            bar.update(tasks[phase], completed=done)

        yield draw


def _print_success(examined: Examined, report: ImportReport | None, *, as_json: bool) -> None:
    data, say = examined.dataset, Speaker()
    said = [say.text(each) for each in (data.said if report is None else report.said)]
    if as_json:
        changes = {} if report is None else report.changes
        print_json(
            {
                "written": report is not None and report.changed_anything,
                "faults": [],
                "rows": data.counts,
                "changes": {
                    name: {"added": change.added, "changed": change.changed}
                    for name, change in changes.items()
                },
                "said": said,
                "import": None if report is None else report.import_id,
                "allocationRun": None if report is None else report.run_id,
            }
        )
        return
    for sentence in said:
        typer.echo(sentence)
    if report is None:
        for name, count in data.counts.items():
            typer.echo(say.text(msg("cli.ROWS", table=_named(name), rows=count)))
        typer.echo(say.text(msg("cli.CHECKED_ONLY")))
    elif not report.changed_anything:
        typer.echo(say.text(msg("cli.IMPORTED_ALREADY", label=report.label)))
    else:
        for name, change in report.changes.items():
            key = "cli.ROWS_CHANGED" if change.changed else "cli.ROWS_ADDED"
            figures = {"added": change.added, "changed": change.changed}
            typer.echo(say.text(msg(key, table=_named(name), **figures)))
    if report is not None and report.run_id is not None:
        typer.echo(say.text(msg("cli.RUN_WAITS", run=report.run_id)))
    for arrival in data.arrivals if report is None else report.awaited:
        units = sum(arrival.units_by_sku.values())
        awaited = msg(
            "cli.RECEIPT_AWAITED",
            receipt=arrival.receipt_id,
            units=units,
            skus=len(arrival.units_by_sku),
            warehouse=arrival.warehouse_id,
        )
        typer.echo(say.text(awaited))


def _named(what: str) -> Label:
    """What an import writes: one of its tables, or what is kept apart from them."""
    return TABLES[what].label if what in TABLES else Label(what, _APART[what])
