"""Price plans and what holds on a day (P3)."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.bulk import insert_columns
from persistence.lookups import rows_by
from persistence.paging import Key, Page, PageRequest, Sorting, count_rows, fetch_page
from persistence.tables import CustomerRow, PricePlanPriceRow, PricePlanRow, SkuRow
from persistence.unit_of_work import UnitOfWork

BY_CODE = Sorting("code", (Key(PricePlanRow.code), Key(PricePlanRow.id)))


async def add_plan(session: AsyncSession, code: str, name: str, currency: str) -> int:
    """A new plan, without prices."""
    plan = PricePlanRow(code=code, name=name, currency=currency)
    session.add(plan)
    await session.flush()
    return plan.id


async def plan_for_update(session: AsyncSession, code: str) -> PricePlanRow | None:
    """The plan of that code, locked until the transaction ends."""
    return await session.scalar(
        select(PricePlanRow)
        .where(PricePlanRow.code == code)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


async def plan_by_code(session: AsyncSession, code: str) -> PricePlanRow | None:
    """The plan of that code, where it may be seen."""
    return await session.scalar(select(PricePlanRow).where(PricePlanRow.code == code))


async def customer_plan(session: AsyncSession, customer: str) -> tuple[int | None, str] | None:
    """The plan that a customer is on, if any, and its currency; None for no such customer."""
    row = (
        await session.execute(
            select(CustomerRow.price_plan_id, CustomerRow.currency).where(
                CustomerRow.code == customer
            )
        )
    ).first()
    return None if row is None else (row.price_plan_id, row.currency)


async def sku_keys(session: AsyncSession, codes: Sequence[str]) -> dict[str, int]:
    """Code -> key of the SKUs that there are."""
    rows = await session.execute(select(SkuRow.code, SkuRow.id).where(SkuRow.code.in_(codes)))
    return {row.code: row.id for row in rows}


async def add_prices(
    uow: UnitOfWork,
    plan_id: int,
    prices: Sequence[tuple[int, Decimal, dt.date, dt.date | None]],
    reason: str | None,
) -> None:
    """Enter prices: (SKU, price, first day, last day)."""
    count = len(prices)
    await insert_columns(
        uow.session,
        PricePlanPriceRow,
        {
            "plan_id": [plan_id] * count,
            "sku_id": [sku for sku, *_ in prices],
            "unit_price": [price for _, price, *_ in prices],
            "valid_from": [first for *_, first, _ in prices],
            "valid_to": [last for *_, last in prices],
            "entered_by": [uow.actor] * count,
            "entered_at": [uow.now] * count,
            "reason": [reason] * count,
        },
    )


async def prices_at(
    session: AsyncSession, skus: Sequence[str], plan_id: int | None, day: dt.date
) -> dict[str, Any]:
    """SKU -> price, currency, plan_price_id and valid_from; the list's where the plan has none.

    The rule is that of `domain.pricing.price_on`.
    """
    rows = await session.execute(_PRICES, {"skus": list(skus), "plan": plan_id, "day": day})
    return {row.code: row for row in rows}


async def plans(session: AsyncSession, question: None, page: PageRequest) -> Page[PricePlanRow]:
    """One page of the plans, by code."""
    return await fetch_page(session, select(PricePlanRow), BY_CODE, page)


async def count_plans(session: AsyncSession, question: None) -> int:
    """How many plans there are."""
    return await count_rows(session, select(PricePlanRow.id))


async def plans_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, PricePlanRow]:
    """These plans, where they may be seen."""
    return await rows_by(session, select(PricePlanRow), PricePlanRow.id, ids)


async def prices_of_sku(
    session: AsyncSession, plan_id: int, sku_id: int
) -> Sequence[PricePlanPriceRow]:
    """Every price that a plan ever had for a SKU, as entered."""
    rows = await session.scalars(
        select(PricePlanPriceRow)
        .where(PricePlanPriceRow.plan_id == plan_id, PricePlanPriceRow.sku_id == sku_id)
        .order_by(PricePlanPriceRow.valid_from, PricePlanPriceRow.id)
    )
    return rows.all()


_PRICES = text(
    """
    SELECT s.code, coalesce(p.unit_price, s.list_price) AS price,
           CASE WHEN p.id IS NULL THEN s.currency ELSE p.currency END AS currency,
           p.id AS plan_price_id, p.valid_from
      FROM skus AS s
      LEFT JOIN LATERAL (
        SELECT e.id, e.unit_price, e.valid_from, n.currency
          FROM price_plan_prices AS e JOIN price_plans AS n ON n.id = e.plan_id
         WHERE e.plan_id = CAST(:plan AS bigint) AND e.sku_id = s.id AND e.valid_from <= :day
           AND (e.valid_to IS NULL OR e.valid_to >= :day)
         ORDER BY e.valid_from DESC, e.id DESC LIMIT 1
      ) AS p ON true
     WHERE s.code = ANY(:skus)
    """
)
