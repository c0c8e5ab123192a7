"""One goods receipt over all SKUs: from its commit to the committed plan, beside the limit.

The limit is solving the same snapshot, and copying as many rows as were given into a table without
an index: what remains when reading, assembling and writing all else cost nothing.
"""

import asyncio
import io
import time
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import psycopg

from allocator import Tables, problem_from, solve
from benchmarks.arrival.company import CENTRAL, Company, one_of_all
from benchmarks.arrival.databases import Server
from benchmarks.arrival.processes import Memory, workers
from domain.principals import SYSTEM
from domain.supply import ReceiveGoods
from services.bootstrap import open_dependencies
from services.settings import Settings
from services.supply import receive_goods

PHASES = ("read", "assemble", "solve", "write")
OPEN = ("QUEUED", "CLAIMED", "SOLVING")
LOOK_EVERY_S = 0.01
SOLVES = 3


@dataclass(frozen=True)
class Limit:
    """What nothing can be faster than, in seconds."""

    solve_s: float
    copy_s: float

    @property
    def seconds(self) -> float:
        return self.solve_s + self.copy_s


@dataclass(frozen=True)
class Arrival:
    """One run, timed. Phases: seconds and peak MiB, as far as the run has measured them itself."""

    lines: int
    database: str
    statistics: str
    status: str
    seconds: float
    claims: int | None = None
    given_rows: int = 0
    phases: dict[str, dict[str, float]] = field(default_factory=dict)
    solver_seconds: dict[str, float] = field(default_factory=dict)
    together_peak: int | None = None
    sum_of_peaks: int | None = None
    grown: int = 0
    fresh_starts: int = 0
    error: str | None = None
    limit: Limit | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the limit it took."""
        return None if self.limit is None else self.seconds / self.limit.seconds


def measure_arrival(
    server: Server, template: str, company: Company, statistics: str, patience_s: float
) -> Arrival:
    """Receive goods in a copy of the company's database, with one worker at work."""
    with server.copy_of(template) as name, server.connect(name) as watching:
        settings = server.settings(name)
        before = database_bytes(watching)
        with workers(settings, 1) as [worker], Memory([worker.pid]) as memory:
            run_id, seconds, status = asyncio.run(_receive(settings, company, watching, patience_s))
        run = _run(watching, run_id)
        summary = run["summary"]
        return Arrival(
            lines=len(company.line_sku),
            database=server.kind,
            statistics=statistics,
            status=status,
            seconds=seconds,
            claims=summary.get("claims"),
            given_rows=_given_rows(watching, run_id),
            phases=summary.get("phases", {}),
            solver_seconds=summary.get("seconds", {}),
            together_peak=memory.together_peak,
            sum_of_peaks=memory.sum_of_peaks,
            grown=database_bytes(watching) - before,
            fresh_starts=run["fresh_starts"],
            error=run["error"],
            limit=measure_limit(watching, run_id) if status == "COMMITTED" else None,
        )


async def _receive(
    settings: Settings, company: Company, watching: "psycopg.Connection[Any]", patience_s: float
) -> tuple[int, float, str]:
    """The run, how long it took from the receipt's commit, and how it ended or stood then."""
    async with open_dependencies(settings, purpose="command") as deps:
        async with deps.unit_of_work(SYSTEM) as uow:
            received = await receive_goods(
                ReceiveGoods("GR-ALL", CENTRAL, one_of_all(company)), uow
            )
        began = time.perf_counter()
        assert received.run_id is not None
        while True:
            row = watching.execute(
                "SELECT status FROM allocation_runs WHERE id = %s", (received.run_id,)
            ).fetchone()
            took = time.perf_counter() - began
            assert row is not None
            if row[0] not in OPEN or took > patience_s:
                return received.run_id, took, row[0]
            await asyncio.sleep(LOOK_EVERY_S)


def measure_limit(connection: "psycopg.Connection[Any]", run_id: int) -> Limit:
    """Solve the run's snapshot here and copy its given rows: the medians."""
    content = stored_snapshot(connection, run_id)
    solves = []
    for number in range(SOLVES + 1):
        began = time.perf_counter()
        solve(problem_from(Tables.from_bytes(content)))
        if number:  # the first loads the solver
            solves.append(time.perf_counter() - began)
    given = io.BytesIO()
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY (SELECT * FROM allocation_lines WHERE run_id = %s AND units > 0)"
            " TO STDOUT (FORMAT BINARY)",
            (run_id,),
        ) as copy,
    ):
        for block in copy:
            given.write(block)
    copies = []
    for _ in range(SOLVES):
        connection.execute("DROP TABLE IF EXISTS given_again")
        connection.execute("CREATE TABLE given_again (LIKE allocation_lines)")
        began = time.perf_counter()
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY given_again FROM STDIN (FORMAT BINARY)") as copy,
        ):
            copy.write(given.getbuffer())
        copies.append(time.perf_counter() - began)
    connection.execute("DROP TABLE given_again")
    return Limit(median(solves), median(copies))


def stored_snapshot(connection: "psycopg.Connection[Any]", run_id: int) -> bytes:
    """What the run solved, as it is kept."""
    row = connection.execute(
        "SELECT snapshot FROM allocation_runs WHERE id = %s", (run_id,)
    ).fetchone()
    assert row is not None
    return bytes(row[0])


def database_bytes(connection: "psycopg.Connection[Any]") -> int:
    """The size of all files of the database; the log that is written ahead is not among them."""
    row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    assert row is not None
    return int(row[0])


def _run(connection: "psycopg.Connection[Any]", run_id: int) -> dict[str, Any]:
    row = connection.execute(
        "SELECT summary, fresh_starts, error FROM allocation_runs WHERE id = %s", (run_id,)
    ).fetchone()
    assert row is not None
    return {"summary": row[0], "fresh_starts": row[1], "error": row[2]}


def _given_rows(connection: "psycopg.Connection[Any]", run_id: int) -> int:
    row = connection.execute(
        "SELECT count(*) FROM allocation_lines WHERE run_id = %s AND units > 0", (run_id,)
    ).fetchone()
    assert row is not None
    return int(row[0])
