"""Runs whose worker died: asked for again, so that none is forgotten (J2)."""

import datetime as dt

from domain.principals import SYSTEM
from persistence.allocation.runs import abandoned_runs
from persistence.outbox import add_to_outbox, was_asked_within
from services.bootstrap import Dependencies
from services.supply import RUN_TOPIC

# A queued run may have to wait for others; one that was claimed is taken over at once.
QUEUE_PATIENCE = dt.timedelta(minutes=2)
# How long a repeated request is given to arrive before it is repeated again.
ASK_AGAIN_AFTER = dt.timedelta(seconds=10)


async def requeue_stale_runs(deps: Dependencies) -> int:
    """Ask again for every run that nobody works on; how many."""
    asked = 0
    async with deps.unit_of_work(SYSTEM) as uow:
        for run_id in await abandoned_runs(uow.session, uow.now, QUEUE_PATIENCE):
            payload = {"run_id": run_id}
            if not await was_asked_within(uow.session, RUN_TOPIC, payload, ASK_AGAIN_AFTER):
                await add_to_outbox(uow.session, RUN_TOPIC, payload)
                asked += 1
    return asked
