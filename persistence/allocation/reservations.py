"""Reservations in the database: those due to end."""

from dataclasses import dataclass

from sqlalchemy import text

from persistence.unit_of_work import UnitOfWork

# In the order of `persistence.lock_order`.
_DUE = text(
    """
    SELECT due.id FROM reservations AS due
    WHERE due.status = 'ACTIVE' AND due.expires_at <= :now
    ORDER BY due.expires_at, due.id LIMIT :most
    """
)

_LOCK_ORDERS = text(
    """
    SELECT count(*) FROM (
      SELECT id FROM orders WHERE id IN (
        SELECT line.order_id FROM reservations AS due
        JOIN order_lines AS line ON line.id = due.order_line_id
        WHERE due.id = ANY(CAST(:due AS bigint[])))
      ORDER BY id
      FOR NO KEY UPDATE
    ) AS locked
    """
)

_LOCK_DUE = text(
    """
    SELECT due.id FROM reservations AS due
    JOIN order_lines AS line ON line.id = due.order_line_id
    WHERE due.id = ANY(CAST(:due AS bigint[])) AND due.status = 'ACTIVE'
    ORDER BY line.id, due.id
    FOR NO KEY UPDATE OF line, due
    """
)

_LOCK_STOCK = text(
    """
    SELECT stock.sku_id FROM stock
    WHERE EXISTS (SELECT 1 FROM reservations AS due
      WHERE due.id = ANY(CAST(:due AS bigint[]))
        AND due.warehouse_id = stock.warehouse_id AND due.sku_id = stock.sku_id)
    ORDER BY stock.warehouse_id, stock.sku_id
    FOR NO KEY UPDATE
    """
)

_END = text(
    """
    UPDATE reservations SET status = 'EXPIRED', ended_at = :now
    WHERE id = ANY(CAST(:due AS bigint[]))
    """
)

_LINES = text(
    """
    UPDATE order_lines AS line
    SET units_reserved = line.units_reserved - ended.units, may_reserve = false
    FROM (SELECT order_line_id, sum(units)::bigint AS units FROM reservations
          WHERE id = ANY(CAST(:due AS bigint[])) GROUP BY order_line_id) AS ended
    WHERE line.id = ended.order_line_id
    """
)

_STOCK = text(
    """
    UPDATE stock SET units_reserved = stock.units_reserved - ended.units
    FROM (SELECT warehouse_id, sku_id, sum(units)::bigint AS units FROM reservations
          WHERE id = ANY(CAST(:due AS bigint[])) GROUP BY warehouse_id, sku_id) AS ended
    WHERE stock.warehouse_id = ended.warehouse_id AND stock.sku_id = ended.sku_id
    """
)

_EVENTS = text(
    """
    INSERT INTO order_events (order_id, customer_id, at, kind, actor, after)
    SELECT line.order_id, ended.customer_id, :now, 'RESERVATION_EXPIRED', :actor,
      jsonb_build_object('units', sum(ended.units))
    FROM reservations AS ended
    JOIN order_lines AS line ON line.id = ended.order_line_id
    WHERE ended.id = ANY(CAST(:due AS bigint[]))
    GROUP BY line.order_id, ended.customer_id
    ORDER BY line.order_id
    """
)


@dataclass(frozen=True)
class Freed:
    """How many reservations ended, and the SKUs whose units came back."""

    reservations: int
    skus: list[int]


async def expire_due(uow: UnitOfWork, most: int) -> Freed:
    """End active reservations that are due and give their units back: up to `most` at once."""
    session = uow.session
    due = list(await session.scalars(_DUE, {"now": uow.now, "most": most}))
    if not due:
        return Freed(0, [])
    await session.execute(_LOCK_ORDERS, {"due": due})
    # Those that another transaction has ended meanwhile are no longer among them.
    due = list(await session.scalars(_LOCK_DUE, {"due": due}))
    skus = sorted(set(await session.scalars(_LOCK_STOCK, {"due": due})))
    await session.execute(_END, {"due": due, "now": uow.now})
    await session.execute(_LINES, {"due": due})
    await session.execute(_STOCK, {"due": due})
    await session.execute(_EVENTS, {"due": due, "now": uow.now, "actor": uow.actor})
    return Freed(len(due), skus)
