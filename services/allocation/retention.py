"""How long plans, snapshots and the audit log are kept: as policy says, so that none piles up."""

import datetime as dt
from collections.abc import Awaitable, Callable

from domain.principals import SYSTEM
from persistence.allocation import retention
from persistence.unit_of_work import UnitOfWork
from services.batches import MOST_AT_ONCE, Batch, in_batches
from services.bootstrap import Dependencies
from services.policy import current_policy, has_policy

Prune = Callable[..., Awaitable[int]]


async def prune_by_policy(deps: Dependencies) -> int:
    """Remove what is older than policy keeps it, in batches that may be stopped at any time.

    What a plan gave stays in shipments, reservations and the ledger. How much was removed.
    """
    async with deps.unit_of_work(SYSTEM) as uow:
        if not await has_policy(uow):
            return 0
        _, policy = await current_policy(uow)
    removed = 0
    for days, prune in (
        (policy.snapshots_kept_days, retention.prune_snapshots),
        (policy.plans_kept_days, retention.prune_plans),
        (policy.audit_kept_days, retention.prune_audit),
    ):
        removed += await in_batches(deps, _batches(days, prune))
    return removed


def _batches(days: int, prune: Prune) -> Callable[[UnitOfWork, object], Awaitable[Batch]]:
    async def act(uow: UnitOfWork, _: object) -> Batch:
        gone = await prune(uow.session, uow.now - dt.timedelta(days=days), MOST_AT_ONCE)
        return Batch(gone, after=gone >= MOST_AT_ONCE or None)

    return act
