"""What left or will leave our warehouses, for whom, and where is it now?"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from persistence.filters import among, asked, before, equals, since
from persistence.lookups import LONGEST_LIST, lists_by, rows_by, rows_by_number
from persistence.paging import (
    Key,
    Page,
    PageRequest,
    Sorting,
    count_by_parent,
    count_rows,
    fetch_page,
    fetch_pages,
)
from persistence.tables import ShipmentLineRow, ShipmentRow, TrackingEventRow

NEWEST_FIRST = Sorting(
    "created_at_desc",
    (Key(ShipmentRow.created_at, descending=True), Key(ShipmentRow.id, descending=True)),
)
_LINES_IN_ORDER = Sorting("id", (Key(ShipmentLineRow.id),))


@dataclass(frozen=True)
class ShipmentQuestion:
    """Which shipments are asked for; what is None or empty does not narrow."""

    statuses: Sequence[str] = ()
    customer_id: int | None = None
    order_id: int | None = None
    run_id: int | None = None
    shipped_from: dt.datetime | None = None
    shipped_before: dt.datetime | None = None


async def shipments(
    session: AsyncSession, question: ShipmentQuestion, page: PageRequest
) -> Page[ShipmentRow]:
    """One page of the shipments asked for, the newest first."""
    return await fetch_page(session, _asked(question), NEWEST_FIRST, page)


async def count_shipments(session: AsyncSession, question: ShipmentQuestion) -> int:
    """How many shipments are asked for."""
    return await count_rows(session, _asked(question).with_only_columns(ShipmentRow.id))


async def shipments_by_id(session: AsyncSession, ids: Sequence[int]) -> dict[int, ShipmentRow]:
    """These shipments, where they may be seen."""
    return await rows_by(session, select(ShipmentRow), ShipmentRow.id, ids)


async def shipments_by_number(
    session: AsyncSession, numbers: Sequence[str]
) -> dict[str, ShipmentRow]:
    """The shipments of these numbers, where they may be seen."""
    return await rows_by_number(
        session, select(ShipmentRow), ShipmentRow.shipment_number_key, numbers
    )


async def shipments_by_order(
    session: AsyncSession, orders: Sequence[int]
) -> dict[int, list[ShipmentRow]]:
    """Each order's shipments, the oldest first."""
    return await lists_by(
        session,
        select(ShipmentRow),
        ShipmentRow.order_id,
        orders,
        ShipmentRow.created_at,
        ShipmentRow.id,
        most=LONGEST_LIST,
    )


async def shipment_lines_by_id(
    session: AsyncSession, ids: Sequence[int]
) -> dict[int, ShipmentLineRow]:
    """These shipment lines, where they may be seen."""
    return await rows_by(session, select(ShipmentLineRow), ShipmentLineRow.id, ids)


async def lines_by_shipment(
    session: AsyncSession, shipments: Sequence[int], page: PageRequest
) -> dict[int, Page[ShipmentLineRow]]:
    """The same page of each shipment's lines."""
    return await fetch_pages(
        session,
        select(ShipmentLineRow),
        ShipmentLineRow.shipment_id,
        shipments,
        _LINES_IN_ORDER,
        page,
    )


async def count_lines_by_shipment(
    session: AsyncSession, shipments: Sequence[int]
) -> dict[int, int]:
    """How many lines each shipment has."""
    return await count_by_parent(session, ShipmentLineRow.shipment_id, shipments)


async def shipments_by_run(
    session: AsyncSession, runs: Sequence[int], page: PageRequest
) -> dict[int, Page[ShipmentRow]]:
    """The same page of the shipments each run made, the newest first."""
    return await fetch_pages(
        session, select(ShipmentRow), ShipmentRow.run_id, runs, NEWEST_FIRST, page
    )


async def count_shipments_by_run(session: AsyncSession, runs: Sequence[int]) -> dict[int, int]:
    """How many shipments each run made."""
    return await count_by_parent(session, ShipmentRow.run_id, runs)


async def units_by_shipment(session: AsyncSession, shipments: Sequence[int]) -> dict[int, int]:
    """How many units each shipment carries."""
    line = ShipmentLineRow
    found = await session.execute(
        select(line.shipment_id, func.sum(line.units))
        .where(line.shipment_id.in_(shipments))
        .group_by(line.shipment_id)
    )
    return {row[0]: int(row[1]) for row in found}


async def tracking_by_shipment(
    session: AsyncSession, shipments: Sequence[int]
) -> dict[int, list[TrackingEventRow]]:
    """What the carrier said of each shipment, the oldest first."""
    return await lists_by(
        session,
        select(TrackingEventRow),
        TrackingEventRow.shipment_id,
        shipments,
        TrackingEventRow.at,
        TrackingEventRow.id,
        most=LONGEST_LIST,
    )


def _asked(question: ShipmentQuestion) -> Select[ShipmentRow]:
    row = ShipmentRow
    return select(row).where(
        *asked(
            among(row.status, question.statuses),
            equals(row.customer_id, question.customer_id),
            equals(row.order_id, question.order_id),
            equals(row.run_id, question.run_id),
            since(row.shipped_at, question.shipped_from),
            before(row.shipped_at, question.shipped_before),
        )
    )
