"""What was bought, made and inspected for orders?"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.lookups import LONGEST_LIST, lists_by, rows_by
from persistence.tables import InspectionRow, MaterialPurchaseRow, ProductionStageRow


async def purchases_by_id(
    session: AsyncSession, ids: Sequence[int]
) -> dict[int, MaterialPurchaseRow]:
    """These purchases, where they may be seen."""
    return await rows_by(session, select(MaterialPurchaseRow), MaterialPurchaseRow.id, ids)


async def purchases_by_order(
    session: AsyncSession, orders: Sequence[int]
) -> dict[int, list[MaterialPurchaseRow]]:
    """Each order's material purchases by material; none for a customer."""
    return await lists_by(
        session,
        select(MaterialPurchaseRow),
        MaterialPurchaseRow.order_id,
        orders,
        MaterialPurchaseRow.material,
        MaterialPurchaseRow.id,
        most=LONGEST_LIST,
    )


async def stages_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, ProductionStageRow]:
    """These stages, where they may be seen."""
    return await rows_by(session, select(ProductionStageRow), ProductionStageRow.id, ids)


async def stages_by_order(
    session: AsyncSession, orders: Sequence[int]
) -> dict[int, list[ProductionStageRow]]:
    """Each order's stages of production in their order; none for a customer."""
    return await lists_by(
        session,
        select(ProductionStageRow),
        ProductionStageRow.order_id,
        orders,
        ProductionStageRow.position,
        ProductionStageRow.id,
        most=LONGEST_LIST,
    )


async def inspections_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, InspectionRow]:
    """These inspections, where they may be seen."""
    return await rows_by(session, select(InspectionRow), InspectionRow.id, ids)


async def inspections_by_order(
    session: AsyncSession, orders: Sequence[int]
) -> dict[int, list[InspectionRow]]:
    """Each order's inspections, the first booked first."""
    return await lists_by(
        session,
        select(InspectionRow),
        InspectionRow.order_id,
        orders,
        InspectionRow.id,
        most=LONGEST_LIST,
    )
