"""`apportion solve`: the allocator alone, on a folder of CSV files or a workbook; no database."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from allocator import SolveReport, remove_unfinished, solve_folder
from cli.faults import BAD_INPUT, MOST_FAULTS_SHOWN, counted, print_faults, print_json
from cli.language import Speaker

if TYPE_CHECKING:
    from allocator import Certificate

OnProgress = Callable[[int, int], None]


def solve_command(
    source: Annotated[Path, typer.Argument(help="Folder of CSV files, or an XLSX workbook.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the plan.")],
    method: Annotated[
        Literal["auto", "program"],
        typer.Option(help="auto: the fast path; program: the integer program alone."),
    ] = "auto",
    processes: Annotated[int, typer.Option(min=1, max=64, help="At most this many.")] = 1,
    time_limit: Annotated[
        float | None, typer.Option(min=0.001, help="Seconds; a plan cut short says so.")
    ] = None,
    deterministic_limit: Annotated[
        float | None,
        typer.Option(
            min=0.000001,
            help="Work per search of the program, about seconds; cut at the same place everywhere.",
        ),
    ] = None,
    certify: Annotated[
        bool, typer.Option("--certify", help="Prove the plan by the program, level by level.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Share out a folder's supply. Ends with 0 when all is proven, 3 when not, 2 on bad input."""
    with stopped_at_once(out), _progress(quiet=as_json) as (on_progress, on_proof):
        report = solve_folder(
            source,
            out,
            method,
            processes,
            time_limit,
            certify,
            deterministic_limit=deterministic_limit,
            on_progress=on_progress,
            on_proof=on_proof,
        )
    if report.faults:
        # Loaded where something is wrong: a plan is made without the catalogue.
        from cli.allocator_faults import InputFault

        print_faults([InputFault(fault) for fault in report.faults], as_json=as_json)
        raise typer.Exit(BAD_INPUT)
    _tell(report, out, as_json=as_json)
    raise typer.Exit(report.exit_status)


@contextmanager
def stopped_at_once(out: Path) -> Iterator[None]:
    """Ctrl-C and `kill` end the process at once, also inside a native search: Python's own handlers
    would wait until it returns, which may take hours. A plan half written into `out` is removed."""
    heard, wakeup = os.pipe()
    os.set_blocking(wakeup, False)

    def listen() -> None:
        if signals := os.read(heard, 1):
            try:
                remove_unfinished(out)
                from rich.console import Console

                Console(stderr=True).show_cursor()
            finally:
                # Also where the terminal is gone.
                os._exit(128 + signals[0])

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    before = signal.set_wakeup_fd(wakeup)
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(wakeup)
        listener.join()
        os.close(heard)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[tuple[OnProgress | None, OnProgress | None]]:
    """A line on a terminal that says which level is being decided, then proven; else nothing."""
    if quiet or not sys.stderr.isatty():
        yield None, None
        return
    from rich.console import Console

    console = Console(stderr=True)
    say = Speaker()
    with console.status(say("Solving ...", "求解中……")) as status:

        def line(doing: str) -> OnProgress:
            return lambda done, of: status.update(
                say(f"{doing}: level {done} of {of}", f"{doing}：第{done}层，共{of}层")
            )

        yield line(say("Solving", "求解")), line(say("Proving", "证明"))


def _tell(report: SolveReport, out: Path, *, as_json: bool) -> None:
    summary = report.summary
    if as_json:
        print_json(summary)
        return
    if summary["warnings"]:
        # Loaded where something is to be said of the input.
        from domain.messages import Message, msg

        say = Speaker()
        for warning in map(Message.from_json, summary["warnings"]):
            typer.echo(say.text(msg("cli.WARNING", warning=warning)), err=True)
    say, unproven = Speaker(), summary["levels_unproven"]
    proof = (
        say(f"{unproven} not proven", f"{unproven}层未证明")
        if unproven
        else say("all proven", "全部证明最优")
    )
    claims, levels = summary["claims"], summary["levels"]
    typer.echo(
        say(
            f"{counted(claims, 'claim')}, {counted(levels, 'level')} ({proof}); written to {out}.",
            f"{claims:,}个需求行，{levels:,}层（{proof}）；已写入{out}。",
        )
    )
    if report.certificate is not None:
        typer.echo(_sentence(report.certificate, say))
        for level in report.certificate.not_proven[:MOST_FAULTS_SHOWN]:
            typer.echo(
                say(
                    f"Level {level}: a limit was hit before its proof.",
                    f"第{level}层：证明前已达到限制。",
                ),
                err=True,
            )
        unseen = report.certificate.unseen_from
        if unseen is not None:
            typer.echo(
                say(
                    f"Not looked at: level {unseen} and all after it.",
                    f"未检查：第{unseen}层及其后各层。",
                ),
                err=True,
            )
        for difference in report.certificate.differences[:MOST_FAULTS_SHOWN]:
            typer.echo(difference, err=True)


def _sentence(certificate: "Certificate", say: Speaker) -> str:
    return say(
        f"The certificate {'holds' if certificate.holds else 'fails'}:"
        f" {certificate.by_program} of {certificate.levels} levels solved again by the program,"
        f" {certificate.filled} full, {certificate.unseen} not looked at;"
        f" {certificate.open} searches open,"
        f" {counted(len(certificate.differences), 'difference')}.",
        f"证明{'成立' if certificate.holds else '不成立'}：共{certificate.levels}层，"
        f"程序重新求解{certificate.by_program}层，已满足{certificate.filled}层，"
        f"未检查{certificate.unseen}层；未完成的搜索{certificate.open}个，"
        f"差异{len(certificate.differences)}处。",
    )
