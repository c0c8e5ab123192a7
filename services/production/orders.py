"""The order that something is made for, locked, and still to be made."""

import datetime as dt

from domain.errors import InvalidInput, NotFound, WrongState
from domain.policy import Policy
from persistence.milestones.flows import LockedOrder, lock_orders
from persistence.unit_of_work import UnitOfWork
from services.policies import current_policy

ENDED = ("CLOSED", "CANCELLED")


async def order_being_made(uow: UnitOfWork, order_id: int) -> tuple[LockedOrder, Policy, dt.date]:
    """The locked order, the policy and today. Raises NotFound, or WrongState when it has ended."""
    locked = await lock_orders(uow.session, [order_id])
    if not locked:
        raise NotFound("order", str(order_id), field="orderId")
    if locked[0].status in ENDED:
        raise WrongState(f"Order {locked[0].order_number} is {locked[0].status}.")
    _, policy = await current_policy(uow)
    return locked[0], policy, policy.local_date(uow.now)


def text_of(value: str | None, name: str, longest: int, *, needed: bool = False) -> str | None:
    """A text that fits, without spaces around it."""
    words = (value or "").strip()
    if needed and not words:
        raise InvalidInput(f"{name} is missing.", field=name)
    if len(words) > longest:
        raise InvalidInput(f"{name} has {longest} characters at most.", field=name)
    return words or None
