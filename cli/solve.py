"""`apportion solve`: the allocator alone, on a folder of CSV files or a workbook; no database."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from allocator import Certificate, Fault, SolveReport, solve_folder
from cli.faults import BAD_INPUT, MOST_FAULTS_SHOWN, counted


def solve_command(
    source: Annotated[Path, typer.Argument(help="Folder of CSV files, or an XLSX workbook.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the plan.")],
    method: Annotated[
        Literal["auto", "program"],
        typer.Option(help="auto: the fast path; program: the integer program alone."),
    ] = "auto",
    processes: Annotated[int, typer.Option(min=1, max=64, help="At most so many.")] = 1,
    time_limit: Annotated[
        float | None, typer.Option(min=0.001, help="Seconds; a plan cut short says so.")
    ] = None,
    certify: Annotated[
        bool, typer.Option("--certify", help="Prove the plan by the program, level by level.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Share out a folder's supply. Ends with 0 when all is proven, 3 when not, 2 on bad input."""
    console = Console(stderr=True)
    if console.is_terminal and not as_json:
        with console.status("Solving ...") as status:
            report = solve_folder(
                source,
                out,
                method,
                processes,
                time_limit,
                certify,
                on_progress=lambda done, of: status.update(f"Solving: level {done} of {of}"),
            )
    else:
        report = solve_folder(source, out, method, processes, time_limit, certify)
    if report.faults:
        _tell_faults(report.faults, as_json=as_json)
        raise typer.Exit(BAD_INPUT)
    _tell(report, out, as_json=as_json)
    raise typer.Exit(report.exit_status)


def _tell(report: SolveReport, out: Path, *, as_json: bool) -> None:
    summary = report.summary
    if as_json:
        typer.echo(json.dumps(summary, ensure_ascii=False, indent=2))
        return
    for warning in summary["warnings"]:
        typer.echo(f"Warning: {warning}", err=True)
    unproven = summary["levels_unproven"]
    proof = "all proven" if not unproven else f"{unproven} not proven"
    typer.echo(
        f"{counted(summary['claims'], 'claim')}, {counted(summary['levels'], 'level')} ({proof});"
        f" written to {out}."
    )
    if report.certificate is not None:
        typer.echo(_sentence(report.certificate))
        for difference in report.certificate.differences[:MOST_FAULTS_SHOWN]:
            typer.echo(difference, err=True)


def _sentence(certificate: Certificate) -> str:
    held = "holds" if certificate.holds else "does not hold"
    return (
        f"The certificate {held}: {certificate.by_program} of {certificate.levels} levels solved"
        f" again by the program, {certificate.filled} full,"
        f" {certificate.unseen} not looked at; {certificate.open} searches open,"
        f" {counted(len(certificate.differences), 'difference')}."
    )


def _tell_faults(faults: tuple[Fault, ...], *, as_json: bool) -> None:
    if as_json:
        answer = {"written": False, "faults": [asdict(fault) for fault in faults]}
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    for fault in faults[:MOST_FAULTS_SHOWN]:
        typer.echo(str(fault), err=True)
    more = len(faults) - MOST_FAULTS_SHOWN
    if more > 0:
        typer.echo(f"... and {more} more; --json has them all.", err=True)
    typer.echo(f"{counted(len(faults), 'fault')}; nothing was written.", err=True)
