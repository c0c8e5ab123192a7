"""Staging tables: temporary, filled by COPY, gone when the transaction ends."""

import io
from collections.abc import Collection, Mapping

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from domain.messages import msg
from persistence.locks import AdvisoryLock
from persistence.retry import InTheWay, is_contention

# How long an import waits for another, and for each row that others write.
PATIENCE = "1min"

# Where a name that the input refers to may be found, by canonical table.
_NAMED = {
    "regions": ("regions", "code"),
    "warehouses": ("warehouses", "code"),
    "products": ("products", "code"),
    "skus": ("skus", "code"),
    "customers": ("customers", "code"),
    "stores": ("stores", "code"),
}


async def begin_import(session: AsyncSession) -> None:
    """Wait for another import to end, and allow this transaction the time it needs.

    Raises InTheWay when the other goes on for longer than is waited.
    """
    await session.execute(text("SET LOCAL statement_timeout = '15min'"))
    await session.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
    try:
        await session.execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": AdvisoryLock.IMPORT.value}
        )
    except DBAPIError as error:
        if not is_contention(error):
            raise
        raise InTheWay(msg("operating.OTHER_IMPORT", patience=PATIENCE)) from error


# What an import may change of rows that a plan's commit changes too, in the commit's order.
_LOCKS = (
    """
    SELECT FROM customer_funds WHERE customer_id IN
      (SELECT c.id FROM stage_customers AS s JOIN customers AS c ON c.code = s.customer_id)
    ORDER BY customer_id FOR NO KEY UPDATE
    """,
    """
    SELECT FROM stock WHERE (warehouse_id, sku_id) IN
      (SELECT w.id, k.id FROM stage_stock AS s
       JOIN warehouses AS w ON w.code = s.warehouse_id JOIN skus AS k ON k.code = s.sku_id)
    ORDER BY warehouse_id, sku_id FOR NO KEY UPDATE
    """,
    """
    SELECT FROM store_stock WHERE (store_id, sku_id) IN
      (SELECT o.id, k.id FROM stage_store_stock AS s
       JOIN stores AS o ON o.code = s.store_id JOIN skus AS k ON k.code = s.sku_id)
    ORDER BY store_id, sku_id FOR NO KEY UPDATE
    """,
    """
    SELECT FROM region_reserves WHERE (region_id, sku_id) IN
      (SELECT r.id, k.id FROM stage_region_reserves AS s
       JOIN regions AS r ON r.code = s.region_id JOIN skus AS k ON k.code = s.sku_id)
    ORDER BY region_id, sku_id FOR NO KEY UPDATE
    """,
)


async def lock_what_is_staged(session: AsyncSession) -> None:
    """Lock the money and goods that the staged rows speak of, as a plan's commit does.

    What an import then finds it may decide on; and it never waits for a commit that waits for it.
    """
    for statement in _LOCKS:
        await session.execute(text(statement))


async def names_known(
    session: AsyncSession, wanted: Mapping[str, Collection[str]]
) -> dict[str, frozenset[str]]:
    """Those of the wanted names, by table, that the database has."""
    known: dict[str, frozenset[str]] = {}
    for table, names in wanted.items():
        if table not in _NAMED:
            continue
        target, column = _NAMED[table]
        rows = await session.scalars(
            text(f"SELECT {column} FROM {target} WHERE {column} = ANY(:names)"),  # noqa: S608 - our own names
            {"names": list(names)},
        )
        known[table] = frozenset(rows)
    return known


async def stage(session: AsyncSession, table: str, types: Mapping[str, str], rows: bytes) -> None:
    """Make the staging table and fill it with rows in CSV: unquoted empty cells are null.

    types: the columns in the order of the cells, with their PostgreSQL types. The first row is
    row 0 of `position`, which leads back to the input.
    """
    columns = ", ".join(f'"{name}" {kind}' for name, kind in types.items())
    await session.execute(text(f"CREATE TEMP TABLE stage_{table} ({columns}) ON COMMIT DROP"))
    connection = await (await session.connection()).get_raw_connection()
    driver = connection.driver_connection
    if driver is None:
        raise RuntimeError("the session has no open connection")
    # COPY is not in the dialect; it runs in the transaction that is open on this connection.
    await driver.copy_to_table(
        f"stage_{table}", source=io.BytesIO(rows), columns=list(types), format="csv"
    )
    await session.execute(text(f"ANALYZE stage_{table}"))
