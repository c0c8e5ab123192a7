"""Price plans with their validity, and what a SKU costs a customer on a day (P3)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.currencies import check_currency
from domain.errors import FaultyItems, InvalidInput, ItemFault, NotFound, require_version
from domain.limits import CODE, NAME, TEXT
from domain.master_data.values import check_day
from domain.messages import Message, msg
from domain.pricing import CreatePricePlan, NewPrice, SetPrices, object_to_price
from persistence import pricing
from persistence.audit import record
from persistence.master_data.writing import PRICE_PLANS, lock_area
from persistence.unit_of_work import UnitOfWork
from services.commands import row_of, use_case
from services.policy import current_policy

MOST_PRICES = 10_000


@dataclass(frozen=True, slots=True)
class Price:
    """What a unit costs; from_plan: else it is the SKU's list price."""

    sku: str
    price: Decimal
    currency: str
    from_plan: bool
    valid_from: dt.date | None


@use_case
async def create_price_plan(command: CreatePricePlan, uow: UnitOfWork) -> int:
    """Make a plan; its key. Raises InvalidInput when the code is taken."""
    for field, value, most in (("code", command.code, CODE), ("name", command.name, NAME)):
        if not 1 <= len(value.strip()) <= most:
            raise InvalidInput(msg("values.FIELD_LENGTH", field=field, most=most), field=field)
    check_currency(command.currency)
    # One at a time: two plans must not get one code.
    await lock_area(uow, PRICE_PLANS)
    if await pricing.plan_for_update(uow.session, command.code) is not None:
        raise InvalidInput(msg("pricing.PLAN_TAKEN", code=command.code), field="code")
    plan_id = await pricing.add_plan(
        uow.session, command.code, command.name.strip(), command.currency
    )
    await record(
        uow,
        row_of(command).name,
        "PricePlan",
        plan_id,
        after={"code": command.code, "currency": command.currency},
    )
    return plan_id


@use_case
async def set_prices(command: SetPrices, uow: UnitOfWork) -> int:
    """Enter prices of a plan from a day on; the plan's key.

    Raises NotFound, Stale, InvalidInput, or FaultyItems with every fault.
    """
    if not 1 <= len(command.prices) <= MOST_PRICES:
        raise InvalidInput(msg("pricing.PRICES_AT_ONCE", most=MOST_PRICES), field="prices")
    _, policy = await current_policy(uow)
    today = policy.local_date(uow.now)
    plan = await pricing.plan_for_update(uow.session, command.plan)
    if plan is None:
        raise NotFound("price plan", command.plan, field="plan")
    require_version("price plan", command.expected_version, plan.version)
    keys = await pricing.sku_keys(uow.session, sorted({each.sku for each in command.prices}))
    faults = _faults(command.prices, keys, today)
    if faults:
        raise FaultyItems(faults)
    reason = (command.reason or "").strip()[:TEXT] or None
    await pricing.add_prices(
        uow,
        plan.id,
        [
            (keys[each.sku], each.price, each.valid_from or today, each.valid_to)
            for each in command.prices
        ],
        reason,
    )
    plan.version += 1
    await record(
        uow,
        row_of(command).name,
        "PricePlan",
        plan.id,
        after={
            "prices": [
                {
                    "sku": each.sku,
                    "price": str(each.price),
                    "validFrom": (each.valid_from or today).isoformat(),
                    "validTo": None if each.valid_to is None else each.valid_to.isoformat(),
                }
                for each in command.prices
            ]
        },
        reason=reason,
    )
    return plan.id


async def prices_at(
    uow: UnitOfWork,
    skus: Sequence[str],
    day: dt.date,
    *,
    customer: str | None = None,
    plan: str | None = None,
) -> dict[str, Price]:
    """What these SKUs cost on a day: a customer under its plan, or anyone under a named plan.

    Where the plan has no price that holds, the SKU's list price. SKUs that are unknown are left
    out. Raises NotFound for an unknown customer or plan.
    """
    plan_id: int | None = None
    if plan is not None:
        found = await pricing.plan_by_code(uow.session, plan)
        if found is None:
            raise NotFound("price plan", plan, field="plan")
        plan_id = found.id
    elif customer is not None:
        of_customer = await pricing.customer_plan(uow.session, customer)
        if of_customer is None:
            raise NotFound("customer", customer, field="customer")
        plan_id, _ = of_customer
    rows = await pricing.prices_at(uow.session, skus, plan_id, day)
    return {
        code: Price(code, row.price, row.currency, row.plan_price_id is not None, row.valid_from)
        for code, row in rows.items()
    }


def _faults(prices: Sequence[NewPrice], keys: dict[str, int], today: dt.date) -> list[ItemFault]:
    faults: list[ItemFault] = []
    first_at: dict[tuple[str, dt.date], int] = {}
    for index, each in enumerate(prices):
        first = each.valid_from or today

        def add(field: str, message: Message, remedy: Message, index: int = index) -> None:
            faults.append(ItemFault(index, field, message, remedy))

        if each.sku not in keys:
            faults.append(
                ItemFault(
                    index,
                    "sku",
                    msg("pricing.NO_SKU", sku=each.sku),
                    msg("pricing.CORRECT_CODE"),
                    "NOT_FOUND",
                )
            )
        if (each.sku, first) in first_at:
            add(
                "sku",
                msg(
                    "pricing.HAS_PRICE_TOO",
                    sku=each.sku,
                    first=first,
                    item=first_at[each.sku, first],
                ),
                msg("master.LEAVE_ONE_OUT"),
            )
        first_at.setdefault((each.sku, first), index)
        objection = object_to_price(each.price)
        if objection is not None:
            add(
                "price",
                msg("pricing.PRICE_PROBLEM", price=each.price, problem=objection.problem),
                objection.remedy,
            )
        try:
            check_day(first, today)
        except InvalidInput as error:
            add("validFrom", error.message, msg("pricing.LATER_DAY"))
        if each.valid_to is not None and each.valid_to < first:
            add(
                "validTo",
                msg("pricing.ENDS_BEFORE", valid_to=each.valid_to),
                msg("pricing.LATER_LAST_DAY"),
            )
    return faults
