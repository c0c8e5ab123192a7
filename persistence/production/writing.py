"""Purchases, stages and inspections in the database."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy import insert as insert_rows
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.orders.order import FINAL
from domain.orders.vocabularies import OrderChannel
from persistence.tables import (
    InspectionRow,
    MaterialPurchaseRow,
    OrderEventRow,
    OrderProcessRow,
    OrderRow,
    ProductionReportRow,
    ProductionStageRow,
    TaskRow,
)
from persistence.unit_of_work import UnitOfWork


async def purchase_for_update(
    session: AsyncSession, order_id: int, material: str, supplier: str
) -> MaterialPurchaseRow | None:
    """What an order buys of a material from a supplier, locked."""
    return await session.scalar(
        select(MaterialPurchaseRow)
        .where(
            MaterialPurchaseRow.order_id == order_id,
            MaterialPurchaseRow.material == material,
            MaterialPurchaseRow.supplier == supplier,
        )
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


async def unconfirmed_purchases(
    session: AsyncSession, ordered_until: dt.date, source_prefix: str, limit: int
) -> Sequence[MaterialPurchaseRow]:
    """Purchases ordered up to a day, neither confirmed nor made a task of yet, the oldest first.

    Those of orders that have ended wait for nobody.
    """
    statement = (
        select(MaterialPurchaseRow)
        .join(OrderRow, OrderRow.id == MaterialPurchaseRow.order_id)
        .where(
            OrderRow.status.not_in(FINAL),
            MaterialPurchaseRow.ordered_on.is_not(None),
            MaterialPurchaseRow.confirmed_on.is_(None),
            MaterialPurchaseRow.received == 0,
            MaterialPurchaseRow.ordered_on <= ordered_until,
            # Reported once; those that were reported must not stand in the way of the others.
            ~exists().where(TaskRow.source == func.concat(source_prefix, MaterialPurchaseRow.id)),
        )
        .order_by(MaterialPurchaseRow.ordered_on, MaterialPurchaseRow.id)
        .limit(limit)
    )
    return (await session.scalars(statement)).all()


async def production_papers(
    session: AsyncSession, order_id: int
) -> tuple[str, dt.date | None, dt.date | None] | None:
    """How an order is fulfilled, when its gate was released and when its work order was signed.

    None for an order that an import brought.
    """
    process = OrderProcessRow.__table__.c
    found = await session.execute(
        select(process.fulfilment, process.gate_released_on, process.work_started_on).where(
            process.order_id == order_id, process.channel != OrderChannel.TAKEN_OVER
        )
    )
    row = found.one_or_none()
    return None if row is None else (row[0], row[1], row[2])


async def stage_for_update(
    session: AsyncSession, order_id: int, customer_id: int, stage: str
) -> ProductionStageRow:
    """A stage of an order, locked; added where it is the first time that it is reported."""
    await session.execute(
        insert(ProductionStageRow)
        .values(
            order_id=order_id, customer_id=customer_id, stage=stage, label_en=stage, label_zh=stage
        )
        .on_conflict_do_nothing()
    )
    statement = select(ProductionStageRow).where(
        ProductionStageRow.order_id == order_id, ProductionStageRow.stage == stage
    )
    row = await session.scalar(
        statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    )
    if row is None:
        raise LookupError(f"the stage {stage!r} vanished")
    return row


async def stages_of_order(session: AsyncSession, order_id: int) -> Sequence[ProductionStageRow]:
    """An order's stages in their order."""
    statement = (
        select(ProductionStageRow)
        .where(ProductionStageRow.order_id == order_id)
        .order_by(ProductionStageRow.position, ProductionStageRow.id)
    )
    return (await session.scalars(statement)).all()


async def add_report(uow: UnitOfWork, stage_id: int, **reported: Any) -> None:
    """What was reported of a stage."""
    await uow.session.execute(
        insert_rows(ProductionReportRow).values(
            stage_id=stage_id, at=uow.now, actor=uow.actor, **reported
        )
    )


async def inspection_for_update(session: AsyncSession, inspection_id: int) -> InspectionRow | None:
    """An inspection, locked."""
    return await session.scalar(
        select(InspectionRow)
        .where(InspectionRow.id == inspection_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


async def add_order_event(
    uow: UnitOfWork,
    order_id: int,
    customer_id: int,
    kind: str,
    *,
    reason: str | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """One line of an order's history (O15)."""
    await uow.session.execute(
        insert_rows(OrderEventRow).values(
            order_id=order_id,
            customer_id=customer_id,
            at=uow.now,
            kind=kind,
            actor=uow.actor,
            reason=reason,
            after=after,
        )
    )
