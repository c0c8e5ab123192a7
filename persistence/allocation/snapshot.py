"""What an allocation run reads: free stock, open claims, funds, gaps, all at one instant."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.policy import SPRING_SUMMER
from persistence.tables import (
    CustomerFundsRow,
    CustomerRow,
    GuaranteeRow,
    OrderLineRow,
    OrderRow,
    PaymentExtensionRow,
    ProductRow,
    RegionReserveRow,
    RegionRow,
    SkuRow,
    StockRow,
    StoreRow,
    StoreStockRow,
    WarehouseRow,
)

Rows = Sequence[Any]

# Distributors and export customers compete as franchisees; direct and joint stores by gaps only.
CLAIMING_KINDS = ("FRANCHISEE", "DISTRIBUTOR", "EXPORT")

_FREE = StockRow.units_on_hand - StockRow.units_held - StockRow.units_reserved
_OPEN_UNITS = (
    OrderLineRow.units_ordered
    - OrderLineRow.units_shipped
    - OrderLineRow.units_held
    - OrderLineRow.units_reserved
)


async def regions(session: AsyncSession) -> Rows:
    """code, name, id: in the order of the regions' file."""
    return await _rows(
        session,
        select(RegionRow.code, RegionRow.name, RegionRow.id).order_by(
            RegionRow.position, RegionRow.id
        ),
    )


async def products(session: AsyncSession, season: str) -> Rows:
    """code, launch_rank, season: the rank of that season's launch plan, or the general one (P3)."""
    planned = (
        ProductRow.spring_summer_rank if season == SPRING_SUMMER else ProductRow.autumn_winter_rank
    )
    return await _rows(
        session,
        select(
            ProductRow.code,
            func.coalesce(planned, ProductRow.launch_rank).label("launch_rank"),
            ProductRow.season,
        ).order_by(ProductRow.id),
    )


async def skus(session: AsyncSession) -> Rows:
    """code, product, size, list_price, pack, id. A colour is part of the size's name here."""
    return await _rows(
        session,
        select(
            SkuRow.code,
            ProductRow.code.label("product"),
            SkuRow.size,
            SkuRow.list_price,
            SkuRow.pack,
            SkuRow.id,
        )
        .join(ProductRow, ProductRow.id == SkuRow.product_id)
        .order_by(SkuRow.id),
    )


async def free_stock(session: AsyncSession) -> Rows:
    """warehouse, sku, units, warehouse_id: what the central warehouses can still give."""
    return await _rows(
        session,
        select(
            WarehouseRow.code.label("warehouse"),
            SkuRow.code.label("sku"),
            _FREE.label("units"),
            StockRow.warehouse_id,
        )
        .join(WarehouseRow, WarehouseRow.id == StockRow.warehouse_id)
        .join(SkuRow, SkuRow.id == StockRow.sku_id)
        .where(WarehouseRow.kind == "CENTRAL", _FREE > 0)
        .order_by(StockRow.warehouse_id, StockRow.sku_id),
    )


async def open_lines(session: AsyncSession) -> Rows:
    """Lines of confirmed orders with units neither shipped, held nor reserved."""
    return await _rows(
        session,
        select(
            OrderLineRow.id,
            OrderLineRow.customer_id,
            OrderLineRow.order_id,
            OrderLineRow.sku_id,
            OrderLineRow.line_no,
            OrderRow.order_number,
            CustomerRow.code.label("customer"),
            SkuRow.code.label("sku"),
            _OPEN_UNITS.label("units"),
            func.coalesce(OrderLineRow.pack, SkuRow.pack).label("pack"),
            OrderLineRow.unit_price,
            OrderLineRow.may_reserve,
            OrderRow.ship_complete,
            OrderRow.min_ship_value,
        )
        .join(OrderRow, OrderRow.id == OrderLineRow.order_id)
        .join(CustomerRow, CustomerRow.id == OrderLineRow.customer_id)
        .join(SkuRow, SkuRow.id == OrderLineRow.sku_id)
        .where(
            OrderRow.status == "CONFIRMED",
            CustomerRow.kind.in_(CLAIMING_KINDS),
            # Written as the partial index has it, so that closed lines are never visited.
            OrderLineRow.units_shipped + OrderLineRow.units_held + OrderLineRow.units_reserved
            < OrderLineRow.units_ordered,
        )
        .order_by(OrderLineRow.id),
    )


async def free_goods_are_wanted(
    session: AsyncSession, *, order_id: int | None = None, customer_id: int | None = None
) -> bool:
    """Whether a central warehouse has free units of a SKU that an open order line asks for.

    order_id, customer_id: look at the lines of that order or customer alone.
    """
    whose = []
    if order_id is not None:
        whose.append(OrderLineRow.order_id == order_id)
    if customer_id is not None:
        whose.append(OrderLineRow.customer_id == customer_id)
    found = await session.scalar(
        select(StockRow.sku_id)
        .join(WarehouseRow, WarehouseRow.id == StockRow.warehouse_id)
        .join(OrderLineRow, OrderLineRow.sku_id == StockRow.sku_id)
        .join(OrderRow, OrderRow.id == OrderLineRow.order_id)
        .join(CustomerRow, CustomerRow.id == OrderLineRow.customer_id)
        .where(
            *whose,
            WarehouseRow.kind == "CENTRAL",
            _FREE > 0,
            OrderRow.status == "CONFIRMED",
            CustomerRow.kind.in_(CLAIMING_KINDS),
            OrderLineRow.units_shipped + OrderLineRow.units_held + OrderLineRow.units_reserved
            < OrderLineRow.units_ordered,
        )
        .limit(1)
    )
    return found is not None


async def funds(
    session: AsyncSession, today: dt.date, customer_ids: Sequence[int] | None = None
) -> Rows:
    """What is known of customers' money; all claiming customers, or those named.

    Whoever changes a guarantee, extension or credit limit locks the customer's funds row first, so
    that these figures stand still while that row is locked.
    """
    guarantees = (
        select(func.coalesce(func.sum(GuaranteeRow.amount), 0))
        .where(GuaranteeRow.customer_id == CustomerRow.id, GuaranteeRow.ended_at.is_(None))
        .scalar_subquery()
    )
    extensions = (
        select(func.coalesce(func.sum(PaymentExtensionRow.amount), 0))
        .where(
            PaymentExtensionRow.customer_id == CustomerRow.id,
            or_(PaymentExtensionRow.ends_on.is_(None), PaymentExtensionRow.ends_on >= today),
        )
        .scalar_subquery()
    )
    chosen = (
        CustomerRow.kind.in_(CLAIMING_KINDS)
        if customer_ids is None
        else CustomerRow.id.in_(customer_ids)
    )
    return await _rows(
        session,
        select(
            CustomerRow.id,
            CustomerRow.code,
            CustomerRow.rank,
            CustomerRow.reserve_rank,
            CustomerRow.payment_terms,
            CustomerRow.credit_limit,
            CustomerRow.currency,
            func.coalesce(CustomerFundsRow.balance, 0).label("balance"),
            func.coalesce(CustomerFundsRow.blocked, False).label("blocked"),
            CustomerFundsRow.confirmed_on,
            guarantees.label("guarantees"),
            extensions.label("extensions"),
        )
        .outerjoin(CustomerFundsRow, CustomerFundsRow.customer_id == CustomerRow.id)
        .where(chosen)
        .order_by(CustomerRow.id),
    )


async def stores(session: AsyncSession) -> Rows:
    """code, region, tier, id."""
    return await _rows(
        session,
        select(StoreRow.code, RegionRow.code.label("region"), StoreRow.tier, StoreRow.id)
        .join(RegionRow, RegionRow.id == StoreRow.region_id)
        .order_by(StoreRow.id),
    )


async def store_stock(session: AsyncSession) -> Rows:
    """store, sku, safety, on_hand (with what is on its way), pack."""
    return await _rows(
        session,
        select(
            StoreRow.code.label("store"),
            SkuRow.code.label("sku"),
            StoreStockRow.safety_stock.label("safety"),
            (StoreStockRow.units_on_hand + StoreStockRow.units_in_transit).label("on_hand"),
            func.coalesce(StoreStockRow.pack, SkuRow.pack).label("pack"),
        )
        .join(StoreRow, StoreRow.id == StoreStockRow.store_id)
        .join(SkuRow, SkuRow.id == StoreStockRow.sku_id)
        .order_by(StoreStockRow.store_id, StoreStockRow.sku_id),
    )


async def region_reserves(session: AsyncSession) -> Rows:
    """region, sku, target, current (with what is on its way), pack."""
    current = RegionReserveRow.units_on_hand + RegionReserveRow.units_in_transit
    return await _rows(
        session,
        select(
            RegionRow.code.label("region"),
            SkuRow.code.label("sku"),
            RegionReserveRow.target,
            current.label("current"),
            func.coalesce(RegionReserveRow.pack, SkuRow.pack).label("pack"),
        )
        .join(RegionRow, RegionRow.id == RegionReserveRow.region_id)
        .join(SkuRow, SkuRow.id == RegionReserveRow.sku_id)
        .order_by(RegionReserveRow.region_id, RegionReserveRow.sku_id),
    )


async def wait_patiently(session: AsyncSession) -> None:
    """Let this transaction sit idle while its plan is found; the pool's limit is for clients."""
    await session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


async def lock_inputs(session: AsyncSession) -> None:
    """Hold every open line, funds, stock, store and reserve row until the transaction ends.

    The last resort of a run whose snapshot went stale again and again: writers of these rows wait.
    The order is the one that every writer keeps.
    """
    await session.execute(
        select(OrderLineRow.id)
        .join(OrderRow, OrderRow.id == OrderLineRow.order_id)
        .where(
            OrderRow.status == "CONFIRMED",
            OrderLineRow.units_shipped + OrderLineRow.units_held + OrderLineRow.units_reserved
            < OrderLineRow.units_ordered,
        )
        .order_by(OrderLineRow.id)
        .with_for_update(of=[OrderRow, OrderLineRow])
    )
    await session.execute(
        select(CustomerFundsRow.customer_id)
        .order_by(CustomerFundsRow.customer_id)
        .with_for_update()
    )
    await session.execute(
        select(StockRow.sku_id)
        .where(StockRow.units_on_hand > 0)
        .order_by(StockRow.warehouse_id, StockRow.sku_id)
        .with_for_update()
    )
    await session.execute(
        select(StoreStockRow.sku_id)
        .order_by(StoreStockRow.store_id, StoreStockRow.sku_id)
        .with_for_update()
    )
    await session.execute(
        select(RegionReserveRow.sku_id)
        .order_by(RegionReserveRow.region_id, RegionReserveRow.sku_id)
        .with_for_update()
    )


async def _rows(session: AsyncSession, statement: Select[*tuple[Any, ...]]) -> Rows:
    return list(await session.execute(statement))
