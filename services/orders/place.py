"""Orders are taken in (O1, P2)."""

from dataclasses import dataclass

from domain.documents import optional_number
from domain.errors import NotFound
from domain.money import check_amount
from domain.orders.context import Context
from domain.orders.history import PLACED
from domain.orders.intake import CustomerFile, Place, place
from domain.orders.refusals import refuse
from domain.roles import Action
from persistence.audit import record
from persistence.orders.reading import customer_by_code
from persistence.orders.writing import add_order, has_file, next_order_id, past_orders, tell
from persistence.unit_of_work import UnitOfWork
from services.calendar.business_days import business_calendar
from services.clocks.running import start_intake_clocks
from services.permissions import require
from services.policy import current_policy


@dataclass(frozen=True)
class PlaceOrder:
    """An order as it came in; without a number of the company's own it gets one."""

    order: Place
    order_number: str | None = None


async def place_order(command: PlaceOrder, uow: UnitOfWork) -> int:
    """Take an order in under a unique number; its key.

    Raises NotFound for an unknown customer, OrderRefused for a new one without a file (P2).
    """
    require(uow.principal, Action.PLACE_ORDERS)
    _, policy = await current_policy(uow)
    code = command.order.customer
    customer = await customer_by_code(uow.session, code, keeps_currency=True)
    if customer is None:
        raise NotFound("customer", command.order.customer, field="customer")
    known = CustomerFile(
        code=customer.code,
        kind=customer.kind,
        payment_terms=customer.payment_terms,
        currency=customer.currency,
        has_file=await has_file(uow.session, customer.id),
        past_orders=await past_orders(uow.session, customer.id),
    )
    today = policy.local_date(uow.now)
    context = Context(
        uow.actor,
        uow.principal.roles,
        today,
        policy.orders,
        await business_calendar(uow, policy),
        currency=policy.currency,
        account_currency=customer.currency,
    )
    key = await next_order_id(uow.session)
    given = optional_number(command.order_number, "orderNumber")
    number = given or f"SO{today:%Y%m%d}-{key:06d}"
    check_amount(command.order.min_ship_value, customer.currency, "minShipValue")
    facts = place(command.order, number, known, context)
    if not await add_order(uow, key, customer.id, facts):
        raise refuse(
            "orderPlace",
            "ORDER_NUMBER_TAKEN",
            "O1",
            f"There is an order {number!r} already.",
            "orderNumber",
        )
    await tell(uow, key, customer.id, PLACED, None, facts)
    await start_intake_clocks(uow, key, customer.id, facts.fulfilment)
    await record(uow, "orderPlace", "Order", key, after={"orderNumber": number})
    return key
