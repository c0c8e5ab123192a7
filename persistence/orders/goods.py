"""An order's goods: given back when it is cancelled, issued when it is shipped (F4, O14).

The caller has locked the order and its lines; reservations, funds and stock are locked here.
"""

from sqlalchemy import text

from persistence.unit_of_work import UnitOfWork

_LOCK_RESERVATIONS = text(
    """
    SELECT kept.id FROM reservations AS kept
    JOIN order_lines AS line ON line.id = kept.order_line_id
    WHERE line.order_id = :order_id AND kept.status = 'ACTIVE'
    ORDER BY kept.id FOR NO KEY UPDATE OF kept
    """
)
_LOCK_FUNDS = text(
    """
    SELECT 1 FROM customer_funds AS funds JOIN orders ON orders.customer_id = funds.customer_id
    WHERE orders.id = :order_id FOR NO KEY UPDATE OF funds
    """
)
_LOCK_STOCK = text(
    """
    SELECT stock.sku_id FROM stock
    WHERE EXISTS (SELECT 1 FROM shipments AS s JOIN shipment_lines AS goods
        ON goods.shipment_id = s.id
      WHERE s.order_id = :order_id AND s.status = 'PICKING'
        AND s.warehouse_id = stock.warehouse_id AND goods.sku_id = stock.sku_id)
      OR EXISTS (SELECT 1 FROM reservations AS kept
        JOIN order_lines AS line ON line.id = kept.order_line_id
      WHERE line.order_id = :order_id AND kept.status = 'ACTIVE'
        AND kept.warehouse_id = stock.warehouse_id AND kept.sku_id = stock.sku_id)
    ORDER BY stock.warehouse_id, stock.sku_id
    FOR NO KEY UPDATE
    """
)

# Parts of one statement each. All of them read what was there before it, and no row is changed by
# two of them; what they change is locked, or hangs on the locked order alone.
_PICKED = """
    picking AS (
      SELECT s.id, s.shipment_number, s.warehouse_id FROM shipments AS s
      WHERE s.order_id = :order_id AND s.status = 'PICKING'),
    picked AS (
      SELECT picking.id AS shipment_id, picking.warehouse_id, goods.sku_id, goods.order_line_id,
        goods.units
      FROM picking JOIN shipment_lines AS goods ON goods.shipment_id = picking.id),
    holds AS (
      SELECT hold.id, hold.customer_id, hold.currency, hold.amount, hold.shipment_id,
        picking.shipment_number
      FROM fund_holds AS hold JOIN picking ON picking.id = hold.shipment_id
      WHERE hold.status = 'HELD')
"""
# What comes back when an order is called off, or a price rises above what was held.
_RELEASE_MONEY = """
    entries AS (
      INSERT INTO ledger_transactions (customer_id, kind, reference, at, actor, memo)
      SELECT customer_id, 'HOLD_RELEASE', shipment_number, :now, :actor, :memo
      FROM holds ORDER BY shipment_id
      RETURNING id, customer_id, reference),
    postings AS (
      INSERT INTO ledger_postings (transaction_id, customer_id, account, amount, currency)
      SELECT entries.id, holds.customer_id, side.account, side.sign * holds.amount, holds.currency
      FROM holds JOIN entries ON entries.customer_id = holds.customer_id
        AND entries.reference = holds.shipment_number
      CROSS JOIN (VALUES ('CUSTOMER_FUNDS', 1), ('CUSTOMER_HOLDS', -1)) AS side (account, sign)
      ORDER BY entries.id, side.sign),
    funds AS (
      UPDATE customer_funds AS funds
      SET balance = funds.balance + used.amount, held = funds.held - used.amount,
        version = funds.version + 1
      FROM (SELECT customer_id, sum(amount) AS amount FROM holds GROUP BY customer_id) AS used
      WHERE funds.customer_id = used.customer_id),
    ended_holds AS (
      UPDATE fund_holds SET status = 'RELEASED' FROM holds WHERE fund_holds.id = holds.id),
    ended_shipments AS (
      UPDATE shipments SET status = 'CANCELLED' FROM picking WHERE shipments.id = picking.id)
"""
_RELEASE_STOCK = """
    freed AS (
      UPDATE stock SET units_held = stock.units_held - kept.held,
        units_reserved = stock.units_reserved - kept.reserved
      FROM (SELECT warehouse_id, sku_id, sum(held)::bigint AS held,
              sum(reserved)::bigint AS reserved
            FROM (SELECT warehouse_id, sku_id, units AS held, 0 AS reserved FROM picked
                  UNION ALL
                  SELECT warehouse_id, sku_id, 0, units FROM reserved) AS each
            GROUP BY warehouse_id, sku_id) AS kept
      WHERE stock.warehouse_id = kept.warehouse_id AND stock.sku_id = kept.sku_id)
"""
_GIVE_BACK = text(
    f"""
    WITH {_PICKED}, {_RELEASE_MONEY},
    reserved AS (
      UPDATE reservations SET status = 'RELEASED', ended_at = :now
      FROM order_lines AS line
      WHERE line.id = reservations.order_line_id AND line.order_id = :order_id
        AND reservations.status = 'ACTIVE'
      RETURNING reservations.warehouse_id, reservations.sku_id, reservations.units),
    {_RELEASE_STOCK},
    ended_guarantees AS (
      UPDATE guarantees SET ended_at = :now WHERE order_id = :order_id AND ended_at IS NULL)
    UPDATE order_lines SET units_held = 0, units_reserved = 0 WHERE order_id = :order_id
    """  # noqa: S608 - our own parts
)
_UNCOVERED = text(
    """
    SELECT EXISTS (
      SELECT 1 FROM shipments AS s
      JOIN shipment_lines AS goods ON goods.shipment_id = s.id
      JOIN order_lines AS line ON line.id = goods.order_line_id
      JOIN orders ON orders.id = s.order_id
      LEFT JOIN fund_holds AS hold ON hold.shipment_id = s.id AND hold.status = 'HELD'
      WHERE s.order_id = :order_id AND s.status = 'PICKING'
      GROUP BY s.id, hold.amount
      HAVING coalesce(hold.amount, 0)
        < sum(held_price(line.unit_price, orders.currency) * goods.units))
    """
)
# Only what is being picked comes back when its price has risen above what was held for it.
_GIVE_BACK_PICKS = text(
    f"""
    WITH {_PICKED}, {_RELEASE_MONEY},
    reserved AS (SELECT warehouse_id, sku_id, units FROM picked WHERE false),
    {_RELEASE_STOCK}
    UPDATE order_lines SET units_held = 0 WHERE order_id = :order_id
    """  # noqa: S608 - our own parts
)
# What leaves when an order is shipped: stock and its movements, and the held money as a debit. The
# debit is the lines' exact price, half-even to the minor unit as an order's lines are; what the
# hold had rounded up goes back to the funds.
_ISSUE = text(
    f"""
    WITH {_PICKED},
    debits AS (
      SELECT holds.id, holds.customer_id, holds.currency, holds.amount AS held, holds.shipment_id,
        holds.shipment_number,
        (SELECT sum(rounded_amount(line.unit_price * picked.units, holds.currency))
         FROM picked JOIN order_lines AS line ON line.id = picked.order_line_id
         WHERE picked.shipment_id = holds.shipment_id) AS price
      FROM holds),
    entries AS (
      INSERT INTO ledger_transactions (customer_id, kind, reference, at, actor, memo)
      SELECT customer_id, 'GOODS_ISSUE', shipment_number, :now, :actor, 'Goods issued'
      FROM debits ORDER BY shipment_id
      RETURNING id, customer_id, reference),
    postings AS (
      INSERT INTO ledger_postings (transaction_id, customer_id, account, amount, currency)
      SELECT entries.id, debit.customer_id, side.account, side.amount, debit.currency
      FROM debits AS debit JOIN entries ON entries.customer_id = debit.customer_id
        AND entries.reference = debit.shipment_number
      CROSS JOIN LATERAL (VALUES ('CUSTOMER_HOLDS', -debit.held), ('SALES', debit.price),
        ('CUSTOMER_FUNDS', debit.held - debit.price)) AS side (account, amount)
      WHERE side.amount <> 0
      ORDER BY entries.id, side.account),
    funds AS (
      UPDATE customer_funds AS funds
      SET held = funds.held - used.held, balance = funds.balance + used.held - used.price,
        version = funds.version + 1
      FROM (SELECT customer_id, sum(held) AS held, sum(price) AS price FROM debits
            GROUP BY customer_id) AS used
      WHERE funds.customer_id = used.customer_id),
    ended_holds AS (
      UPDATE fund_holds SET status = 'DEBITED' FROM debits WHERE fund_holds.id = debits.id),
    movements AS (
      INSERT INTO stock_movements (warehouse_id, sku_id, units, kind, shipment_id, at, actor)
      SELECT warehouse_id, sku_id, -sum(units)::bigint, 'ISSUE', shipment_id, :now, :actor
      FROM picked GROUP BY shipment_id, warehouse_id, sku_id ORDER BY shipment_id, sku_id),
    issued AS (
      UPDATE stock SET units_on_hand = stock.units_on_hand - sent.units,
        units_held = stock.units_held - sent.units
      FROM (SELECT warehouse_id, sku_id, sum(units)::bigint AS units FROM picked
            GROUP BY warehouse_id, sku_id) AS sent
      WHERE stock.warehouse_id = sent.warehouse_id AND stock.sku_id = sent.sku_id),
    lines AS (
      UPDATE order_lines AS line SET units_held = line.units_held - sent.units,
        units_shipped = line.units_shipped + sent.units
      FROM (SELECT order_line_id, sum(units)::bigint AS units FROM picked
            GROUP BY order_line_id) AS sent
      WHERE line.id = sent.order_line_id)
    UPDATE shipments SET status = 'DISPATCHED', shipped_at = :now
    FROM picking WHERE shipments.id = picking.id
    """  # noqa: S608 - our own parts
)
_ARRIVE = text(
    """
    UPDATE shipments SET status = 'DELIVERED', delivered_at = :now
    WHERE order_id = :order_id AND status = 'DISPATCHED'
    """
)


async def give_back(uow: UnitOfWork, order_id: int, memo: str) -> list[int]:
    """Release all that an order holds: stock, reservations, funds, guarantees.

    memo: why, for the ledger. The SKUs whose units came back.
    """
    skus = await _lock(uow, order_id)
    values = {"order_id": order_id, "now": uow.now, "actor": uow.actor, "memo": memo}
    await uow.session.execute(_GIVE_BACK, values)
    return skus


async def give_back_uncovered(uow: UnitOfWork, order_id: int, memo: str) -> list[int]:
    """Release what is being picked for an order where its hold no longer covers its price.

    Nothing changes while every hold still covers its goods. Reservations stay, since they hold no
    money. The SKUs whose units came back.
    """
    if not await uow.session.scalar(_UNCOVERED, {"order_id": order_id}):
        return []
    skus = await _lock(uow, order_id)
    values = {"order_id": order_id, "now": uow.now, "actor": uow.actor, "memo": memo}
    await uow.session.execute(_GIVE_BACK_PICKS, values)
    return skus


async def issue_goods(uow: UnitOfWork, order_id: int) -> None:
    """Send out what is being picked for an order: stock goes down, held money becomes a debit."""
    await _lock(uow, order_id)
    values = {"order_id": order_id, "now": uow.now, "actor": uow.actor}
    await uow.session.execute(_ISSUE, values)


async def arrive(uow: UnitOfWork, order_id: int) -> None:
    """All that was sent out for an order has arrived."""
    await uow.session.execute(_ARRIVE, {"order_id": order_id, "now": uow.now})


async def _lock(uow: UnitOfWork, order_id: int) -> list[int]:
    """Lock the reservations, funds and stock of an order's goods, each in a statement of its own.

    One after the other, since within a statement nothing says which lock is taken first. The SKUs
    whose stock was locked, as they are being picked or reserved for the order.
    """
    key = {"order_id": order_id}
    await uow.session.execute(_LOCK_RESERVATIONS, key)
    await uow.session.execute(_LOCK_FUNDS, key)
    return sorted(set(await uow.session.scalars(_LOCK_STOCK, key)))
