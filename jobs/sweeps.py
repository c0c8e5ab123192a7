"""What is looked after from time to time, by one worker of all: a lock says which."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from domain.principals import SYSTEM
from jobs.brokers import JOB_LIMIT_MS
from persistence.idempotency import prune_keys
from persistence.listen_connection import OUTAGES, ListenConnection
from persistence.locks import AdvisoryLock
from persistence.outbox import prune_sent
from persistence.queue import return_stuck_messages
from persistence.retry import is_outage
from persistence.unit_of_work import UnitOfWork
from services.batches import MOST_AT_ONCE, Batch, in_batches
from services.bootstrap import Dependencies

LOOK_EVERY_S = 1.0
# How often those that stand by try to become the acting one.
TRY_EVERY_S = 3.0
PAUSE_S = 1.0
SENT_KEPT = dt.timedelta(days=7)
# A client may repeat a mutation for so long and get the first answer.
KEYS_KEPT = dt.timedelta(days=7)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Sweep:
    """Something to do again and again; says how many things it found to do."""

    name: str
    every_s: float
    act: Callable[[Dependencies], Awaitable[int]]


async def requeue_runs(deps: Dependencies) -> int:
    from services.allocation.stale_runs import requeue_stale_runs

    return await requeue_stale_runs(deps)


async def requeue_scenarios(deps: Dependencies) -> int:
    from services.scenarios.use_cases import requeue_waiting_scenarios

    return await requeue_waiting_scenarios(deps)


async def expire_reservations(deps: Dependencies) -> int:
    from services.allocation import reservations

    return await reservations.expire_reservations(deps)


async def apply_master_data(deps: Dependencies) -> int:
    from services import master_data

    return await master_data.apply_due(deps)


async def record_breaches(deps: Dependencies) -> int:
    from services.clocks import running as clocks

    return await clocks.record_breaches(deps)


async def notify_of_due_milestones(deps: Dependencies) -> int:
    from services.milestones import due

    return await due.notify_of_due_milestones(deps)


async def raise_unconfirmed_purchases(deps: Dependencies) -> int:
    from services.production import purchases

    return await purchases.raise_unconfirmed_purchases(deps)


async def settle_expired_deposits(deps: Dependencies) -> int:
    from services.orders import deposit_expiry

    return await deposit_expiry.settle_expired_deposits(deps)


async def return_messages(deps: Dependencies) -> int:
    async with deps.unit_of_work(SYSTEM) as uow:
        return await return_stuck_messages(uow.session, dt.timedelta(milliseconds=2 * JOB_LIMIT_MS))


async def prune_jobs(deps: Dependencies) -> int:
    async def prune(uow: UnitOfWork, _: object) -> Batch:
        gone = await prune_sent(uow.session, uow.now - SENT_KEPT, MOST_AT_ONCE)
        return Batch(gone, after=gone == MOST_AT_ONCE or None)

    return await in_batches(deps, prune)


async def prune_idempotency_keys(deps: Dependencies) -> int:
    async def prune(uow: UnitOfWork, _: object) -> Batch:
        gone = await prune_keys(uow.session, uow.now - KEYS_KEPT, MOST_AT_ONCE)
        return Batch(gone, after=gone == MOST_AT_ONCE or None)

    return await in_batches(deps, prune)


async def prune_plans(deps: Dependencies) -> int:
    from services.allocation import retention

    return await retention.prune_by_policy(deps)


SWEEPS = (
    Sweep("requeue abandoned runs", 5, requeue_runs),
    Sweep("requeue waiting scenarios", 60, requeue_scenarios),
    Sweep("expire reservations", 30, expire_reservations),
    Sweep("put master data in force", 60, apply_master_data),
    Sweep("record breaches of clocks", 30, record_breaches),
    Sweep("notify of milestones that are due", 60, notify_of_due_milestones),
    Sweep("raise unconfirmed purchases", 600, raise_unconfirmed_purchases),
    Sweep("settle deposits of goods not picked up", 600, settle_expired_deposits),
    Sweep("return stuck messages", 60, return_messages),
    Sweep("remove old jobs", 3600, prune_jobs),
    Sweep("remove old idempotency keys", 3600, prune_idempotency_keys),
    Sweep("remove plans and audit entries beyond their time", 3600, prune_plans),
)


async def run_sweeps(deps: Dependencies, sweeps: tuple[Sweep, ...] = SWEEPS) -> None:
    """Sweep while this worker is the acting one, stand by while it is not; until cancelled."""
    while True:
        try:
            async with ListenConnection(
                deps.databases.application, name="apportion-sweeps", revive=deps.databases.revive
            ) as connection:
                while not await connection.try_lock(AdvisoryLock.SCHEDULER):
                    await connection.wait(TRY_EVERY_S)
                _log.info("acting as scheduler")
                async with asyncio.TaskGroup() as together:
                    together.create_task(_watch(connection))
                    # Side by side: a long one must not keep the others from their time. They begin
                    # one after another, so that they don't all come at the same moments.
                    for place, sweep in enumerate(sweeps):
                        first_after_s = min(sweep.every_s, LOOK_EVERY_S) * (1 + place / 2)
                        together.create_task(_repeat(sweep, deps, first_after_s))
        except* OUTAGES as lost:
            for error in lost.exceptions:
                _log.warning("sweeps interrupted", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(PAUSE_S)


async def _watch(connection: ListenConnection) -> None:
    """Raises ConnectionLost when the lock is."""
    while True:
        await connection.wait(LOOK_EVERY_S)


async def _repeat(sweep: Sweep, deps: Dependencies, first_after_s: float) -> None:
    loop = asyncio.get_running_loop()
    due = loop.time() + first_after_s
    while True:
        await asyncio.sleep(due - loop.time())
        # Of what a long one has missed, nothing is made up for.
        due = max(due, loop.time()) + sweep.every_s
        await _act(sweep, deps)


async def _act(sweep: Sweep, deps: Dependencies) -> None:
    try:
        found = await sweep.act(deps)
    except Exception as error:
        if is_outage(error):
            raise
        # One sweep's mistake must not stop the others; it comes up in the log each time.
        _log.exception("sweep failed", sweep=sweep.name)
    else:
        if found:
            _log.info("swept", sweep=sweep.name, found=found)
