"""Opening stock and opening balances of an import: movements, never overwritten.

An opening figure may be corrected by a later import as long as nothing else has moved; after that
it is history, and a different figure in the input is refused.
"""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import text

from domain.money import plain
from persistence.imports.masters import Change
from persistence.unit_of_work import UnitOfWork

# How a guarantee is known to come from an import, and not from a salesperson.
BY_IMPORT = "import"


@dataclass(frozen=True)
class Settled:
    """An opening figure that can no longer be changed by an import."""

    position: int
    kept: Decimal | int


_OPENED_STOCK = """
    SELECT s.position, w.id AS warehouse_id, k.id AS sku_id, s.on_hand,
      coalesce(m.opened, 0) AS opened,
      s.on_hand - coalesce(m.opened, 0) AS missing,
      coalesce(m.moved, false) OR coalesce(h.units_held + h.units_reserved > 0, false) AS moved
    FROM stage_stock AS s
    JOIN warehouses AS w ON w.code = s.warehouse_id
    JOIN skus AS k ON k.code = s.sku_id
    LEFT JOIN stock AS h ON h.warehouse_id = w.id AND h.sku_id = k.id
    LEFT JOIN (
      SELECT warehouse_id, sku_id, sum(units) FILTER (WHERE kind = 'OPENING') AS opened,
        bool_or(kind <> 'OPENING') AS moved
      FROM stock_movements GROUP BY warehouse_id, sku_id
    ) AS m ON m.warehouse_id = w.id AND m.sku_id = k.id
"""


async def settled_stock(uow: UnitOfWork) -> list[Settled]:
    """Staged stock that differs from its opening figure although goods have moved since."""
    rows = await uow.session.execute(
        text(
            f"SELECT position, opened FROM ({_OPENED_STOCK}) AS o"  # noqa: S608 - our own query
            " WHERE missing <> 0 AND moved ORDER BY position"
        )
    )
    return [Settled(row.position, int(row.opened)) for row in rows]


async def open_stock(uow: UnitOfWork) -> Change:
    """Book what is missing to the opening stock, movement and stock on hand together."""
    found = (
        await uow.session.execute(
            text(
                f"WITH due AS (SELECT * FROM ({_OPENED_STOCK}) AS o WHERE missing <> 0),"  # noqa: S608 - our own query
                " moved AS (INSERT INTO stock_movements"
                " (warehouse_id, sku_id, units, kind, at, actor)"
                " SELECT warehouse_id, sku_id, missing, 'OPENING', :now, :actor FROM due"
                " ORDER BY warehouse_id, sku_id),"
                # An upsert would check the negative rest of a correction before adding it up.
                " held AS (UPDATE stock SET units_on_hand = units_on_hand + due.missing FROM due"
                " WHERE stock.warehouse_id = due.warehouse_id AND stock.sku_id = due.sku_id),"
                " begun AS (INSERT INTO stock (warehouse_id, sku_id, units_on_hand)"
                " SELECT warehouse_id, sku_id, missing FROM due WHERE NOT EXISTS (SELECT FROM stock"
                " WHERE stock.warehouse_id = due.warehouse_id AND stock.sku_id = due.sku_id)"
                " ORDER BY warehouse_id, sku_id)"
                " SELECT count(*) FILTER (WHERE opened = 0) AS added,"
                " count(*) FILTER (WHERE opened <> 0) AS changed FROM due"
            ),
            {"now": uow.now, "actor": uow.actor},
        )
    ).one()
    return Change(found.added, found.changed)


_OPENED_FUNDS = """
    SELECT s.position, c.id AS customer_id, c.currency,
      coalesce(l.opened, 0) AS opened, coalesce(l.openings, 0) AS openings,
      coalesce(s.balance, 0) - coalesce(l.opened, 0) AS missing,
      coalesce(l.moved, false) AS moved
    FROM stage_customers AS s
    JOIN customers AS c ON c.code = s.customer_id
    LEFT JOIN (
      SELECT t.customer_id, sum(p.amount) FILTER (WHERE t.kind = 'OPENING') AS opened,
        count(*) FILTER (WHERE t.kind = 'OPENING') AS openings,
        bool_or(t.kind <> 'OPENING') AS moved
      FROM ledger_transactions AS t
      JOIN ledger_postings AS p ON p.transaction_id = t.id AND p.account = 'CUSTOMER_FUNDS'
      GROUP BY t.customer_id
    ) AS l ON l.customer_id = c.id
"""


async def settled_balances(uow: UnitOfWork) -> list[Settled]:
    """Staged balances that differ from the opening one although money has moved since (F1)."""
    rows = await uow.session.execute(
        text(
            f"SELECT position, opened FROM ({_OPENED_FUNDS}) AS o"  # noqa: S608 - our own query
            " WHERE missing <> 0 AND moved ORDER BY position"
        )
    )
    return [Settled(row.position, plain(row.opened)) for row in rows]


async def open_balances(uow: UnitOfWork) -> Change:
    """Post what is missing to the opening balances: double entry, one transaction a customer."""
    found = (
        await uow.session.execute(
            text(
                f"WITH due AS (SELECT * FROM ({_OPENED_FUNDS}) AS o WHERE missing <> 0),"  # noqa: S608 - our own query
                " entries AS (INSERT INTO ledger_transactions"
                " (customer_id, kind, reference, at, actor, memo)"
                " SELECT customer_id, 'OPENING', 'import ' || openings + 1, :now, :actor,"
                " 'opening balance of the import' FROM due ORDER BY customer_id"
                " RETURNING id, customer_id),"
                " posted AS (INSERT INTO ledger_postings"
                " (transaction_id, customer_id, account, amount, currency)"
                " SELECT e.id, e.customer_id, side.account, side.sign * d.missing, d.currency"
                " FROM entries AS e JOIN due AS d ON d.customer_id = e.customer_id"
                " CROSS JOIN (VALUES ('CUSTOMER_FUNDS', 1), ('OPENING_BALANCE', -1))"
                " AS side (account, sign) ORDER BY e.id, side.sign DESC),"
                " held AS (INSERT INTO customer_funds (customer_id, currency, balance)"
                " SELECT customer_id, currency, missing FROM due ORDER BY customer_id"
                " ON CONFLICT (customer_id) DO UPDATE"
                " SET balance = customer_funds.balance + excluded.balance,"
                " version = customer_funds.version + 1)"
                " SELECT count(*) FILTER (WHERE openings = 0) AS added,"
                " count(*) FILTER (WHERE openings > 0) AS changed FROM due"
            ),
            {"now": uow.now, "actor": uow.actor},
        )
    ).one()
    return Change(found.added, found.changed)


async def set_funds_state(uow: UnitOfWork, *, blocked: bool, confirmed: bool) -> Change:
    """Keep for every staged customer whether it is blocked and when its figures were confirmed.

    blocked, confirmed: whether the input has that column; otherwise what is known stays.
    """
    changes = []
    if blocked:
        changes.append("blocked = excluded.blocked")
    if confirmed:
        changes.append("confirmed_on = excluded.confirmed_on")
    if changes:
        names = [change.split(" ")[0] for change in changes]
        ours = ", ".join(f"customer_funds.{name}" for name in names)
        theirs = ", ".join(f"excluded.{name}" for name in names)
        action = (
            f"UPDATE SET {', '.join(changes)}, version = customer_funds.version + 1"
            f" WHERE ({ours}) IS DISTINCT FROM ({theirs})"
        )
    else:
        action = "NOTHING"
    rows = await uow.session.scalars(
        text(
            "INSERT INTO customer_funds (customer_id, currency, blocked, confirmed_on)"  # noqa: S608 - our own names
            " SELECT c.id, c.currency, s.blocked, s.confirmed_on FROM stage_customers AS s"
            " JOIN customers AS c ON c.code = s.customer_id ORDER BY c.id"
            f" ON CONFLICT (customer_id) DO {action} RETURNING xmax = 0"
        )
    )
    added = rows.all()
    return Change(sum(added), len(added) - sum(added))


async def other_currencies(uow: UnitOfWork, currency: str) -> list[tuple[int, str]]:
    """Staged customers that the database knows in another currency, and in which."""
    rows = await uow.session.execute(
        text(
            "SELECT s.position, c.currency FROM stage_customers AS s"
            " JOIN customers AS c ON c.code = s.customer_id"
            " WHERE c.currency <> coalesce(s.currency, :currency) ORDER BY s.position"
        ),
        {"currency": currency},
    )
    return [(row.position, row.currency) for row in rows]


async def set_guarantees(uow: UnitOfWork) -> Change:
    """Give the staged guarantees; one that changed ends and is given again (F2).

    A guarantee that ended since, because its order was paid, is not given again by the same figure.
    """
    found = (
        await uow.session.execute(
            text(
                """
                WITH latest AS (
                  SELECT DISTINCT ON (customer_id) id, customer_id, amount, ended_at
                  FROM guarantees WHERE given_by = :by_import ORDER BY customer_id, id DESC
                ), due AS (
                  SELECT c.id AS customer_id, coalesce(s.guarantee, 0) AS amount, g.id AS earlier
                  FROM stage_customers AS s
                  JOIN customers AS c ON c.code = s.customer_id
                  LEFT JOIN latest AS g ON g.customer_id = c.id
                  WHERE coalesce(s.guarantee, 0) <> coalesce(g.amount, 0)
                    AND NOT (coalesce(s.guarantee, 0) = 0 AND g.ended_at IS NOT NULL)
                ), ended AS (
                  UPDATE guarantees AS g SET ended_at = :now FROM due
                  WHERE g.id = due.earlier AND g.ended_at IS NULL
                ), given AS (
                  INSERT INTO guarantees (customer_id, given_by, amount, created_at)
                  SELECT customer_id, :by_import, amount, :now FROM due WHERE amount > 0
                  ORDER BY customer_id
                )
                SELECT count(*) FILTER (WHERE earlier IS NULL) AS added,
                  count(*) FILTER (WHERE earlier IS NOT NULL) AS changed FROM due
                """
            ),
            {"now": uow.now, "by_import": BY_IMPORT},
        )
    ).one()
    return Change(found.added, found.changed)
