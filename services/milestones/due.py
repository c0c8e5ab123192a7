"""What falls due by itself: news for subscribers, and days in the calendar that have passed."""

import datetime as dt
from collections.abc import Awaitable, Callable

from domain.principals import SYSTEM
from persistence.milestones import due
from persistence.unit_of_work import UnitOfWork
from services.batches import MOST_AT_ONCE, Batch, in_batches
from services.bootstrap import Dependencies
from services.policy import current_policy, has_policy

Take = Callable[[UnitOfWork, due.Place, int], Awaitable[due.Found]]


async def notify_of_due_milestones(deps: Dependencies) -> int:
    """Notify once of each step that is due soon, and once that it is overdue; how many.

    Steps that are days in the calendar leave the work lists when their day has passed. All that is
    due is taken, in batches; who is stopped in between leaves the rest to the next call.
    """
    async with deps.unit_of_work(SYSTEM) as uow:
        if not await has_policy(uow):
            return 0
        _, policy = await current_policy(uow)
        today = policy.local_date(uow.now)
    soon = today + dt.timedelta(days=policy.due_soon_days)

    async def settle(uow: UnitOfWork, after: due.Place, limit: int) -> due.Found:
        return await due.settle_passed_days(uow.session, today, after, limit)

    async def overdue(uow: UnitOfWork, after: due.Place, limit: int) -> due.Found:
        return await due.note_overdue(uow.session, today, after, limit)

    async def due_soon(uow: UnitOfWork, after: due.Place, limit: int) -> due.Found:
        return await due.note_due_soon(uow.session, today, soon, after, limit)

    return sum([await _all(deps, take) for take in (settle, overdue, due_soon)])


async def _all(deps: Dependencies, take: Take) -> int:
    async def batch(uow: UnitOfWork, after: due.Place | None) -> Batch:
        found = await take(uow, after or due.START, MOST_AT_ONCE)
        return Batch(found.changed, found.until)

    return await in_batches(deps, batch)
