"""One tiny company that appears in many tests, so that readers learn it once.

A test has it by the fixture `tiny_company`.

Central warehouse C, empty. SKU TEE-40 (price 10.00, spring/summer, launch rank 1).
Franchisee F1, rank 1, has 50.00; F2, rank 2, has nothing. F1 ordered 4 (order O1), F2 3 (O2).
Region airport: store S1 (tier A) lacks 1 of its safety stock, the region's reserve lacks 5.
Region Shenzhen: store S2 (tier B) lacks 3. When 12 arrive, everything but the last is decided:

    stage 1  F1 gets 4 (40.00 of 50.00); F2 nothing, FUNDS
    stage 2  F2's 3 are reserved
    stage 3  S1 gets 1, the reserve of airport 4 of 5, S2 nothing of 3: SUPPLY
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from domain.policy import Policy
from domain.principals import SYSTEM
from domain.supply import ReceiptLine, ReceiveGoods
from persistence.tables import (
    CustomerFundsRow,
    CustomerRow,
    LedgerPostingRow,
    LedgerTransactionRow,
    OrderLineRow,
    OrderRow,
    ProductRow,
    RegionReserveRow,
    RegionRow,
    SkuRow,
    StoreRow,
    StoreStockRow,
    WarehouseRow,
)
from persistence.unit_of_work import UnitOfWork
from services.bootstrap import Dependencies
from services.policy import install

ARRIVAL = ReceiveGoods("GR-1", "C", (ReceiptLine("TEE-40", 12),))
PLACED = dt.datetime(2013, 11, 1, tzinfo=dt.UTC)


async def write_tiny_company(deps: Dependencies) -> None:
    """Write the tiny company into an empty database."""
    async with deps.unit_of_work(SYSTEM) as uow:
        await install(uow, "LIVE", Policy())
        airport = RegionRow(code="airport", name="Airport", name_zh="机场", position=0)
        shenzhen = RegionRow(code="Shenzhen", name="Shenzhen", name_zh="深圳", position=1)
        product = ProductRow(code="TEE", name="Tee", season="SPRING_SUMMER", launch_rank=1)
        uow.session.add_all([airport, shenzhen, product])
        uow.session.add(WarehouseRow(code="C", name="Central", name_zh="总仓", kind="CENTRAL"))
        uow.session.add(WarehouseRow(code="W-AIR", name="Airport's own", kind="REGION"))
        await uow.session.flush()
        sku = SkuRow(
            code="TEE-40",
            product_id=product.id,
            size="40",
            list_price=Decimal("10.00"),
            currency="CNY",
        )
        s1 = StoreRow(code="S1", name="Store one", name_zh="一店", region_id=airport.id, tier="A")
        s2 = StoreRow(code="S2", name="Store two", region_id=shenzhen.id, tier="B")
        uow.session.add_all([sku, s1, s2])
        await uow.session.flush()
        uow.session.add(
            StoreStockRow(store_id=s1.id, sku_id=sku.id, safety_stock=2, units_on_hand=1)
        )
        uow.session.add(StoreStockRow(store_id=s2.id, sku_id=sku.id, safety_stock=3))
        uow.session.add(RegionReserveRow(region_id=airport.id, sku_id=sku.id, target=5))
        await add_order(uow, "F1", 1, "50.00", "O1", sku.id, 4, airport.id)
        await add_order(uow, "F2", 2, "0.00", "O2", sku.id, 3, shenzhen.id)


async def add_order(
    uow: UnitOfWork,
    customer_code: str,
    rank: int,
    balance: str,
    order_number: str,
    sku_id: int,
    units: int,
    region_id: int | None = None,
    *,
    unit_price: str = "10.00",
) -> OrderLineRow:
    """A new franchisee with an opening balance, no credit, and one confirmed order of one line."""
    customer = CustomerRow(
        code=customer_code,
        name=f"Franchisee {customer_code}",
        name_zh=f"加盟商{customer_code}",
        kind="FRANCHISEE",
        region_id=region_id,
        currency="CNY",
        rank=rank,
        credit_limit=Decimal(0),
    )
    uow.session.add(customer)
    await uow.session.flush()
    await pay(uow, customer.id, Decimal(balance))
    [line] = await confirmed(uow, customer.id, order_number, {sku_id: units}, unit_price=unit_price)
    return line


async def confirmed(
    uow: UnitOfWork,
    customer_id: int,
    order_number: str,
    units: Mapping[int, int],
    *,
    unit_price: str = "10.00",
    ship_complete: bool = False,
) -> list[OrderLineRow]:
    """The lines of one more confirmed order, of these units by SKU."""
    price = Decimal(unit_price)
    order = OrderRow(
        order_number=order_number,
        customer_id=customer_id,
        status="CONFIRMED",
        placed_at=PLACED,
        currency="CNY",
        total=price * sum(units.values()),
        ship_complete=ship_complete,
    )
    uow.session.add(order)
    await uow.session.flush()
    lines = [
        OrderLineRow(
            order_id=order.id,
            customer_id=customer_id,
            line_no=number,
            sku_id=sku,
            units_ordered=ordered,
            unit_price=price,
            amount=price * ordered,
        )
        for number, (sku, ordered) in enumerate(units.items(), start=1)
    ]
    uow.session.add_all(lines)
    await uow.session.flush()
    return lines


async def pay(uow: UnitOfWork, customer_id: int, amount: Decimal) -> None:
    """Open a customer's account, with an opening balance where there is one."""
    uow.session.add(CustomerFundsRow(customer_id=customer_id, currency="CNY", balance=amount))
    if not amount:
        return
    entry = LedgerTransactionRow(
        customer_id=customer_id, kind="OPENING", reference="test", at=PLACED, actor="test"
    )
    uow.session.add(entry)
    await uow.session.flush()
    for account, sign in (("CUSTOMER_FUNDS", 1), ("OPENING_BALANCE", -1)):
        uow.session.add(
            LedgerPostingRow(
                transaction_id=entry.id,
                customer_id=customer_id,
                account=account,
                amount=sign * amount,
                currency="CNY",
            )
        )
    await uow.session.flush()
