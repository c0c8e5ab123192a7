"""An order as a command finds it: locked, as it stands now, with the policy in force."""

from dataclasses import dataclass

from domain.errors import NotFound
from domain.orders.context import Context
from domain.orders.order import Order
from domain.policy import Policy
from persistence.orders.reading import LoadedOrder, load_orders, lock_order
from persistence.unit_of_work import UnitOfWork
from services.calendar.business_days import business_calendar
from services.policy import current_policy


@dataclass(frozen=True)
class OrderAtHand:
    """A locked order, and the policy by which it is judged."""

    order: LoadedOrder
    policy: Policy

    @property
    def key(self) -> int:
        """The order's key."""
        return self.order.order_id

    @property
    def version(self) -> int:
        """The order's version."""
        return self.order.version

    @property
    def facts(self) -> Order:
        """The order before the command."""
        return self.order.facts


async def lock_and_load(uow: UnitOfWork, order_id: int, *, lapsed_too: bool = False) -> OrderAtHand:
    """An order, locked until the transaction ends; see `lock_order`. Raises NotFound.

    Another customer's order does not exist for a customer. What follows from a command is for all
    to see to: once the order is found, it is read and written as by our own people.
    """
    if not await lock_order(uow.session, order_id, lapsed_too=lapsed_too):
        raise NotFound("order", str(order_id), field="id")
    if not uow.principal.sees_all:
        await uow.see_all()
    _, policy = await current_policy(uow)
    # Nothing that was read before the lock may be taken for what stands now.
    uow.session.expire_all()
    order = (await load_orders(uow.session, [order_id], policy.zone))[order_id]
    return OrderAtHand(order, policy)


async def context_of(uow: UnitOfWork, policy: Policy, order: LoadedOrder) -> Context:
    """The person of a transaction at this order, today."""
    return Context(
        actor=uow.actor,
        roles=uow.principal.roles,
        today=policy.local_date(uow.now),
        policy=policy.orders,
        calendar=await business_calendar(uow, policy),
        goods=order.goods,
        currency=policy.currency,
        account_currency=order.account_currency,
    )
