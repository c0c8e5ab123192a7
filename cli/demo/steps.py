"""The steps of the demonstration: a worker of its own, the receipt, waiting for the plan."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cli.language import Speaker
from domain.allocation import AllocationRunStatus
from domain.messages import Message, msg
from domain.principals import SYSTEM
from domain.supply import ReceiptLine, ReceiveGoods
from persistence.allocation.runs import run_by_id
from services.bootstrap import Dependencies
from services.imports import Arrival
from services.settings import Settings
from services.supply import receive_goods

LONGEST_WAIT_S = 300.0
_ENDED = (
    AllocationRunStatus.COMMITTED,
    AllocationRunStatus.FAILED,
    AllocationRunStatus.CANCELLED,
    AllocationRunStatus.DISCARDED,
)


class DemoFailed(Exception):
    """The demonstration could not be carried through; the message says where and what to do."""


@asynccontextmanager
async def worker(settings: Settings) -> AsyncIterator[subprocess.Popen[bytes]]:
    """A worker process for as long as the block lasts, as `apportion worker` would be."""
    environment = {**os.environ, "APPORTION_HOME": str(settings.home)}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(  # noqa: ASYNC220, S603 - our own program; the wait is threaded
            [sys.executable, "-m", "cli", "worker", "--follow-parent", str(os.getpid())],
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(process.wait, 30)


async def record_arrivals(deps: Dependencies, arrivals: list[Arrival]) -> list[int]:
    """Record what arrives through the same use case as everybody; the runs that it queued."""
    runs = []
    for arrival in arrivals:
        lines = tuple(ReceiptLine(sku, units) for sku, units in arrival.units_by_sku.items())
        command = ReceiveGoods(arrival.receipt_id, arrival.warehouse_id, lines)
        async with deps.unit_of_work(SYSTEM) as uow:
            received = await receive_goods(command, uow)
        if received.run_id is not None:
            runs.append(received.run_id)
    return runs


async def wait_for(deps: Dependencies, run_id: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until the worker has committed a run. Raises DemoFailed when it cannot."""
    give_up = asyncio.get_running_loop().time() + LONGEST_WAIT_S
    while True:
        async with deps.unit_of_work(SYSTEM) as uow:
            run = await run_by_id(uow.session, run_id)
        if run is None:
            raise DemoFailed(Speaker().text(msg("cli.RUN_GONE", run=run_id)))
        if run.status == AllocationRunStatus.COMMITTED:
            return
        if run.status in _ENDED:
            raise DemoFailed(
                Speaker().text(
                    msg(
                        "cli.RUN_IS",
                        run=run_id,
                        status=run.status,
                        error=Message.from_kept(run.error or ""),
                    )
                )
            )
        if process.poll() is not None:
            raise DemoFailed(Speaker().text(msg("cli.WORKER_ENDED", status=process.returncode)))
        if asyncio.get_running_loop().time() > give_up:
            raise DemoFailed(Speaker().text(msg("cli.RUN_STILL", run=run_id, status=run.status)))
        await asyncio.sleep(0.05)


def example(name: str) -> Path:
    """A data set that is shipped with the project."""
    return Path(__file__).parents[2] / "examples" / name
