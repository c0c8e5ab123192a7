"""A company whose one level takes the solver hours: whole orders of equal rank compete for goods.

Forty franchisees of rank 1, one order each that ships whole or not at all: four of twelve SKUs. Of
every SKU half as much arrives as is ordered, so that whoever ships shuts out others on four sides.
"""

import random
from decimal import Decimal

from domain.policy import Policy
from domain.principals import SYSTEM
from domain.supply import ReceiptLine, ReceiveGoods
from persistence.tables import (
    CustomerRow,
    ProductRow,
    SkuRow,
    WarehouseRow,
)
from services.bootstrap import Dependencies
from services.policy import install
from services.supply import receive_goods
from tests.world import confirmed, pay

FRANCHISEES, SKUS, LINES = 40, 12, 4
PRICE = Decimal("1.00")


async def hard(
    deps: Dependencies, *, time_limit_s: int, deterministic_limit: int | None = None
) -> int:
    """Write the company and let its goods arrive; the run that this queues."""
    some = random.Random(1)
    ordered = [0] * SKUS
    async with deps.unit_of_work(SYSTEM) as uow:
        policy = Policy(
            solver_time_limit_s=time_limit_s, solver_deterministic_limit=deterministic_limit
        )
        await install(uow, "LIVE", policy)
        product = ProductRow(code="TEE", name="Tee", season="SPRING_SUMMER", launch_rank=1)
        uow.session.add_all([product, WarehouseRow(code="C", name="Central", kind="CENTRAL")])
        await uow.session.flush()
        skus = [
            SkuRow(
                code=f"TEE-{n}",
                product_id=product.id,
                size=str(n),
                list_price=PRICE,
                currency="CNY",
            )
            for n in range(SKUS)
        ]
        customers = [
            CustomerRow(
                code=f"F{n}",
                name=f"Franchisee {n}",
                kind="FRANCHISEE",
                currency="CNY",
                rank=1,
                credit_limit=Decimal(0),
            )
            for n in range(FRANCHISEES)
        ]
        uow.session.add_all([*skus, *customers])
        await uow.session.flush()
        for customer in customers:
            await pay(uow, customer.id, Decimal(1_000))
            wanted = {n: some.randint(11, 40) for n in sorted(some.sample(range(SKUS), LINES))}
            for n, units in wanted.items():
                ordered[n] += units
            await confirmed(
                uow,
                customer.id,
                f"O-{customer.code}",
                {skus[n].id: units for n, units in wanted.items()},
                unit_price=str(PRICE),
                ship_complete=True,
            )
    arrival = tuple(ReceiptLine(f"TEE-{n}", units // 2) for n, units in enumerate(ordered))
    async with deps.unit_of_work(SYSTEM) as uow:
        received = await receive_goods(ReceiveGoods("GR-1", "C", arrival), uow)
    assert received.run_id is not None
    return received.run_id
