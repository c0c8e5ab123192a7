"""Materials that an order needs: ordered, confirmed, expected, received (O11, A1)."""

import datetime as dt
from decimal import Decimal

from domain import limits
from domain.errors import InvalidInput, require_version
from domain.messages import msg
from domain.orders.order import FINAL
from domain.principals import SYSTEM
from domain.production import RecordPurchase
from domain.roles import Role
from domain.unchanged import changed
from persistence.orders.locking import lock_orders
from persistence.production import writing as production
from persistence.tables import MaterialPurchaseRow
from persistence.unit_of_work import UnitOfWork
from services.batches import MOST_AT_ONCE, Batch, in_batches
from services.bootstrap import Dependencies
from services.commands import use_case
from services.policy import current_policy, has_policy
from services.production.orders import order_being_made, text_of
from services.tasks.raising import RaiseTask, raise_tasks

SUPPLIER_UNCONFIRMED = "SUPPLIER_UNCONFIRMED"
MOST = Decimal(10) ** 12
_SOURCE = "supplier-unconfirmed:"


@use_case
async def record_purchase(command: RecordPurchase, uow: UnitOfWork) -> int:
    """Add a material purchase of an order, or change the one of that material and supplier."""
    material = text_of(command.material, "material", 200, needed=True) or ""
    supplier = text_of(command.supplier, "supplier", 200) or ""
    order, _, today = await order_being_made(uow, command.order_id)
    row = await production.purchase_for_update(uow.session, order.id, material, supplier)
    if row is None:
        row = MaterialPurchaseRow(
            order_id=order.id,
            customer_id=order.customer_id,
            material=material,
            supplier=supplier,
            unit="",
            needed=Decimal(0),
            ordered=Decimal(0),
            received=Decimal(0),
            version=0,
        )
        uow.session.add(row)
    require_version("material purchase", command.expected_version, row.version)
    row.unit = text_of(changed(command.unit, row.unit), "unit", limits.UNIT) or ""
    row.needed = _quantity("needed", command.needed, row.needed)
    row.ordered = _quantity("ordered", command.ordered, row.ordered)
    row.received = _quantity("received", command.received, row.received)
    row.needed_on = changed(command.needed_on, row.needed_on)
    row.ordered_on = _past("orderedOn", changed(command.ordered_on, row.ordered_on), today)
    row.confirmed_on = _past("confirmedOn", changed(command.confirmed_on, row.confirmed_on), today)
    row.expected_on = changed(command.expected_on, row.expected_on)
    row.received_on = _past("receivedOn", changed(command.received_on, row.received_on), today)
    row.note = text_of(changed(command.note, row.note), "note", limits.TEXT)
    row.version += 1
    await uow.session.flush()
    return row.id


async def raise_unconfirmed_purchases(deps: Dependencies) -> int:
    """Give purchasing a task for each purchase that its supplier has not confirmed in time (A1).

    How many tasks are new.
    """
    async with deps.unit_of_work(SYSTEM) as uow:
        if not await has_policy(uow):
            return 0
    return await in_batches(deps, _raise_unconfirmed)


async def _raise_unconfirmed(uow: UnitOfWork, _: object) -> Batch:
    _, policy = await current_policy(uow)
    today = policy.local_date(uow.now)
    patience = dt.timedelta(days=policy.schedule.supplier_confirms_within_days + 1)
    late = await production.unconfirmed_purchases(
        uow.session, today - patience, _SOURCE, MOST_AT_ONCE
    )
    orders = await lock_orders(uow.session, sorted({row.order_id for row in late}))
    # An order may have ended while its lock was waited for.
    numbers = {order.id: order.order_number for order in orders if order.status not in FINAL}
    raised = await raise_tasks(
        uow,
        [
            RaiseTask(
                SUPPLIER_UNCONFIRMED,
                msg(
                    "tasks.SUPPLIER_UNCONFIRMED",
                    order=numbers[row.order_id],
                    supplier=row.supplier or msg("tasks.THE_SUPPLIER"),
                    material=row.material,
                ),
                Role.PURCHASING.value,
                today,
                order_id=row.order_id,
                customer_id=row.customer_id,
                source=f"{_SOURCE}{row.id}",
            )
            for row in late
            if row.order_id in numbers
        ],
    )
    # Neither what has a task nor what has ended is found again.
    return Batch(raised, after=len(late) == MOST_AT_ONCE or None)


def _quantity(name: str, value: Decimal | None, kept: Decimal) -> Decimal:
    if value is None:
        return kept
    if not value.is_finite() or not 0 <= value < MOST or value != round(value, 3):
        raise InvalidInput(msg("production.QUANTITY", name=name, value=value), field=name)
    return value


def _past(name: str, day: dt.date | None, today: dt.date) -> dt.date | None:
    if day is not None and day > today:
        raise InvalidInput(msg("values.DAY_TO_COME", day=day), field=name)
    return day
