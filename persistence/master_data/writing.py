"""Values of master data from a day on: entered, put in force when their day comes, read back (P7).

The object's own column holds what is in force, so that every reader reads one set of columns; the
table of changes holds what was and what is planned. Writers lock the area first, then the objects.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import TextClause, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from domain.master_data.areas import RULES, Area, Kind
from domain.master_data.values import Value
from domain.money import plain
from persistence.bulk import insert_columns
from persistence.tables import MasterDataAreaRow, MasterDataChangeRow, RegionRow, StoreRow
from persistence.unit_of_work import UnitOfWork

# What is locked, and partly counted, like an area without being columns of objects.
CALENDAR = "CALENDAR"
PRICE_PLANS = "PRICE_PLANS"
PEOPLE = "PEOPLE"


@dataclass(frozen=True)
class _Place:
    """Where an area's value lives. source: the codes' tables, aliases a and b, with their keys."""

    table: str
    column: str
    keys: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    audited: str


_PRODUCTS = (("products", "code"),)
_CUSTOMERS = (("customers", "code"),)
_PLACES = {
    Area.PRODUCT_RANK: _Place("products", "launch_rank", ("id",), _PRODUCTS, "Product"),
    Area.SPRING_SUMMER_PLAN: _Place(
        "products", "spring_summer_rank", ("id",), _PRODUCTS, "Product"
    ),
    Area.AUTUMN_WINTER_PLAN: _Place(
        "products", "autumn_winter_rank", ("id",), _PRODUCTS, "Product"
    ),
    Area.CUSTOMER_RANK: _Place("customers", "rank", ("id",), _CUSTOMERS, "Customer"),
    Area.RESERVE_RANK: _Place("customers", "reserve_rank", ("id",), _CUSTOMERS, "Customer"),
    Area.CREDIT_LIMIT: _Place("customers", "credit_limit", ("id",), _CUSTOMERS, "Customer"),
    Area.PAYMENT_TERMS: _Place("customers", "payment_terms", ("id",), _CUSTOMERS, "Customer"),
    Area.STORE_TIER: _Place("stores", "tier", ("id",), (("stores", "code"),), "Store"),
    Area.SAFETY_STOCK: _Place(
        "store_stock",
        "safety_stock",
        ("store_id", "sku_id"),
        (("stores", "code"), ("skus", "code")),
        "StoreStock",
    ),
    Area.REGION_RESERVE: _Place(
        "region_reserves",
        "target",
        ("region_id", "sku_id"),
        (("regions", "code"), ("skus", "code")),
        "RegionReserve",
    ),
    Area.GUARANTEE_QUOTA: _Place(
        "people", "guarantee_quota", ("id",), (("people", "subject"),), "Person"
    ),
}
_CASTS = {
    Kind.RANK: "integer",
    Kind.UNITS: "bigint",
    Kind.AMOUNT: "numeric",
    Kind.TIER: "varchar",
    Kind.TERMS: "varchar",
}

Keys = tuple[int, int]


def areas_of(table: str) -> list[Area]:
    """The areas whose values a table holds."""
    return [area for area, place in _PLACES.items() if place.table == table]


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
    found = await uow.session.scalar(_COUNT, {"area": area, "now": uow.now})
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
    for position, (table, code) in enumerate(_PLACES[area].sources):
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
    place = _PLACES[area]
    sent = {"a": [key[0] for key in keys], "b": [key[1] for key in keys]}
    if len(place.keys) == 2:
        await session.execute(_add_rows(place), sent)
    rows = await session.execute(_lock(place), sent)
    return {(row.a, row.b): row.version for row in rows}


async def lock_funds_of(session: AsyncSession, customer_ids: Sequence[int]) -> None:
    """Lock customers' funds rows: before their credit or terms may change."""
    await session.execute(_ADD_FUNDS, {"ids": list(customer_ids)})
    await session.execute(_LOCK_FUNDS, {"ids": list(customer_ids)})


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
    await session.execute(_count_objects(_PLACES[area]), sent)


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
    version = await uow.session.scalar(_COUNT, {"area": area.value, "now": uow.now})
    values = {"area": area.value, "today": today, "now": uow.now, "version": version}
    await uow.session.execute(_apply(area), values)
    applied = await uow.session.scalars(
        _audit(area, "area_version = :version"),
        {"area": area.value, "version": version, "now": uow.now, "actor": uow.actor, "act": action},
    )
    return len(applied.all())


async def audit_planned(uow: UnitOfWork, area: Area, after_id: int, action: str) -> None:
    """Audit what was planned after that change, in an area the caller has locked."""
    await uow.session.execute(
        _audit(area, "c.id > :after"),
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
        _audit_withdrawn(area),
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
        _values_on(area), {"area": area.value, "day": day, "codes": chosen}
    )
    return {row.object: row.value for row in rows}


def _as_json(value: Value) -> str | None:
    if value is None:
        return None
    return json.dumps(format(plain(value), "f") if isinstance(value, Decimal) else value)


def _match(place: _Place, target: str, other: str) -> str:
    """The condition that a row of the area's table is the object another row names."""
    names = ("a", "b") if other == "sent" else ("key_a", "key_b")
    return " AND ".join(
        f"{target}.{column} = {other}.{name}"
        for column, name in zip(place.keys, names, strict=False)
    )


def _current(area: Area, target: str) -> str:
    """The column's value as JSON, in the form in which changes keep it."""
    column = f"{target}.{_PLACES[area].column}"
    if RULES[area].kind is not Kind.AMOUNT:
        return f"to_jsonb({column})"
    # The third decimal only where it says something, as `plain` has it.
    two = f"trunc({column}, 2)"
    return f"to_jsonb((CASE WHEN {column} = {two} THEN {two} ELSE {column} END)::text)"


# In all of these, names come from the table above, never from a client.


def _add_rows(place: _Place) -> TextClause:
    first, second = place.keys
    return text(
        f"INSERT INTO {place.table} ({first}, {second}, {place.column}, version)"  # noqa: S608
        " SELECT a, b, 0, 0 FROM unnest(CAST(:a AS bigint[]), CAST(:b AS bigint[])) AS sent (a, b)"
        " ORDER BY a, b ON CONFLICT DO NOTHING"
    )


def _lock(place: _Place) -> TextClause:
    keys = ", ".join(f"t.{name}" for name in place.keys)
    second = f"t.{place.keys[1]}" if len(place.keys) == 2 else "0"
    return text(
        f"SELECT t.{place.keys[0]} AS a, {second} AS b, t.version FROM {place.table} AS t"  # noqa: S608
        " JOIN unnest(CAST(:a AS bigint[]), CAST(:b AS bigint[])) AS sent (a, b)"
        f" ON {_match(place, 't', 'sent')} ORDER BY {keys} FOR NO KEY UPDATE OF t"
    )


def _count_objects(place: _Place) -> TextClause:
    return text(
        f"UPDATE {place.table} AS t SET version = t.version + 1"  # noqa: S608
        " FROM unnest(CAST(:a AS bigint[]), CAST(:b AS bigint[])) AS sent (a, b)"
        f" WHERE {_match(place, 't', 'sent')}"
    )


def _apply(area: Area) -> TextClause:
    place = _PLACES[area]
    kind = _CASTS[RULES[area].kind]
    return text(
        f"""
        WITH due AS (
          SELECT id, key_a, key_b, value,
                 row_number() OVER turn = 1 AS is_first,
                 lead(id) OVER turn IS NULL AS is_last,
                 lag(value) OVER turn AS earlier
            FROM master_data_changes
           WHERE area = :area AND applied_at IS NULL AND withdrawn_at IS NULL
             AND effective_from <= :today
          WINDOW turn AS (PARTITION BY key_a, key_b ORDER BY effective_from, id)
        ), marked AS (
          UPDATE master_data_changes AS c
             SET applied_at = :now, area_version = :version,
                 previous = CASE WHEN due.is_first THEN {_current(area, "t")} ELSE due.earlier END
            FROM due JOIN {place.table} AS t ON {_match(place, "t", "due")}
           WHERE c.id = due.id
        )
        UPDATE {place.table} AS t
           SET {place.column} = CAST(due.value #>> '{{}}' AS {kind}), version = t.version + 1
          FROM due
         WHERE due.is_last AND {_match(place, "t", "due")}
        """  # noqa: S608
    )


def _audit(area: Area, condition: str) -> TextClause:
    place = _PLACES[area]
    identity = "c.key_a::text" if len(place.keys) == 1 else "c.key_a || '/' || c.key_b"
    column = place.column
    return text(
        "INSERT INTO audit_log"  # noqa: S608
        " (at, actor, action, object_type, object_id, before, after, reason)"
        f" SELECT :now, :actor, :act, '{place.audited}', {identity},"
        f" CASE WHEN c.applied_at IS NULL THEN NULL"
        f" ELSE jsonb_build_object('{column}', c.previous) END,"
        f" jsonb_build_object('{column}', c.value, 'validFrom', c.effective_from), c.reason"
        f" FROM master_data_changes AS c WHERE c.area = :area AND {condition} ORDER BY c.id"
        " RETURNING id"
    )


def _audit_withdrawn(area: Area) -> TextClause:
    place = _PLACES[area]
    identity = "c.key_a::text" if len(place.keys) == 1 else "c.key_a || '/' || c.key_b"
    return text(
        "INSERT INTO audit_log"  # noqa: S608
        " (at, actor, action, object_type, object_id, before, after, reason)"
        f" SELECT :now, :actor, :act, '{place.audited}', {identity},"
        f" jsonb_build_object('{place.column}', c.value, 'validFrom', c.effective_from), NULL,"
        " c.withdraw_reason"
        " FROM master_data_changes AS c WHERE c.id = ANY(:ids) ORDER BY c.id"
    )


def _values_on(area: Area) -> TextClause:
    place = _PLACES[area]
    tables = [f"JOIN {place.table} AS a ON a.id = t.id"]
    code = names = "a." + place.sources[0][1]
    if len(place.keys) == 2:
        tables = [
            f"JOIN {table} AS {alias} ON {alias}.id = t.{key}"
            for (table, _), alias, key in zip(place.sources, "ab", place.keys, strict=True)
        ]
        names = "a.code || '/' || b.code"
    return text(
        f"""
        SELECT named.object, named.value FROM (
          SELECT {names} AS object,
                 CASE WHEN begun.id <> last.id OR begun.id IS NOT NULL AND last.id IS NULL
                      THEN begun.value
                      WHEN begun.id IS NULL AND first.id IS NOT NULL THEN first.previous
                      -- An import may have written the column since the last change.
                      ELSE {_current(area, "t")} END AS value
            FROM {place.table} AS t {" ".join(tables)}
            LEFT JOIN LATERAL (
              SELECT c.id, c.value FROM master_data_changes AS c
               WHERE c.area = :area AND {_match(place, "t", "c")} AND c.effective_from <= :day
                 AND c.withdrawn_at IS NULL
               ORDER BY c.effective_from DESC, c.id DESC LIMIT 1
            ) AS begun ON true
            -- What the first change replaced when it came into force.
            LEFT JOIN LATERAL (
              SELECT c.id, c.previous FROM master_data_changes AS c
               WHERE c.area = :area AND {_match(place, "t", "c")} AND c.applied_at IS NOT NULL
               ORDER BY c.effective_from, c.id LIMIT 1
            ) AS first ON true
            LEFT JOIN LATERAL (
              SELECT c.id FROM master_data_changes AS c
               WHERE c.area = :area AND {_match(place, "t", "c")} AND c.applied_at IS NOT NULL
               ORDER BY c.effective_from DESC, c.id DESC LIMIT 1
            ) AS last ON true
           WHERE CAST(:codes AS text[]) IS NULL OR {code} = ANY(:codes)
        ) AS named WHERE named.value IS NOT NULL ORDER BY named.object
        """  # noqa: S608
    )


_COUNT = text(
    "UPDATE master_data_areas SET version = version + 1, changed_at = :now"
    " WHERE area = :area RETURNING version"
)
_ADD_FUNDS = text(
    "INSERT INTO customer_funds (customer_id, currency)"
    " SELECT id, currency FROM customers WHERE id = ANY(:ids) ORDER BY id ON CONFLICT DO NOTHING"
)
_LOCK_FUNDS = text(
    "SELECT customer_id FROM customer_funds WHERE customer_id = ANY(:ids)"
    " ORDER BY customer_id FOR NO KEY UPDATE"
)
