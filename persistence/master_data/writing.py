"""Values of master data from a day on: entered, put in force when their day comes, read back (P7).

The object's own column holds what is in force, so that every reader reads one set of columns; the
table of changes holds what was and what is planned. Writers lock the area first, then the objects.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.master_data.areas import Area
from domain.master_data.values import Value
from domain.money import plain
from persistence.bulk import insert_columns
from persistence.master_data import statements
from persistence.tables import MasterDataAreaRow, MasterDataChangeRow, RegionRow, StoreRow
from persistence.unit_of_work import UnitOfWork

# What is locked, and partly counted, like an area without being columns of objects.
CALENDAR = "CALENDAR"
PRICE_PLANS = "PRICE_PLANS"
PEOPLE = "PEOPLE"


Keys = tuple[int, int]


def areas_of(table: str) -> list[Area]:
    """The areas whose values a table holds."""
    return [area for area, place in statements.PLACES.items() if place.table == table]


async def region_codes(session: AsyncSession) -> frozenset[str]:
    """The codes of all regions."""
    return frozenset(await session.scalars(select(RegionRow.code)))


async def tiers_in_use(session: AsyncSession) -> frozenset[str]:
    """The tiers that stores have."""
    return frozenset(await session.scalars(select(StoreRow.tier).distinct()))


async def lock_area(uow: UnitOfWork, area: str) -> int:
    """Let one writer at a time change an area; how often it has changed so far."""
    await uow.session.execute(
        insert(MasterDataAreaRow)
        .values(area=area, version=0, changed_at=uow.now)
        .on_conflict_do_nothing()
    )
    found = await uow.session.scalar(
        select(MasterDataAreaRow.version)
        .where(MasterDataAreaRow.area == area)
        .with_for_update(key_share=True)
    )
    return int(found or 0)


async def count_change(uow: UnitOfWork, area: str) -> int:
    """Count one more change of an area; its version now."""
    await lock_area(uow, area)
    found = await uow.session.scalar(statements.COUNT, {"area": area, "now": uow.now})
    return int(found or 0)


async def versions(session: AsyncSession) -> dict[str, int]:
    """How often each area has changed; what a run keeps of what it used."""
    rows = await session.execute(
        select(MasterDataAreaRow.area, MasterDataAreaRow.version).order_by(MasterDataAreaRow.area)
    )
    return {row.area: row.version for row in rows if row.version}


async def keys_of(
    session: AsyncSession, area: Area, things: Sequence[Sequence[str]]
) -> list[dict[str, int]]:
    """Code -> key for each part of the objects' names; codes that are unknown are left out."""
    found = []
    for position, (table, code) in enumerate(statements.PLACES[area].sources):
        codes = sorted({names[position] for names in things})
        rows = await session.execute(
            text(f"SELECT {code} AS code, id FROM {table} WHERE {code} = ANY(:codes)"),  # noqa: S608 - our own names
            {"codes": codes},
        )
        found.append({row.code: row.id for row in rows})
    return found


async def lock_objects(session: AsyncSession, area: Area, keys: Sequence[Keys]) -> dict[Keys, int]:
    """Lock the objects in the order of their keys; the version of each.

    A store's or region's SKU that has no row yet gets an empty one, of version 0.
    """
    place = statements.PLACES[area]
    sent = {"a": [key[0] for key in keys], "b": [key[1] for key in keys]}
    if len(place.keys) == 2:
        await session.execute(statements.add_rows(place), sent)
    rows = await session.execute(statements.lock(place), sent)
    return {(row.a, row.b): row.version for row in rows}


async def lock_funds_of(session: AsyncSession, customer_ids: Sequence[int]) -> None:
    """Lock customers' funds rows: before their credit or terms may change."""
    await session.execute(statements.ADD_FUNDS, {"ids": list(customer_ids)})
    await session.execute(statements.LOCK_FUNDS, {"ids": list(customer_ids)})


async def add_changes(
    uow: UnitOfWork,
    area: Area,
    entries: Sequence[tuple[Keys, str, Value, int]],
    effective_from: dt.date,
    reason: str | None,
) -> None:
    """Enter values from a day on: (keys, the object's name, value, its version from now on)."""
    count = len(entries)
    await insert_columns(
        uow.session,
        MasterDataChangeRow,
        {
            "area": [area.value] * count,
            "key_a": [keys[0] for keys, *_ in entries],
            "key_b": [keys[1] for keys, *_ in entries],
            "object": [name for _, name, _, _ in entries],
            "value": [_as_json(value) for _, _, value, _ in entries],
            "effective_from": [effective_from] * count,
            "version": [version for *_, version in entries],
            "entered_by": [uow.actor] * count,
            "entered_at": [uow.now] * count,
            "reason": [reason] * count,
        },
    )


async def changes_after(session: AsyncSession, area: Area, after_id: int) -> list[int]:
    """The changes of an area entered after that one, as entered."""
    rows = await session.scalars(
        select(MasterDataChangeRow.id)
        .where(MasterDataChangeRow.area == area.value, MasterDataChangeRow.id > after_id)
        .order_by(MasterDataChangeRow.id)
    )
    return list(rows)


async def count_objects(session: AsyncSession, area: Area, keys: Sequence[Keys]) -> None:
    """Count a change of each object that is only planned yet."""
    sent = {"a": [key[0] for key in keys], "b": [key[1] for key in keys]}
    await session.execute(statements.count_objects(statements.PLACES[area]), sent)


async def apply_area(uow: UnitOfWork, area: Area, today: dt.date, action: str) -> int:
    """Put in force what is due in an area the caller has locked, and audit it; how many changes."""
    due = await uow.session.scalar(
        text(
            "SELECT EXISTS (SELECT 1 FROM master_data_changes WHERE area = :area"
            " AND applied_at IS NULL AND withdrawn_at IS NULL AND effective_from <= :today)"
        ),
        {"area": area.value, "today": today},
    )
    if not due:
        return 0
    version = await uow.session.scalar(statements.COUNT, {"area": area.value, "now": uow.now})
    values = {"area": area.value, "today": today, "now": uow.now, "version": version}
    await uow.session.execute(statements.apply(area), values)
    applied = await uow.session.scalars(
        statements.audit(area, "area_version = :version"),
        {"area": area.value, "version": version, "now": uow.now, "actor": uow.actor, "act": action},
    )
    return len(applied.all())


async def audit_planned(uow: UnitOfWork, area: Area, after_id: int, action: str) -> None:
    """Audit what was planned after that change, in an area the caller has locked."""
    await uow.session.execute(
        statements.audit(area, "c.id > :after"),
        {"area": area.value, "after": after_id, "now": uow.now, "actor": uow.actor, "act": action},
    )


async def changes_for_update(
    session: AsyncSession, ids: Sequence[int]
) -> dict[int, MasterDataChangeRow]:
    """These changes, locked in the order of their keys."""
    rows = await session.scalars(
        select(MasterDataChangeRow)
        .where(MasterDataChangeRow.id.in_(ids))
        .order_by(MasterDataChangeRow.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


async def areas_of_changes(session: AsyncSession, ids: Sequence[int]) -> dict[Area, list[int]]:
    """The areas of these changes, in one order for everybody, each with its objects' first keys."""
    rows = await session.execute(
        select(MasterDataChangeRow.area, func.array_agg(MasterDataChangeRow.key_a.distinct()))
        .where(MasterDataChangeRow.id.in_(ids))
        .group_by(MasterDataChangeRow.area)
        .order_by(MasterDataChangeRow.area)
    )
    return {Area(area): sorted(keys) for area, keys in rows}


async def audit_withdrawn(uow: UnitOfWork, area: Area, ids: Sequence[int], action: str) -> None:
    """Audit that these planned changes of an area the caller has locked were called off."""
    await uow.session.execute(
        statements.audit_withdrawn(area),
        {"ids": list(ids), "now": uow.now, "actor": uow.actor, "act": action},
    )


async def last_change(session: AsyncSession, area: Area) -> int:
    """The newest change of an area."""
    found = await session.scalar(
        select(func.max(MasterDataChangeRow.id)).where(MasterDataChangeRow.area == area.value)
    )
    return int(found or 0)


async def due_areas(session: AsyncSession, today: dt.date) -> Mapping[Area, list[int]]:
    """Areas in which something is due, each with the first keys of its objects."""
    rows = await session.execute(
        text(
            "SELECT area, array_agg(DISTINCT key_a ORDER BY key_a) AS keys FROM master_data_changes"
            " WHERE applied_at IS NULL AND withdrawn_at IS NULL AND effective_from <= :today"
            " GROUP BY area ORDER BY area"
        ),
        {"today": today},
    )
    return {Area(row.area): list(row.keys) for row in rows}


async def values_on(
    session: AsyncSession, area: Area, day: dt.date, codes: Sequence[str] | None = None
) -> dict[str, Any]:
    """Object -> what holds on a day, as history and plans say; objects without a value left out.

    codes: only objects whose (first) code is among these.
    """
    chosen = None if codes is None else list(codes)
    rows = await session.execute(
        statements.values_on(area), {"area": area.value, "day": day, "codes": chosen}
    )
    return {row.object: row.value for row in rows}


def _as_json(value: Value) -> str | None:
    if value is None:
        return None
    return json.dumps(format(plain(value), "f") if isinstance(value, Decimal) else value)
