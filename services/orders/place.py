"""Orders are taken in (O1, P2)."""

from domain.documents import optional_number
from domain.errors import NotFound
from domain.messages import msg
from domain.money import check_amount
from domain.orders.commands.intake import Place, place
from domain.orders.context import Context
from domain.orders.history import PLACED
from domain.orders.intake import CustomerFile
from domain.orders.refusals import refuse
from persistence.audit import record
from persistence.orders.reading import customer_by_code
from persistence.orders.writing import add_order, append_event, has_file, next_order_id, past_orders
from persistence.unit_of_work import UnitOfWork
from services.calendar.business_days import business_calendar
from services.clocks.running import start_intake_clocks
from services.commands import use_case
from services.policy import current_policy


@use_case
async def place_order(command: Place, uow: UnitOfWork) -> int:
    """Take an order in under a unique number; its key.

    Raises NotFound for an unknown customer, OrderRefused for a new one without a file (P2).
    """
    _, policy = await current_policy(uow)
    code = command.customer
    customer = await customer_by_code(uow.session, code, keeps_currency=True)
    if customer is None:
        raise NotFound("customer", command.customer, field="customer")
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
    check_amount(command.min_ship_value, customer.currency, "minShipValue")
    facts = place(command, number, known, context)
    if not await add_order(uow, key, customer.id, facts):
        raise refuse(
            "ORDER_NUMBER_TAKEN",
            "O1",
            msg("orders.NUMBER_TAKEN", number=number),
            "orderNumber",
        )
    await append_event(uow, key, customer.id, PLACED, None, facts)
    await start_intake_clocks(uow, key, customer.id, facts.fulfilment)
    await record(uow, "orderPlace", "Order", key, after={"orderNumber": number})
    return key
