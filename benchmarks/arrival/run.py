"""`python -m benchmarks arrival`: goods received to the committed plan, and receipts a minute.

arrivals  one receipt over all SKUs of a company with this many open order lines, shared out by a
          worker process: seconds from the receipt's commit to COMMITTED, the phases as the run
          measured them (levels: as the solver does), memory of the worker with its solver, growth
          of the database
limit     solving the same snapshot here, and copying the given rows into a table without an
          index; ratio is arrival to limit
receipts  one-SKU receipts recorded one after another by one client, with several workers:
          how many a minute, counted until no run is open

Statistics of the planner: missing (nothing analysed, autovacuum off), stale (analysed when ten
orders were there, autovacuum off), fresh (analysed after loading). Rounds are medians, each on a
copy of the same database. MiB: the most held at one moment; <=MiB: each process's own peak, added
up. Growth is of the database's files, without the log that is written ahead.

--lines, --receipts and --replay choose what is measured; without any, arrivals and receipts are.
"""

import argparse
import datetime as dt
import json
import logging
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.arrival.arriving import Arrival, measure_arrival
from benchmarks.arrival.company import Company, Size, make_company
from benchmarks.arrival.databases import (
    DEFAULT_URL,
    EMBEDDED,
    OUTSIDE,
    NoServer,
    Server,
    open_server,
)
from benchmarks.arrival.loading import STATISTICS, Statistics
from benchmarks.arrival.processes import WorkerFailed
from benchmarks.arrival.replaying import MAPPING, Replay, ReplayFailed, measure_replay
from benchmarks.arrival.report import (
    ARRIVAL_HEAD,
    TRICKLE_HEAD,
    arrival_row,
    as_json,
    replay_row,
    trickle_row,
)
from benchmarks.arrival.trickling import Trickle, measure_trickle
from services.logs import configure_logging

LINES = (10_000, 100_000, 300_000, 1_000_000)
RECEIPTS = 200
FAILED = 1


class Bench:
    """Measures cell by cell and prints each as it comes; JSON only at the end."""

    def __init__(self, chosen: argparse.Namespace) -> None:
        self.chosen = chosen
        self.arrivals: list[list[Arrival]] = []
        self.trickles: list[list[Trickle]] = []
        self.replay: Replay | None = None
        self.skipped: list[str] = []
        self._company: tuple[int, Company] | None = None
        self._head = ""

    def measure(self) -> int:
        """All that was chosen; the exit status."""
        for kind in self.chosen.database:
            if not self.chosen.lines and not self.chosen.receipts:
                break
            try:
                with open_server(kind, self.chosen.database_url) as server:
                    self._on(server)
            except NoServer as reason:
                self.skipped.append(f"{kind}: {reason}")
                self._say(f"skipped {kind}: {reason}")
        if self.chosen.replay is not None:
            self.replay = measure_replay(self.chosen.replay, self.chosen.map, self.chosen.rounds)
            self._say(replay_row(self.replay))
        if self.chosen.json:
            found = as_json(self.arrivals, self.trickles, self.replay, self.skipped)
            print(json.dumps(found, indent=2))
        whole = all(one.status == "COMMITTED" for cell in self.arrivals for one in cell) and all(
            one.done and not one.runs.get("FAILED") for cell in self.trickles for one in cell
        )
        return 0 if whole else FAILED

    def _on(self, server: Server) -> None:
        chosen = self.chosen
        if chosen.lines:
            self._say_head(ARRIVAL_HEAD)
        asked: list[Statistics] = chosen.statistics or []
        for lines in chosen.lines:
            for statistics in asked or STATISTICS:
                with self._loaded(server, lines, statistics) as (name, company):
                    cell = [
                        measure_arrival(server, name, company, statistics, chosen.patience)
                        for _ in range(chosen.rounds)
                    ]
                self.arrivals.append(cell)
                self._say(arrival_row(cell))
                self._say_errors([one.error for one in cell])
        if not chosen.receipts:
            return
        self._say_head(TRICKLE_HEAD)
        for statistics in asked or STATISTICS[-1:]:
            with self._loaded(server, chosen.open_lines, statistics) as (name, company):
                for count in chosen.workers:
                    rounds = [
                        measure_trickle(
                            server,
                            name,
                            company,
                            statistics,
                            receipts=chosen.receipts,
                            units=chosen.units,
                            worker_count=count,
                            patience_s=chosen.patience,
                        )
                        for _ in range(chosen.rounds)
                    ]
                    self.trickles.append(rounds)
                    self._say(trickle_row(rounds))
                    self._say_errors([one.error for one in rounds])

    @contextmanager
    def _loaded(
        self, server: Server, lines: int, statistics: Statistics
    ) -> Iterator[tuple[str, Company]]:
        if self._company is None or self._company[0] != lines:
            size = Size(lines, self.chosen.franchisees, self.chosen.skus, self.chosen.stores)
            today = dt.datetime.now(dt.UTC).date()
            self._company = (lines, make_company(size, today, self.chosen.seed))
        company = self._company[1]
        with server.company(f"{lines}_{statistics}", company, statistics) as name:
            yield name, company

    def _say(self, line: str) -> None:
        """The table; beside JSON, which has standard output to itself, it shows the progress."""
        print(line, file=sys.stderr if self.chosen.json else sys.stdout, flush=True)

    def _say_head(self, head: str) -> None:
        if head != self._head:
            self._say(head)
            self._head = head

    def _say_errors(self, errors: Sequence[str | None]) -> None:
        for error in sorted({error for error in errors if error}):
            self._say(f"  {error}")


def read_arguments(arguments: list[str]) -> argparse.Namespace:
    """The options, with what is left out filled in."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks arrival",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="10,000 lines, embedded, statistics missing, once")
    add("--lines", type=_positive, nargs="+", help=f"open order lines, default {LINES}")
    add("--database", nargs="+", choices=[EMBEDDED, OUTSIDE], default=[EMBEDDED, OUTSIDE])
    add("--database-url", default=DEFAULT_URL, help="the outside server, as its superuser")
    add("--statistics", nargs="+", choices=list(STATISTICS), help="receipts: fresh by default")
    add("--rounds", type=_positive, default=3)
    add("--receipts", type=_positive, nargs="?", const=RECEIPTS, help=f"how many; {RECEIPTS}")
    add("--open-lines", type=_positive, default=90_000, help="open order lines beneath receipts")
    add("--units", type=_positive, default=24, help="of each one-SKU receipt")
    add("--workers", type=_positive, nargs="+", default=[1, 2, 4], help="beside receipts")
    add("--franchisees", type=_positive, default=2_000)
    add("--skus", type=_positive, default=2_000)
    add("--stores", type=_positive, default=20)
    add("--replay", type=Path, metavar="DIR", help="time `apportion demo --replay` on this data")
    add("--map", type=Path, default=MAPPING, help="the mapping of --replay")
    add("--patience", type=float, default=600.0, help="seconds until a run or all are given up")
    add("--seed", type=int, default=7)
    add("--json", action="store_true", help="every round as JSON; the table goes to stderr")
    chosen = parser.parse_args(arguments)
    if chosen.quick:
        chosen.lines, chosen.database = [10_000], [EMBEDDED]
        chosen.statistics, chosen.rounds = ["missing"], 1
    elif chosen.lines is None and chosen.receipts is None and chosen.replay is None:
        chosen.lines, chosen.receipts = list(LINES), RECEIPTS
    chosen.lines = chosen.lines or []
    return chosen


def main(arguments: list[str]) -> int:
    chosen = read_arguments(arguments)
    # What the embedded server logs of its start is not of the table.
    configure_logging("text", level=logging.ERROR)
    # Otherwise `kill` would leave servers, workers and databases behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(FAILED))
    try:
        return Bench(chosen).measure()
    except (WorkerFailed, ReplayFailed) as failed:
        print(failed, file=sys.stderr)
        return FAILED


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} must be 1 or more")
    return number
