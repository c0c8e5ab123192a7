"""What is known of products when an order for them is checked: prices, past orders, stock."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.orders.prices import Article, PastOrder
from domain.parties.vocabularies import WarehouseKind
from domain.pricing import DatedPrice
from persistence.tables import (
    CustomerRow,
    PricePlanPriceRow,
    PricePlanRow,
    ProductRow,
    SkuRow,
    StockRow,
    WarehouseRow,
)

# Enough to choose from.
MOST_SUBSTITUTES = 5

_FREE = StockRow.units_on_hand - StockRow.units_held - StockRow.units_reserved


async def articles(
    session: AsyncSession,
    customer_id: int,
    order_id: int,
    codes: Sequence[str],
    currency: str,
    tz: dt.tzinfo,
) -> dict[str, Article]:
    """Those of these SKUs that exist, as one customer's order for them in a currency is checked."""
    rows = list(
        await session.execute(
            select(SkuRow.id, SkuRow.code, SkuRow.product_id, SkuRow.pack, SkuRow.list_price)
            .add_columns(SkuRow.currency)
            .where(SkuRow.code.in_(codes))
            .order_by(SkuRow.id)
        )
    )
    ids = [row.id for row in rows]
    products = sorted({row.product_id for row in rows})
    family = await _family(session, products)
    free = await _free_units(
        session, sorted({each.id for many in family.values() for each in many})
    )
    plan = await _plan_prices(session, customer_id, rows, currency)
    last = await _last_orders(session, customer_id, order_id, ids, currency, tz)
    return {
        row.code: Article(
            sku=row.code,
            list_price=row.list_price,
            currency=row.currency,
            pack=row.pack,
            plan_prices=tuple(plan[row.id]),
            last=last.get(row.id),
            units_free=sum(n for _, kind, n in free[row.id] if kind == WarehouseKind.CENTRAL),
            elsewhere=tuple(
                (code, n) for code, kind, n in free[row.id] if kind != WarehouseKind.CENTRAL
            ),
            substitutes=_substitutes(row, family[row.product_id], free),
        )
        for row in rows
    }


def _substitutes(
    row: Any, family: Sequence[Any], free: dict[int, list[tuple[str, str, int]]]
) -> tuple[tuple[str, int], ...]:
    """Other SKUs of the style in the same size or colour that the central warehouses have."""
    own = next(each for each in family if each.id == row.id)
    found = []
    for each in family:
        units = sum(n for _, kind, n in free[each.id] if kind == WarehouseKind.CENTRAL)
        if each.id != row.id and units and (each.size == own.size or each.colour == own.colour):
            found.append((each.code, units))
    return tuple(found[:MOST_SUBSTITUTES])


async def _family(session: AsyncSession, products: Sequence[int]) -> dict[int, list[Any]]:
    rows = await session.execute(
        select(SkuRow.id, SkuRow.code, SkuRow.size, SkuRow.colour, SkuRow.product_id)
        .join(ProductRow, ProductRow.id == SkuRow.product_id)
        .where(SkuRow.product_id.in_(products))
        .order_by(SkuRow.id)
    )
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.product_id].append(row)
    return found


async def _free_units(
    session: AsyncSession, sku_ids: Sequence[int]
) -> dict[int, list[tuple[str, str, int]]]:
    rows = await session.execute(
        select(StockRow.sku_id, WarehouseRow.code, WarehouseRow.kind, _FREE.label("units"))
        .join(WarehouseRow, WarehouseRow.id == StockRow.warehouse_id)
        .where(StockRow.sku_id.in_(sku_ids), _FREE > 0)
        .order_by(StockRow.sku_id, StockRow.warehouse_id)
    )
    found: dict[int, list[tuple[str, str, int]]] = defaultdict(list)
    for row in rows:
        found[row.sku_id].append((row.code, row.kind, row.units))
    return found


async def _plan_prices(
    session: AsyncSession, customer_id: int, rows: Sequence[Any], currency: str
) -> dict[int, list[DatedPrice]]:
    """The prices of the customer's plan. Who is on none pays list prices; where the list is in
    another currency, those of the one plan that is in the order's.
    """
    plan_id = await session.scalar(
        select(CustomerRow.price_plan_id)
        .join(PricePlanRow, PricePlanRow.id == CustomerRow.price_plan_id)
        .where(CustomerRow.id == customer_id, PricePlanRow.currency == currency)
    )
    sku_ids = [row.id for row in rows]
    if plan_id is None:
        sku_ids = [row.id for row in rows if row.currency != currency]
        of_currency = select(PricePlanRow.id).where(PricePlanRow.currency == currency).limit(2)
        plans = list(await session.scalars(of_currency)) if sku_ids else []
        # Of several nobody can say which is meant.
        if len(plans) != 1:
            return defaultdict(list)
        plan_id = plans[0]
    prices = await session.scalars(
        select(PricePlanPriceRow)
        .where(PricePlanPriceRow.plan_id == plan_id, PricePlanPriceRow.sku_id.in_(sku_ids))
        .order_by(PricePlanPriceRow.sku_id, PricePlanPriceRow.valid_from)
    )
    found: dict[int, list[DatedPrice]] = defaultdict(list)
    for row in prices:
        found[row.sku_id].append(DatedPrice(row.unit_price, row.valid_from, row.valid_to, row.id))
    return found


_LAST = text(
    """
    SELECT DISTINCT ON (line.sku_id) line.sku_id, line.unit_price, line.specification,
      orders.placed_at
    FROM order_lines AS line JOIN orders ON orders.id = line.order_id
    WHERE line.customer_id = :customer_id AND line.sku_id = ANY(CAST(:skus AS bigint[]))
      AND line.order_id <> :order_id AND orders.currency = :currency
      AND line.dropped_by IS NULL
      AND orders.status IN ('CONFIRMED', 'SHIPPED', 'DELIVERED', 'CLOSED')
    ORDER BY line.sku_id, orders.placed_at DESC, line.id DESC
    """
)


async def _last_orders(
    session: AsyncSession,
    customer_id: int,
    order_id: int,
    sku_ids: Sequence[int],
    currency: str,
    tz: dt.tzinfo,
) -> dict[int, PastOrder]:
    asked = {
        "customer_id": customer_id,
        "order_id": order_id,
        "skus": list(sku_ids),
        "currency": currency,
    }
    rows = await session.execute(_LAST, asked)
    return {
        row.sku_id: PastOrder(
            row.unit_price, row.specification, row.placed_at.astimezone(tz).date()
        )
        for row in rows
    }
