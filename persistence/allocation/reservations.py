"""Reservations in the database: those due to end."""

from sqlalchemy import text

from persistence.unit_of_work import UnitOfWork

# Orders' lines, then stock: the order of locks that every writer keeps.
_LOCK_DUE = text(
    """
    SELECT due.id FROM reservations AS due
    JOIN order_lines AS line ON line.id = due.order_line_id
    WHERE due.status = 'ACTIVE' AND due.expires_at <= :now
    ORDER BY line.id, due.id
    FOR UPDATE OF line, due
    """
)

_LOCK_STOCK = text(
    """
    SELECT 1 FROM stock
    WHERE EXISTS (SELECT 1 FROM reservations AS due
      WHERE due.id = ANY(CAST(:due AS bigint[]))
        AND due.warehouse_id = stock.warehouse_id AND due.sku_id = stock.sku_id)
    ORDER BY stock.warehouse_id, stock.sku_id
    FOR UPDATE
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


async def expire_due(uow: UnitOfWork) -> int:
    """End every active reservation that is due and give its units back; how many there were."""
    session = uow.session
    due = list(await session.scalars(_LOCK_DUE, {"now": uow.now}))
    if not due:
        return 0
    await session.execute(_LOCK_STOCK, {"due": due})
    await session.execute(_END, {"due": due, "now": uow.now})
    await session.execute(_LINES, {"due": due})
    await session.execute(_STOCK, {"due": due})
    await session.execute(_EVENTS, {"due": due, "now": uow.now, "actor": uow.actor})
    return len(due)
