"""Tasks that milestones raise for the salesperson (M2, M5)."""

import datetime as dt

from domain.milestones.steps import MilestoneStep
from domain.roles import Role
from persistence.milestones.flows import LockedOrder
from persistence.unit_of_work import UnitOfWork
from services.tasks import RaiseTask, drop_task, raise_or_move_task, raise_task

FOLLOW_UP = "FOLLOW_UP"
VENDOR_DATE_MOVED = "VENDOR_DATE_MOVED"
CLOSE_ORDER = "CLOSE_ORDER"
# The cases of tasks that are raised once: of a milestone, of an order.
FOLLOW_UP_OF = "follow-up:"
CLOSING_OF = "close-order:"


async def raise_follow_up(
    uow: UnitOfWork, order: LockedOrder, milestone_id: int, step: MilestoneStep, event_on: dt.date
) -> int:
    """Three weeks after the arrival the salesperson asks for the next order (M5).

    When the event moves, the task moves with it; one that was dropped comes back.
    """
    due = event_on + dt.timedelta(days=step.follow_up_days or 0)
    title = (
        f"Follow up with the customer of order {order.order_number} for the next order",
        f"跟进订单{order.order_number}的客户,争取下一张订单",
    )
    return await raise_or_move_task(
        uow,
        RaiseTask(
            FOLLOW_UP,
            title,
            Role.SALES.value,
            due,
            order.salesperson_id,
            order.id,
            order.customer_id,
            milestone_id,
            source=f"{FOLLOW_UP_OF}{milestone_id}",
            details={"eventOn": event_on.isoformat()},
        ),
    )


async def drop_follow_up(uow: UnitOfWork, milestone_id: int, reason: str) -> None:
    """The arrival was left out, so nobody follows it up (M5)."""
    await drop_task(uow, f"{FOLLOW_UP_OF}{milestone_id}", reason)


async def send_closing_task(uow: UnitOfWork, order: LockedOrder, due_on: dt.date) -> None:
    """Nothing is in the way any more, so the sales manager is asked to close the order (D1)."""
    title = (
        f"Close order {order.order_number}: delivered, signed for and paid",
        f"关闭订单{order.order_number}:已送达、已签收、已付清",
    )
    await raise_task(
        uow,
        RaiseTask(
            CLOSE_ORDER,
            title,
            Role.SALES_MANAGER.value,
            due_on,
            order_id=order.id,
            customer_id=order.customer_id,
            source=f"{CLOSING_OF}{order.id}",
        ),
    )


async def tell_vendor_date(
    uow: UnitOfWork,
    order: LockedOrder,
    milestone_id: int,
    vendor: str,
    first_on: dt.date | None,
    promised_on: dt.date,
    due_on: dt.date,
    vendor_date_id: int,
) -> None:
    """The salesperson hears by task that a vendor has another date than its first (M2, D1)."""
    title = (
        f"Order {order.order_number}: {vendor} now completes on {promised_on.isoformat()}",
        f"订单{order.order_number}:{vendor}的完成日期改为{promised_on.isoformat()}",
    )
    details = {"vendor": vendor, "promisedOn": promised_on.isoformat()}
    if first_on is not None:
        details["firstOn"] = first_on.isoformat()
    await raise_task(
        uow,
        RaiseTask(
            VENDOR_DATE_MOVED,
            title,
            Role.SALES.value,
            due_on,
            order.salesperson_id,
            order.id,
            order.customer_id,
            milestone_id,
            source=f"vendor-date:{vendor_date_id}",
            details=details,
        ),
    )
