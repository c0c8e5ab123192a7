"""What falls due by itself: news for subscribers, and days in the calendar that have passed."""

import datetime as dt

from domain.principals import SYSTEM
from persistence.contention import retrying
from persistence.milestones import flows
from services.bootstrap import Dependencies
from services.policies import current_policy, has_policy

MOST_AT_ONCE = 1_000


async def tell_due_milestones(deps: Dependencies) -> int:
    """Tell once of each step that is due soon, and once that it is overdue; how many.

    Steps that are days in the calendar leave the work lists when their day has passed.
    """
    found = 0
    async for attempt in retrying():
        with attempt:
            async with deps.unit_of_work(SYSTEM) as uow:
                if not await has_policy(uow):
                    return 0
                _, policy = await current_policy(uow)
                today = policy.local_date(uow.now)
                soon = today + dt.timedelta(days=policy.due_soon_days)
                settled = await flows.settle_passed_days(uow.session, today, MOST_AT_ONCE)
                told = await flows.tell_due(uow.session, today, soon, MOST_AT_ONCE)
                found = settled + told
    return found
