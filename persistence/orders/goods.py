"""An order's goods: given back when it is cancelled, issued when it is shipped (F4, O14).

The caller has locked the order and its lines; reservations, funds and stock are locked here.
"""

from sqlalchemy import TextClause, text

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
_PICKED_UNITS = """
    SELECT s.warehouse_id, goods.sku_id, sum(goods.units)::bigint AS units
    FROM shipments AS s JOIN shipment_lines AS goods ON goods.shipment_id = s.id
    WHERE s.order_id = :order_id AND s.status = 'PICKING'
    GROUP BY s.warehouse_id, goods.sku_id
"""
_OPEN_HOLDS = """
    SELECT hold.* FROM fund_holds AS hold JOIN shipments AS s ON s.id = hold.shipment_id
    WHERE s.order_id = :order_id AND s.status = 'PICKING' AND hold.status = 'HELD'
"""

# What comes back when an order is called off.
_RELEASE_TRANSACTIONS = text(
    f"""
    INSERT INTO ledger_transactions (customer_id, kind, reference, at, actor, memo)
    SELECT hold.customer_id, 'HOLD_RELEASE', s.shipment_number, :now, :actor, :memo
    FROM ({_OPEN_HOLDS}) AS hold JOIN shipments AS s ON s.id = hold.shipment_id ORDER BY s.id
    """  # noqa: S608 - our own query
)
_RELEASE_POSTINGS = text(
    f"""
    INSERT INTO ledger_postings (transaction_id, customer_id, account, amount, currency)
    SELECT entry.id, hold.customer_id, side.account, side.sign * hold.amount, hold.currency
    FROM ({_OPEN_HOLDS}) AS hold JOIN shipments AS s ON s.id = hold.shipment_id
    JOIN ledger_transactions AS entry ON entry.customer_id = hold.customer_id
      AND entry.kind = 'HOLD_RELEASE' AND entry.reference = s.shipment_number
    CROSS JOIN (VALUES ('CUSTOMER_FUNDS', 1), ('CUSTOMER_HOLDS', -1)) AS side (account, sign)
    ORDER BY entry.id, side.sign
    """  # noqa: S608 - our own query
)
_RELEASE_FUNDS = text(
    f"""
    UPDATE customer_funds AS funds
    SET balance = funds.balance + used.amount, held = funds.held - used.amount,
      version = funds.version + 1
    FROM (SELECT customer_id, sum(amount) AS amount FROM ({_OPEN_HOLDS}) AS hold
          GROUP BY customer_id) AS used
    WHERE funds.customer_id = used.customer_id
    """  # noqa: S608 - our own query
)
_RELEASE_STOCK = text(
    f"""
    UPDATE stock SET units_held = units_held - picked.units FROM ({_PICKED_UNITS}) AS picked
    WHERE stock.warehouse_id = picked.warehouse_id AND stock.sku_id = picked.sku_id
    """  # noqa: S608 - our own query
)
_RELEASE_RESERVED_STOCK = text(
    """
    UPDATE stock SET units_reserved = units_reserved - kept.units
    FROM (SELECT r.warehouse_id, r.sku_id, sum(r.units)::bigint AS units
          FROM reservations AS r JOIN order_lines AS line ON line.id = r.order_line_id
          WHERE line.order_id = :order_id AND r.status = 'ACTIVE'
          GROUP BY r.warehouse_id, r.sku_id) AS kept
    WHERE stock.warehouse_id = kept.warehouse_id AND stock.sku_id = kept.sku_id
    """
)
_END_HOLDS = text(
    """
    UPDATE fund_holds SET status = 'RELEASED'
    FROM shipments AS s
    WHERE s.id = fund_holds.shipment_id AND s.order_id = :order_id AND s.status = 'PICKING'
      AND fund_holds.status = 'HELD'
    """
)
_END_RESERVATIONS = text(
    """
    UPDATE reservations SET status = 'RELEASED', ended_at = :now
    FROM order_lines AS line
    WHERE line.id = reservations.order_line_id AND line.order_id = :order_id
      AND reservations.status = 'ACTIVE'
    """
)
_END_SHIPMENTS = text(
    "UPDATE shipments SET status = 'CANCELLED' WHERE order_id = :order_id AND status = 'PICKING'"
)
_END_LINES = text(
    "UPDATE order_lines SET units_held = 0, units_reserved = 0 WHERE order_id = :order_id"
)
_END_GUARANTEES = text(
    "UPDATE guarantees SET ended_at = :now WHERE order_id = :order_id AND ended_at IS NULL"
)

_GIVE_BACK: tuple[TextClause, ...] = (
    _RELEASE_TRANSACTIONS,
    _RELEASE_POSTINGS,
    _RELEASE_FUNDS,
    _END_HOLDS,
    _RELEASE_STOCK,
    _RELEASE_RESERVED_STOCK,
    _END_RESERVATIONS,
    _END_SHIPMENTS,
    _END_LINES,
    _END_GUARANTEES,
)

# Only what is being picked comes back when its price has risen above what was held for it.
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
_END_PICKED_LINES = text("UPDATE order_lines SET units_held = 0 WHERE order_id = :order_id")
_GIVE_BACK_PICKS: tuple[TextClause, ...] = (
    _RELEASE_TRANSACTIONS,
    _RELEASE_POSTINGS,
    _RELEASE_FUNDS,
    _END_HOLDS,
    _RELEASE_STOCK,
    _END_SHIPMENTS,
    _END_PICKED_LINES,
)

# What leaves when an order is shipped: stock and its movements, and the held money as a debit.
_ISSUE_MOVEMENTS = text(
    """
    INSERT INTO stock_movements (warehouse_id, sku_id, units, kind, shipment_id, at, actor)
    SELECT s.warehouse_id, goods.sku_id, -sum(goods.units)::bigint, 'ISSUE', s.id, :now, :actor
    FROM shipments AS s JOIN shipment_lines AS goods ON goods.shipment_id = s.id
    WHERE s.order_id = :order_id AND s.status = 'PICKING'
    GROUP BY s.id, s.warehouse_id, goods.sku_id ORDER BY s.id, goods.sku_id
    """
)
_ISSUE_STOCK = text(
    f"""
    UPDATE stock SET units_on_hand = units_on_hand - picked.units,
      units_held = units_held - picked.units
    FROM ({_PICKED_UNITS}) AS picked
    WHERE stock.warehouse_id = picked.warehouse_id AND stock.sku_id = picked.sku_id
    """  # noqa: S608 - our own query
)
# The debit is the lines' exact price; what the hold had rounded up goes back to the funds.
_ISSUE_TRANSACTIONS = text(
    f"""
    INSERT INTO ledger_transactions (customer_id, kind, reference, at, actor, memo)
    SELECT hold.customer_id, 'GOODS_ISSUE', s.shipment_number, :now, :actor, 'Goods issued'
    FROM ({_OPEN_HOLDS}) AS hold JOIN shipments AS s ON s.id = hold.shipment_id ORDER BY s.id
    """  # noqa: S608 - our own query
)
# Half-even to the minor unit, as an order's lines are.
_PRICE = "rounded_amount(line.unit_price * goods.units, hold.currency)"
_DEBITS = f"""
    SELECT hold.id, hold.customer_id, hold.currency, hold.amount AS held, s.shipment_number,
      (SELECT sum({_PRICE})
       FROM shipment_lines AS goods JOIN order_lines AS line ON line.id = goods.order_line_id
       WHERE goods.shipment_id = s.id) AS price
    FROM ({_OPEN_HOLDS}) AS hold JOIN shipments AS s ON s.id = hold.shipment_id
"""  # noqa: S608 - our own query
_ISSUE_POSTINGS = text(
    f"""
    INSERT INTO ledger_postings (transaction_id, customer_id, account, amount, currency)
    SELECT entry.id, debit.customer_id, side.account, side.amount, debit.currency
    FROM ({_DEBITS}) AS debit
    JOIN ledger_transactions AS entry ON entry.customer_id = debit.customer_id
      AND entry.kind = 'GOODS_ISSUE' AND entry.reference = debit.shipment_number
    CROSS JOIN LATERAL (VALUES ('CUSTOMER_HOLDS', -debit.held), ('SALES', debit.price),
      ('CUSTOMER_FUNDS', debit.held - debit.price)) AS side (account, amount)
    WHERE side.amount <> 0
    ORDER BY entry.id, side.account
    """  # noqa: S608 - our own query
)
_ISSUE_FUNDS = text(
    f"""
    UPDATE customer_funds AS funds
    SET held = funds.held - used.held, balance = funds.balance + used.held - used.price,
      version = funds.version + 1
    FROM (SELECT customer_id, sum(held) AS held, sum(price) AS price FROM ({_DEBITS}) AS debit
          GROUP BY customer_id) AS used
    WHERE funds.customer_id = used.customer_id
    """  # noqa: S608 - our own query
)
_DEBIT_HOLDS = text(
    """
    UPDATE fund_holds SET status = 'DEBITED'
    FROM shipments AS s
    WHERE s.id = fund_holds.shipment_id AND s.order_id = :order_id AND s.status = 'PICKING'
      AND fund_holds.status = 'HELD'
    """
)
_ISSUE_LINES = text(
    """
    UPDATE order_lines AS line
    SET units_held = line.units_held - sent.units, units_shipped = line.units_shipped + sent.units
    FROM (SELECT goods.order_line_id, sum(goods.units)::bigint AS units
          FROM shipments AS s JOIN shipment_lines AS goods ON goods.shipment_id = s.id
          WHERE s.order_id = :order_id AND s.status = 'PICKING'
          GROUP BY goods.order_line_id) AS sent
    WHERE line.id = sent.order_line_id
    """
)
_ISSUE_SHIPMENTS = text(
    """
    UPDATE shipments SET status = 'DISPATCHED', shipped_at = :now
    WHERE order_id = :order_id AND status = 'PICKING'
    """
)

_ISSUE: tuple[TextClause, ...] = (
    _ISSUE_TRANSACTIONS,
    _ISSUE_POSTINGS,
    _ISSUE_FUNDS,
    _DEBIT_HOLDS,
    _ISSUE_MOVEMENTS,
    _ISSUE_STOCK,
    _ISSUE_LINES,
    _ISSUE_SHIPMENTS,
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
    return await _carry_out(uow, order_id, _GIVE_BACK, memo)


async def give_back_uncovered(uow: UnitOfWork, order_id: int, memo: str) -> list[int]:
    """Release what is being picked for an order where its hold no longer covers its price.

    None while every hold still covers its goods; then nothing changes. Reservations stay, since
    they hold no money. The SKUs whose units came back.
    """
    if not await uow.session.scalar(_UNCOVERED, {"order_id": order_id}):
        return []
    return await _carry_out(uow, order_id, _GIVE_BACK_PICKS, memo)


async def issue_goods(uow: UnitOfWork, order_id: int) -> None:
    """Send out what is being picked for an order: stock goes down, held money becomes a debit."""
    await _carry_out(uow, order_id, _ISSUE)


async def arrive(uow: UnitOfWork, order_id: int) -> None:
    """All that was sent out for an order has arrived."""
    await _carry_out(uow, order_id, (_ARRIVE,))


async def _carry_out(
    uow: UnitOfWork, order_id: int, statements: tuple[TextClause, ...], memo: str | None = None
) -> list[int]:
    """The SKUs whose stock was locked, as they are being picked or reserved for the order."""
    values = {"order_id": order_id, "now": uow.now, "actor": uow.actor, "memo": memo}
    await uow.session.execute(_LOCK_RESERVATIONS, {"order_id": order_id})
    await uow.session.execute(_LOCK_FUNDS, {"order_id": order_id})
    skus = sorted(set(await uow.session.scalars(_LOCK_STOCK, {"order_id": order_id})))
    for statement in statements:
        named = statement.compile().params
        await uow.session.execute(statement, {key: values[key] for key in named})
    return skus
