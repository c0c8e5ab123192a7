"""Which products and SKUs are these?"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.lookups import rows_by
from persistence.tables import ProductRow, SkuRow


async def products_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, ProductRow]:
    """These products."""
    return await rows_by(session, select(ProductRow), ProductRow.id, ids)


async def skus_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, SkuRow]:
    """These SKUs."""
    return await rows_by(session, select(SkuRow), SkuRow.id, ids)
