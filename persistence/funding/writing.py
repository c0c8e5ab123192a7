"""Writing what is known of customers' money."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.tables import CustomerFundsRow, CustomerRow


async def lock_funds(
    session: AsyncSession, codes: Sequence[str] | None
) -> dict[str, tuple[int, int]]:
    """Lock the funds of these customers, or of all; code -> customer and version.

    A customer that no money has moved for yet gets an empty row.
    """
    chosen = None if codes is None else list(codes)
    await session.execute(_ADD_ROWS, {"codes": chosen})
    rows = await session.execute(_LOCK, {"codes": chosen})
    return {row.code: (row.customer_id, row.version) for row in rows}


async def confirm(session: AsyncSession, customer_ids: Sequence[int], day: dt.date) -> int:
    """Date these customers' figures; how many were of another date."""
    changed = await session.scalars(
        update(CustomerFundsRow)
        .where(
            CustomerFundsRow.customer_id.in_(customer_ids),
            CustomerFundsRow.confirmed_on.is_distinct_from(day),
        )
        .values(confirmed_on=day, version=CustomerFundsRow.version + 1)
        .returning(CustomerFundsRow.customer_id)
    )
    return len(changed.all())


async def add_funds_row(session: AsyncSession, customer: CustomerRow) -> None:
    """Open a new customer's account."""
    session.add(CustomerFundsRow(customer_id=customer.id, currency=customer.currency))
    await session.flush()


async def reopen_reservations(session: AsyncSession, customer_id: int) -> None:
    """Lines of a customer whose reservation lapsed unpaid may be reserved for again (A5)."""
    await session.execute(_LET_LINES_RESERVE, {"customer_id": customer_id})


_LET_LINES_RESERVE = text(
    "UPDATE order_lines SET may_reserve = true FROM (SELECT id FROM order_lines"
    " WHERE customer_id = :customer_id AND NOT may_reserve ORDER BY id FOR NO KEY UPDATE) AS lapsed"
    " WHERE order_lines.id = lapsed.id"
)
_ADD_ROWS = text(
    "INSERT INTO customer_funds (customer_id, currency) SELECT id, currency FROM customers"
    " WHERE CAST(:codes AS text[]) IS NULL OR code = ANY(:codes)"
    " ORDER BY id ON CONFLICT DO NOTHING"
)
_LOCK = text(
    "SELECT c.code, f.customer_id, f.version FROM customer_funds AS f"
    " JOIN customers AS c ON c.id = f.customer_id"
    " WHERE CAST(:codes AS text[]) IS NULL OR c.code = ANY(:codes)"
    " ORDER BY f.customer_id FOR NO KEY UPDATE OF f"
)
