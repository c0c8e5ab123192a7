"""The order that something is made for, locked, and still to be made or released for it."""

import datetime as dt

from domain.errors import InvalidInput, NotFound, WrongState
from domain.messages import msg
from domain.orders.order import FINAL
from domain.orders.vocabularies import OrderStatus
from domain.policy import Policy
from domain.production import check_released
from persistence.orders.locking import LockedOrder, lock_orders
from persistence.production.writing import production_papers
from persistence.unit_of_work import UnitOfWork
from services.policy import current_policy


async def order_being_made(uow: UnitOfWork, order_id: int) -> tuple[LockedOrder, Policy, dt.date]:
    """The locked order, the policy and today. Raises NotFound, or WrongState when it has ended."""
    locked = await lock_orders(uow.session, [order_id])
    if not locked:
        raise NotFound("order", str(order_id), field="orderId")
    if locked[0].status in FINAL:
        raise WrongState(
            msg(
                "production.ORDER_IS",
                number=locked[0].order_number,
                status=OrderStatus(locked[0].status),
            )
        )
    _, policy = await current_policy(uow)
    return locked[0], policy, policy.local_date(uow.now)


async def confirmed_order(uow: UnitOfWork, order_id: int) -> tuple[LockedOrder, Policy, dt.date]:
    """As `order_being_made`, of an order that the customer has confirmed and that is still here."""
    order, policy, today = await order_being_made(uow, order_id)
    if order.status != OrderStatus.CONFIRMED:
        raise WrongState(
            msg(
                "production.MADE_WHILE",
                number=order.order_number,
                status=OrderStatus(order.status),
                confirmed=OrderStatus.CONFIRMED,
            )
        )
    return order, policy, today


async def order_in_production(
    uow: UnitOfWork, order_id: int
) -> tuple[LockedOrder, Policy, dt.date]:
    """As `confirmed_order`, of an order whose production is released and ordered (O5, O6)."""
    order, policy, today = await confirmed_order(uow, order_id)
    papers = await production_papers(uow.session, order_id)
    if papers is not None:
        check_released(order.order_number, *papers)
    return order, policy, today


def text_of(value: str | None, name: str, longest: int, *, needed: bool = False) -> str | None:
    """A text that fits, without spaces around it."""
    words = (value or "").strip()
    if needed and not words:
        raise InvalidInput(msg("production.MISSING", name=name), field=name)
    if len(words) > longest:
        raise InvalidInput(msg("production.LENGTH", name=name, most=longest), field=name)
    return words or None
