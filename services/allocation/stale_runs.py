"""Runs whose worker died: asked for again, so that none is forgotten (J2)."""

import datetime as dt

from domain.principals import SYSTEM
from persistence.allocation.runs import stale_runs
from persistence.outbox import add_to_outbox, asks_of
from services.allocation.goods import RUN_TOPIC
from services.bootstrap import Dependencies

# A queued run may have to wait for others; one that was claimed is taken over at once.
QUEUE_PATIENCE = dt.timedelta(minutes=2)
# How long a repeated request is given to arrive before it is repeated again. Each time it is given
# twice as long: what waits behind others needs no pile of requests.
ASK_AGAIN_AFTER = dt.timedelta(seconds=10)
LONGEST_WAIT = dt.timedelta(minutes=30)


async def requeue_stale_runs(deps: Dependencies) -> int:
    """Ask again for every run that nobody works on and that no request is under way for; how many.

    A request that the relay has not sent yet is one under way, however old.
    """
    asked = 0
    async with deps.unit_of_work(SYSTEM) as uow:
        for run in await stale_runs(uow.session, uow.now, QUEUE_PATIENCE):
            payload = {"run_id": run.id}
            # What was asked before the claim came to an end with it.
            asks = await asks_of(uow.session, RUN_TOPIC, payload, since=run.claimed_at)
            first = ASK_AGAIN_AFTER if run.was_claimed else QUEUE_PATIENCE
            if asks.is_unsent or (
                asks.age is not None and asks.age < wait_after(asks.count, first)
            ):
                continue
            await add_to_outbox(uow.session, RUN_TOPIC, payload)
            asked += 1
    return asked


def wait_after(asks: int, first: dt.timedelta) -> dt.timedelta:
    """How long the newest of this many requests is waited for: `first`, then twice as long each."""
    # The shift is bounded before it is taken: a number of years would not be a timedelta.
    return min(first * (1 << min(max(asks - 1, 0), 16)), LONGEST_WAIT)
