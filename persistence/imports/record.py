"""What imports there were."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.lookups import rows_by_number
from persistence.tables import GoodsReceiptRow, ImportRow
from persistence.unit_of_work import UnitOfWork


async def latest_fingerprint(session: AsyncSession) -> str | None:
    """The content of the import that last changed something."""
    return await session.scalar(
        select(ImportRow.fingerprint).order_by(ImportRow.id.desc()).limit(1)
    )


async def receipts_recorded(session: AsyncSession, numbers: list[str]) -> frozenset[str]:
    """Those of these goods receipts that are recorded already, in whatever spelling."""
    found = await rows_by_number(
        session, select(GoodsReceiptRow), GoodsReceiptRow.receipt_number_key, numbers
    )
    return frozenset(found)


async def add_import(
    uow: UnitOfWork, source: str, fingerprint: str, counts: dict[str, Any], said: list[str]
) -> int:
    """Keep that this was imported, by whom, with what was derived; its number."""
    row = ImportRow(
        source=source,
        fingerprint=fingerprint,
        counts=counts,
        derived=said,
        actor=uow.actor,
        at=uow.now,
    )
    uow.session.add(row)
    await uow.session.flush()
    return row.id
