"""Which use case each topic of the outbox calls; registered when a worker starts, not at import."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import dramatiq
import structlog
from dramatiq.errors import Retry

from domain.errors import DomainError
from jobs.brokers import QUEUE
from persistence.retry import is_passing
from services.bootstrap import Dependencies

Payload = dict[str, Any]
Handler = Callable[[Payload, Dependencies], Awaitable[object]]

_log = structlog.get_logger(__name__)


# Each imports its use case when it is first called: the solver's libraries take a second to load,
# and a worker is ready before.
async def run_allocation(payload: Payload, deps: Dependencies) -> None:
    from services.allocation import run, run_log

    run_id, started = int(payload["run_id"]), time.monotonic()
    outcome = None
    try:
        outcome = await run.run_allocation(run_id, deps)
    finally:
        # Whoever holds the run, or held it, has recorded its end.
        if outcome is not run.RunOutcome.NOT_OURS:
            await run_log.log_end_of_run(run_id, deps, time.monotonic() - started)


async def run_scenario(payload: Payload, deps: Dependencies) -> None:
    from services.scenarios import use_cases

    await use_cases.run_scenario(int(payload["scenario_id"]), deps)


TOPICS: Mapping[str, Handler] = {
    "allocation.run": run_allocation,
    "scenario.run": run_scenario,
}


def register(
    broker: dramatiq.Broker, deps: Dependencies, topics: Mapping[str, Handler] = TOPICS
) -> None:
    """Make every topic an actor of this broker, on these dependencies."""
    for topic, handler in topics.items():
        declare = dramatiq.actor(
            actor_name=topic,
            queue_name=QUEUE,
            broker=broker,
            # A refusal stays a refusal, however often it is asked for.
            throws=(DomainError,),
        )
        declare(_actor(topic, handler, deps))


def _actor(
    topic: str, handler: Handler, deps: Dependencies
) -> Callable[[Payload], Awaitable[None]]:
    async def perform(payload: Payload) -> None:
        with structlog.contextvars.bound_contextvars(topic=topic, **payload):
            try:
                await handler(payload, deps)
            except DomainError as refusal:
                _log.error("job refused", code=refusal.code, reason=refusal.message)
                raise
            except Exception as error:
                if not is_passing(error):
                    _log.exception("job failed")
                    raise
                # Contention or an outage says nothing of the job: a line, not a traceback.
                _log.warning("job put off", error=f"{type(error).__name__}: {error}")
                raise Retry(str(error)) from error

    return perform
