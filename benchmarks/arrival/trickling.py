"""Many receipts of one SKU each, one after another: how many a minute are shared out."""

import asyncio
import time
from dataclasses import dataclass
from itertools import islice
from typing import Any

import psycopg

from benchmarks.arrival.arriving import OPEN, database_bytes
from benchmarks.arrival.company import CENTRAL, Company, one_sku_each
from benchmarks.arrival.databases import Server
from benchmarks.arrival.processes import Memory, workers
from domain.principals import SYSTEM
from domain.supply import ReceiveGoods
from services.bootstrap import open_dependencies
from services.settings import Settings
from services.supply import receive_goods

LOOK_EVERY_S = 0.05


@dataclass(frozen=True)
class Trickle:
    """Receipts recorded by one client, and what became of them.

    grown, grown_after_checkpoint: bytes of the database's files, without the log written ahead.
    done: False when runs were still open when patience ended; seconds and rate are until then.
    """

    lines: int
    database: str
    statistics: str
    workers: int
    receipts: int
    done: bool
    recording_s: float
    seconds: float
    runs: dict[str, int]
    fresh_starts: int
    deadlocks: int
    grown: int
    grown_after_checkpoint: int
    together_peak: int | None
    error: str | None

    @property
    def committed(self) -> int:
        """How many runs brought a plan."""
        return self.runs.get("COMMITTED", 0)

    @property
    def per_minute(self) -> float:
        """Receipts shared out a minute; when patience ended before, those that were."""
        shared = self.receipts if self.done else self.committed
        return shared * 60 / self.seconds

    @property
    def growth_per_receipt(self) -> float:
        """Bytes of the database's files a receipt, written out."""
        return self.grown_after_checkpoint / self.receipts


def measure_trickle(
    server: Server,
    template: str,
    company: Company,
    statistics: str,
    *,
    receipts: int,
    units: int,
    worker_count: int,
    patience_s: float,
) -> Trickle:
    """Record receipts in a copy of the company's database and wait until no run is open."""
    with server.copy_of(template) as name, server.connect(name) as watching:
        settings = server.settings(name)
        before, deadlocks = database_bytes(watching), _deadlocks(watching)
        with (
            workers(settings, worker_count) as started,
            Memory([worker.pid for worker in started]) as memory,
        ):
            recording_s, seconds, done = asyncio.run(
                _record(settings, company, watching, receipts, units, patience_s)
            )
        # The workers have ended, so that what their connections counted is written down.
        grown = database_bytes(watching) - before
        watching.execute("CHECKPOINT")
        states = dict(
            watching.execute("SELECT status, count(*) FROM allocation_runs GROUP BY status")
        )
        counts = watching.execute(
            "SELECT coalesce(sum(fresh_starts), 0),"
            " min(error) FILTER (WHERE status = 'FAILED') FROM allocation_runs"
        ).fetchone()
        assert counts is not None
        return Trickle(
            lines=len(company.line_sku),
            database=server.kind,
            statistics=statistics,
            workers=worker_count,
            receipts=receipts,
            done=done,
            recording_s=recording_s,
            seconds=seconds,
            runs=states,
            fresh_starts=int(counts[0]),
            deadlocks=_deadlocks(watching) - deadlocks,
            grown=grown,
            grown_after_checkpoint=database_bytes(watching) - before,
            together_peak=memory.together_peak,
            error=counts[1],
        )


async def _record(
    settings: Settings,
    company: Company,
    watching: "psycopg.Connection[Any]",
    receipts: int,
    units: int,
    patience_s: float,
) -> tuple[float, float, bool]:
    """Seconds of recording alone, of all until nothing is open, and whether nothing is."""
    async with open_dependencies(settings, purpose="command") as deps:
        began = time.perf_counter()
        arrivals = islice(one_sku_each(company, units), receipts)
        for number, lines in enumerate(arrivals, 1):
            async with deps.unit_of_work(SYSTEM) as uow:
                await receive_goods(ReceiveGoods(f"GR-{number}", CENTRAL, lines), uow)
        recorded = time.perf_counter() - began
        while not (done := _is_quiet(watching)):
            if time.perf_counter() - began > patience_s:
                break
            await asyncio.sleep(LOOK_EVERY_S)
        return recorded, time.perf_counter() - began, done


def _is_quiet(connection: "psycopg.Connection[Any]") -> bool:
    """Whether no run is open and nothing that was asked for is still to be sent."""
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM allocation_runs WHERE status = ANY(%s))"
        " OR EXISTS (SELECT FROM outbox WHERE sent_at IS NULL)",
        (list(OPEN),),
    ).fetchone()
    assert row is not None
    return not row[0]


def _deadlocks(connection: "psycopg.Connection[Any]") -> int:
    connection.execute("SELECT pg_stat_clear_snapshot()")
    row = connection.execute(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    ).fetchone()
    assert row is not None
    return int(row[0])
