"""What a run leaves out would have been given nothing, and changes nothing of what it decides.

Random companies: the plan over the goods that a run takes, and the claims these reach, is held
against the plan over all open claims, unit by unit and reason by reason.
"""

import random
from contextlib import suppress
from decimal import Decimal

import pytest

from allocator import Plan, problem_from, solve
from domain.policy import Policy
from domain.principals import SYSTEM
from persistence.allocation import claiming, runs
from persistence.tables import (
    CustomerFundsRow,
    CustomerRow,
    OrderLineRow,
    OrderRow,
    ProductRow,
    RegionReserveRow,
    RegionRow,
    SkuRow,
    StockRow,
    StoreRow,
    StoreStockRow,
    WarehouseRow,
)
from persistence.unit_of_work import UnitOfWork
from services.allocation.goods import goods_to_share
from services.allocation.snapshot import read_snapshot
from services.bootstrap import Dependencies
from services.policy import current_policy, install
from tests.extent import extent
from tests.world import PLACED

# What refuses a claim whatever goods there are; else it is for want of goods.
OTHER_REASONS = {"BLOCKED", "SHIP_COMPLETE", "PACK"}
COMPANIES = extent(20, 60)


class Undone(Exception):
    """Rolls a random company back."""


async def company(uow: UnitOfWork, some: random.Random) -> list[int]:
    """Write a random company; the keys of its SKUs."""
    add, session = uow.session.add, uow.session
    regions = [RegionRow(code=f"R{n}", name=f"R{n}", position=n) for n in range(2)]
    products = [
        ProductRow(
            code=f"P{n}",
            name=f"P{n}",
            season=some.choice(["SPRING_SUMMER", "NON_SEASONAL", "AUTUMN_WINTER"]),
            launch_rank=some.randint(1, 2),
        )
        for n in range(2)
    ]
    centrals = [WarehouseRow(code=f"C{n}", name=f"C{n}", kind="CENTRAL") for n in range(2)]
    session.add_all([*regions, *products, *centrals])
    await session.flush()
    skus = [
        SkuRow(
            code=f"K{n}",
            product_id=some.choice(products).id,
            size=str(n),
            list_price=Decimal(10),
            currency="CNY",
            pack=some.choice([1, 1, 2, 6]),
        )
        for n in range(6)
    ]
    stores = [
        StoreRow(code=f"S{n}", name=f"S{n}", region_id=some.choice(regions).id, tier=tier)
        for n, tier in enumerate("AB")
    ]
    session.add_all([*skus, *stores])
    await session.flush()
    for sku in skus:
        for central in centrals:
            if some.random() < 0.4:
                add(
                    StockRow(
                        warehouse_id=central.id, sku_id=sku.id, units_on_hand=some.randint(0, 9)
                    )
                )
        for store in stores:
            if some.random() < 0.4:
                add(
                    StoreStockRow(
                        store_id=store.id,
                        sku_id=sku.id,
                        safety_stock=some.randint(0, 4),
                        units_on_hand=some.randint(0, 3),
                    )
                )
        if some.random() < 0.3:
            add(RegionReserveRow(region_id=regions[0].id, sku_id=sku.id, target=some.randint(0, 5)))
    for number in range(4):
        await _customer(uow, some, number, skus)
    return [sku.id for sku in skus]


async def _customer(uow: UnitOfWork, some: random.Random, number: int, skus: list[SkuRow]) -> None:
    customer = CustomerRow(
        code=f"F{number}",
        name=f"F{number}",
        kind="FRANCHISEE",
        currency="CNY",
        rank=some.randint(1, 2),
        payment_terms=some.choice(["PREPAID", "PREPAID", "MONTHLY"]),
        credit_limit=some.choice([None, Decimal(0), Decimal(30)]),
    )
    uow.session.add(customer)
    await uow.session.flush()
    uow.session.add(
        CustomerFundsRow(
            customer_id=customer.id,
            currency="CNY",
            balance=Decimal(some.choice([-20, 0, 15, 60, 500])),
            blocked=some.random() < 0.15,
        )
    )
    for order_no in range(some.randint(1, 2)):
        order = OrderRow(
            order_number=f"O{number}-{order_no}",
            customer_id=customer.id,
            status="CONFIRMED" if some.random() < 0.9 else "CANCELLED",
            placed_at=PLACED,
            currency="CNY",
            total=Decimal(0),
            ship_complete=some.random() < 0.3,
            min_ship_value=Decimal(some.choice([0, 0, 0, 50])),
        )
        uow.session.add(order)
        await uow.session.flush()
        for line_no, sku in enumerate(some.sample(skus, some.randint(1, 4)), start=1):
            units = some.randint(1, 12)
            price = Decimal(some.choice(["10", "7.5", "0"]))
            uow.session.add(
                OrderLineRow(
                    order_id=order.id,
                    customer_id=customer.id,
                    line_no=line_no,
                    sku_id=sku.id,
                    units_ordered=units,
                    pack=some.choice([None, None, 1, 3]),
                    unit_price=price,
                    amount=price * units,
                    may_reserve=some.random() < 0.6,
                )
            )
    await uow.session.flush()


# Per claim what it is given from where, and why not more.
Decided = dict[str, tuple[tuple[tuple[str, int], ...], str]]


def decided(plan: Plan) -> Decided:
    """What a plan decides."""
    found: Decided = {}
    for row in plan.allocations.iter_rows(named=True):
        given, _ = found.get(row["claim_id"], ((), ""))
        found[row["claim_id"]] = (
            (*given, (row["warehouse_id"], row["units"])),
            row["reason"],
        )
    return found


@pytest.mark.parametrize("franchisee_order", ["PRIORITY", "FUNDS"])
async def test_the_plan_over_what_goods_reach_is_that_over_all_claims(
    deps: Dependencies, franchisee_order: str
) -> None:
    """A11 A2 A7 A9: the same units and reasons; what is left out is refused for want of goods."""
    async with deps.unit_of_work(SYSTEM) as uow:
        await install(uow, "LIVE", Policy(franchisee_order=franchisee_order))
    some = random.Random(20261130)
    left_out = reached = 0
    for _ in range(COMPANIES):
        with suppress(Undone):
            async with deps.unit_of_work(SYSTEM) as uow:
                of_part, of_whole = await both_plans(uow, some)
                raise Undone
        for claim, outcome in of_part.items():
            assert of_whole[claim] == outcome, claim
        for claim in of_whole.keys() - of_part.keys():
            given, reason = of_whole[claim]
            assert sum(units for _, units in given) == 0, claim
            words = set(reason.split("|"))
            unpaid = claim.startswith("L:") and "FUNDS" in words
            assert words & {"SUPPLY", *OTHER_REASONS} or unpaid, (claim, reason)
            left_out += 1
        reached += len(of_part)
    assert left_out > 3 * COMPANIES
    assert reached > 3 * COMPANIES


async def both_plans(uow: UnitOfWork, some: random.Random) -> tuple[Decided, Decided]:
    """What is decided of a random company over the goods of a run, and over everything."""
    skus = await company(uow, some)
    run = await runs.waiting_run(uow.session, "REQUEST", "test", for_all=False)
    await claiming.ask_for_goods(uow.session, run.id, some.sample(skus, some.randint(0, 3)))
    version, policy = await current_policy(uow)
    claimed = runs.ClaimedRun(1, asks_for_all=False, taken_over=False)
    goods = await goods_to_share(uow, run.id, claimed)
    part = await read_snapshot(uow, version, policy, goods)
    whole = await read_snapshot(uow, version, policy)
    return decided(solve(problem_from(part.tables))), decided(solve(problem_from(whole.tables)))
