"""Changed milestones are saved, with the tasks that follow for the salesperson (M2, M5)."""

import datetime as dt
from collections.abc import Sequence

from domain.messages import msg
from domain.milestones.draft import FollowUpDropped, FollowUpDue, Outcome, VendorDateMoved
from domain.roles import Role
from persistence.milestones.reading import LoadedMilestones
from persistence.milestones.writing import save_milestones
from persistence.unit_of_work import UnitOfWork
from services.tasks.raising import RaiseTask, end_tasks, raise_or_move_task, raise_task

FOLLOW_UP = "FOLLOW_UP"
VENDOR_DATE_MOVED = "VENDOR_DATE_MOVED"
CLOSE_ORDER = "CLOSE_ORDER"
# The cases of tasks that are raised once: of a milestone, of an order.
FOLLOW_UP_OF = "follow-up:"
CLOSING_OF = "close-order:"


async def save(
    uow: UnitOfWork, changes: Sequence[tuple[LoadedMilestones, Outcome]]
) -> list[LoadedMilestones]:
    """Write what commands made of these orders' steps, and raise, move or drop their tasks."""
    saved = await save_milestones(uow, changes)
    for loaded, (_, outcome) in zip(saved, changes, strict=True):
        for task in outcome.tasks:
            milestone_id = loaded.ids[task.number]
            match task:
                case FollowUpDue():
                    await _raise_follow_up(uow, loaded, milestone_id, task)
                case FollowUpDropped():
                    source = f"{FOLLOW_UP_OF}{milestone_id}"
                    await end_tasks(uow, [source], done=False, note=task.reason)
                case VendorDateMoved():
                    await _announce_vendor_date(uow, loaded, milestone_id, task)
    return saved


async def send_closing_task(uow: UnitOfWork, loaded: LoadedMilestones, due_on: dt.date) -> None:
    """Nothing is in the way any more, so the sales manager is asked to close the order (D1)."""
    number = loaded.milestones.order_number
    title = msg("tasks.CLOSE_ORDER", order=number)
    await raise_task(
        uow,
        RaiseTask(
            CLOSE_ORDER,
            title,
            Role.SALES_MANAGER.value,
            due_on,
            order_id=loaded.order_id,
            customer_id=loaded.customer_id,
            source=f"{CLOSING_OF}{loaded.order_id}",
        ),
    )


async def _raise_follow_up(
    uow: UnitOfWork, loaded: LoadedMilestones, milestone_id: int, task: FollowUpDue
) -> None:
    """Three weeks after the arrival the salesperson asks for the next order (M5).

    When the event moves, the task moves with it; one that was dropped comes back.
    """
    number = loaded.milestones.order_number
    title = msg("tasks.FOLLOW_UP", order=number)
    await raise_or_move_task(
        uow,
        RaiseTask(
            FOLLOW_UP,
            title,
            Role.SALES.value,
            task.due_on,
            loaded.salesperson_id,
            loaded.order_id,
            loaded.customer_id,
            milestone_id,
            source=f"{FOLLOW_UP_OF}{milestone_id}",
            details={"eventOn": task.event_on.isoformat()},
        ),
    )


async def _announce_vendor_date(
    uow: UnitOfWork, loaded: LoadedMilestones, milestone_id: int, task: VendorDateMoved
) -> None:
    """The salesperson hears by task that a vendor has another date than its first (M2, D1)."""
    number, day = loaded.milestones.order_number, task.promised_on.isoformat()
    title = msg("tasks.VENDOR_DATE_MOVED", order=number, vendor=task.vendor, day=task.promised_on)
    details = {"vendor": task.vendor, "promisedOn": day}
    if task.first_on is not None:
        details["firstOn"] = task.first_on.isoformat()
    await raise_task(
        uow,
        RaiseTask(
            VENDOR_DATE_MOVED,
            title,
            Role.SALES.value,
            task.due_on,
            loaded.salesperson_id,
            loaded.order_id,
            loaded.customer_id,
            milestone_id,
            source=f"vendor-date:{milestone_id}:{task.nth}",
            details=details,
        ),
    )
