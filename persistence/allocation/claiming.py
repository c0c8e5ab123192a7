"""Which goods a run takes to share out, and what asks for a run at all.

Goods are taken under one short lock, so that runs side by side share none; a run that asks for
goods of another waits until that one has ended. Free goods that no open claim could be given are
left where they lie.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.parties.vocabularies import CustomerKind
from persistence.locks import AdvisoryLock

# Distributors and export customers compete as franchisees; direct and joint stores by gaps only.
CLAIMING_KINDS = (CustomerKind.FRANCHISEE, CustomerKind.DISTRIBUTOR, CustomerKind.EXPORT)

# The second half of the advisory locks' two keys; the first is that of runs.
_TAKING_GOODS, _MATCHING = -1, -2

# Order lines with units to give. The first condition is what their index is made of: a run changes
# none of its columns, so it rewrites lines in place.
OPEN_LINE = """line.units_shipped < line.units_ordered
  AND line.units_shipped + line.units_held + line.units_reserved < line.units_ordered"""
_FITS = """coalesce(line.pack, goods.pack) <= least(goods.most, line.units_ordered
  - line.units_shipped - line.units_held - line.units_reserved)"""
_KINDS = ", ".join(f"'{kind}'" for kind in CLAIMING_KINDS)
# Asked line by line, by key: joined, the statement would be planned from the few confirmed orders
# that a database which was just filled believes in.
_COMPETES = f"""
  (SELECT orders.status = 'CONFIRMED' AND customer.kind IN ({_KINDS})
   FROM orders JOIN customers AS customer ON customer.id = orders.customer_id
   WHERE orders.id = line.order_id)
"""  # noqa: S608 - words of ours

# Free goods by SKU: the most that one central warehouse has, since a pack is of one warehouse.
_FREE = """
  SELECT stock.sku_id, sku.pack,
    max(stock.units_on_hand - stock.units_held - stock.units_reserved) AS most
  FROM stock
  JOIN warehouses AS warehouse ON warehouse.id = stock.warehouse_id
  JOIN skus AS sku ON sku.id = stock.sku_id
  WHERE warehouse.kind = 'CENTRAL'
    AND stock.units_on_hand - stock.units_held - stock.units_reserved > 0
    AND (CAST(:skus AS bigint[]) IS NULL OR stock.sku_id = ANY(:skus))
    AND NOT stock.sku_id = ANY(CAST(:but AS bigint[]))
  GROUP BY stock.sku_id, sku.pack
"""

# Which of them an open claim could take a pack of: at once, or only if its customer has the money.
_WANTED = text(
    f"""
    WITH goods AS MATERIALIZED ({_FREE})
    SELECT goods.sku_id,
      EXISTS (
        SELECT 1 FROM order_lines AS line
        WHERE line.sku_id = goods.sku_id AND {OPEN_LINE} AND {_FITS} AND line.may_reserve
          AND {_COMPETES}
      ) OR EXISTS (
        SELECT 1 FROM store_stock AS held
        WHERE held.sku_id = goods.sku_id AND coalesce(held.pack, goods.pack) <= least(goods.most,
          held.safety_stock - held.units_on_hand - held.units_in_transit)
      ) OR EXISTS (
        SELECT 1 FROM region_reserves AS held
        WHERE held.sku_id = goods.sku_id AND coalesce(held.pack, goods.pack) <= least(goods.most,
          held.target - held.units_on_hand - held.units_in_transit)
      ) AS wanted,
      EXISTS (
        SELECT 1 FROM order_lines AS line
        WHERE line.sku_id = goods.sku_id AND {OPEN_LINE} AND {_FITS} AND NOT line.may_reserve
          AND {_COMPETES}
      ) AS lapsed
    FROM goods ORDER BY goods.sku_id
    """  # noqa: S608 - words of ours
)

# What a pack of lapsed lines costs whom, at least: they ship when funded, and reserve no more.
_LAPSED = text(
    f"""
    WITH goods AS MATERIALIZED ({_FREE})
    SELECT line.sku_id, line.customer_id,
      min(held_price(line.unit_price, (SELECT currency FROM orders WHERE id = line.order_id))
        * coalesce(line.pack, goods.pack)) AS amount
    FROM goods JOIN order_lines AS line ON line.sku_id = goods.sku_id
    WHERE {OPEN_LINE} AND {_FITS} AND NOT line.may_reserve AND {_COMPETES}
    GROUP BY line.sku_id, line.customer_id
    """  # noqa: S608 - words of ours
)

_WANTED_BY = f"""
  WITH goods AS MATERIALIZED ({_FREE})
  SELECT DISTINCT line.sku_id
  FROM order_lines AS line JOIN goods ON goods.sku_id = line.sku_id
  WHERE {OPEN_LINE} AND {_FITS} AND line.%s = :key AND {_COMPETES}
  ORDER BY line.sku_id
"""  # noqa: S608 - words of ours
_WANTED_BY_ORDER = text(_WANTED_BY % "order_id")
_WANTED_BY_CUSTOMER = text(_WANTED_BY % "customer_id")

# Orders that ship as a whole or for a least value tie their goods together.
_TIED = text(
    f"""
    SELECT DISTINCT line.sku_id
    FROM (
      SELECT DISTINCT line.order_id FROM order_lines AS line
      WHERE line.sku_id = ANY(CAST(:skus AS bigint[])) AND {OPEN_LINE} AND {_COMPETES}
        AND (SELECT ship_complete OR min_ship_value > 0 FROM orders WHERE id = line.order_id)
    ) AS tied
    JOIN order_lines AS line ON line.order_id = tied.order_id
    WHERE {OPEN_LINE}
    """  # noqa: S608 - words of ours
)


@dataclass(frozen=True)
class WantedGoods:
    """Free goods, by SKU, that open claims could be given.

    by_payers: those that only lines could take whose reservation lapsed, with what a pack costs
    each customer at least.
    """

    at_once: frozenset[int]
    by_payers: dict[int, dict[int, Decimal]]


async def lock_taking(session: AsyncSession) -> None:
    """Take goods one run at a time, until the transaction ends."""
    await _lock(session, _TAKING_GOODS)


async def lock_matching(session: AsyncSession) -> None:
    """Look one at a time whether free goods and open claims match, until the transaction ends.

    Else goods that arrive and an order that wants them, each of which asks for a run only if it
    finds the other, could come at one moment and not see each other. Whoever brings either locks
    after it has written, and looks then.
    """
    await _lock(session, _MATCHING)


async def _lock(session: AsyncSession, key: int) -> None:
    await session.execute(
        text("SELECT pg_advisory_xact_lock(:kind, :key)"),
        {"kind": AdvisoryLock.RUN.value, "key": key},
    )


async def taken_goods(session: AsyncSession) -> dict[int, int]:
    """The SKUs that open runs have taken, and the run that has each."""
    rows = await session.execute(
        text("SELECT sku_id, run_id FROM allocation_run_goods WHERE taken")
    )
    return {row.sku_id: row.run_id for row in rows}


async def asked_goods(session: AsyncSession, run_id: int) -> set[int]:
    """The SKUs that a run was asked to share out."""
    rows = await session.scalars(
        text("SELECT sku_id FROM allocation_run_goods WHERE asked AND run_id = :run_id"),
        {"run_id": run_id},
    )
    return set(rows)


async def ask_for_goods(session: AsyncSession, run_id: int, skus: Sequence[int]) -> None:
    """Have a waiting run share out these goods too."""
    await session.execute(
        text(
            "INSERT INTO allocation_run_goods (run_id, sku_id, asked)"
            " SELECT :run_id, sku_id, true FROM unnest(CAST(:skus AS bigint[])) AS sent (sku_id)"
            " ORDER BY sku_id ON CONFLICT DO NOTHING"
        ),
        {"run_id": run_id, "skus": sorted(skus)},
    )


async def take_goods(session: AsyncSession, run_id: int, skus: Iterable[int]) -> None:
    """Note which goods a run shares out; its earlier attempts' are let go. See `lock_taking`."""
    values = {"run_id": run_id, "skus": sorted(skus)}
    await session.execute(
        text(
            "UPDATE allocation_run_goods SET taken = false"
            " WHERE run_id = :run_id AND taken AND NOT sku_id = ANY(CAST(:skus AS bigint[]))"
        ),
        values,
    )
    await session.execute(
        text(
            "INSERT INTO allocation_run_goods (run_id, sku_id, taken)"
            " SELECT :run_id, sku_id, true FROM unnest(CAST(:skus AS bigint[])) AS sent (sku_id)"
            " ORDER BY sku_id ON CONFLICT (run_id, sku_id) DO UPDATE SET taken = true"
        ),
        values,
    )


async def release_goods(session: AsyncSession, run_id: int) -> None:
    """A run has ended: its goods are no longer its own."""
    await session.execute(
        text("DELETE FROM allocation_run_goods WHERE run_id = :run_id"), {"run_id": run_id}
    )


async def wanted_goods(
    session: AsyncSession, skus: Iterable[int] | None = None, *, but: Iterable[int] = ()
) -> WantedGoods:
    """Which free goods of the central warehouses open claims could be given; of all, or of these.

    but: SKUs left out.
    """
    values = {"skus": None if skus is None else sorted(skus), "but": sorted(but)}
    rows = (await session.execute(_WANTED, values)).all()
    at_once = frozenset(row.sku_id for row in rows if row.wanted)
    lapsed = sorted(row.sku_id for row in rows if row.lapsed and not row.wanted)
    by_payers: dict[int, dict[int, Decimal]] = {sku: {} for sku in lapsed}
    if lapsed:
        for row in await session.execute(_LAPSED, {"skus": lapsed, "but": []}):
            by_payers[row.sku_id][row.customer_id] = row.amount
    return WantedGoods(at_once, by_payers)


async def goods_wanted_by_order(session: AsyncSession, order_id: int) -> list[int]:
    """Free goods, by SKU, that open lines of this order could take a pack of."""
    return list(await session.scalars(_WANTED_BY_ORDER, {"key": order_id, "skus": None, "but": []}))


async def goods_wanted_by_customer(session: AsyncSession, customer_id: int) -> list[int]:
    """Free goods, by SKU, that open lines of this customer could take a pack of."""
    return list(
        await session.scalars(_WANTED_BY_CUSTOMER, {"key": customer_id, "skus": None, "but": []})
    )


async def tied_goods(session: AsyncSession, skus: Iterable[int]) -> set[int]:
    """These goods and all that orders tie to them: such as ship whole, or for a least value."""
    found, fresh = set(skus), set(skus)
    while fresh:
        rows = await session.scalars(_TIED, {"skus": sorted(fresh)})
        fresh = set(rows) - found
        found |= fresh
    return found
