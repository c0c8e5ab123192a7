"""The customer's account that pays an order: what stands in it, and its currency (F1, O4)."""

from sqlalchemy import text

from persistence.unit_of_work import UnitOfWork

_BONDS = text(
    """
    SELECT bond FROM (
      SELECT 1 AS place, 'has entries in its ledger' AS bond WHERE EXISTS (
        SELECT FROM ledger_postings WHERE customer_id = :customer_id)
      UNION ALL
      SELECT 2, 'has other orders' WHERE EXISTS (
        SELECT FROM orders WHERE customer_id = :customer_id AND id <> :order_id
          AND status NOT IN ('CANCELLED', 'REJECTED'))
      UNION ALL
      SELECT 3, 'has a credit limit' WHERE EXISTS (
        SELECT FROM customers WHERE id = :customer_id AND credit_limit <> 0)
      UNION ALL
      SELECT 4, 'has an open guarantee' WHERE EXISTS (
        SELECT FROM guarantees WHERE customer_id = :customer_id AND ended_at IS NULL)
      UNION ALL
      SELECT 5, 'has an extension of payment' WHERE EXISTS (
        SELECT FROM payment_extensions WHERE customer_id = :customer_id)
      UNION ALL
      SELECT 6, format('is on the price plan %s', plan.code)
      FROM customers JOIN price_plans AS plan ON plan.id = customers.price_plan_id
      WHERE customers.id = :customer_id AND plan.currency = customers.currency
    ) AS found ORDER BY place
    """
)
# Money first and its customer after, as every writer locks them. Who books the first money of a
# customer makes the row of its account, and is waited for here.
_LOCK = (
    text(
        "INSERT INTO customer_funds (customer_id, currency)"
        " SELECT id, currency FROM customers WHERE id = :customer_id ON CONFLICT DO NOTHING"
    ),
    text("SELECT 1 FROM customer_funds WHERE customer_id = :customer_id FOR NO KEY UPDATE"),
    # Who places an order reads the customer under a lock of its own.
    text("SELECT 1 FROM customers WHERE id = :customer_id FOR NO KEY UPDATE"),
)
_MOVE = (
    text("UPDATE customers SET currency = :currency WHERE id = :customer_id"),
    text("UPDATE customer_funds SET currency = :currency WHERE customer_id = :customer_id"),
)


async def account_bonds(uow: UnitOfWork, customer_id: int, order_id: int) -> tuple[str, ...]:
    """What stands in a customer's account beside one order, in words."""
    values = {"customer_id": customer_id, "order_id": order_id}
    return tuple(await uow.session.scalars(_BONDS, values))


async def move_account(
    uow: UnitOfWork, customer_id: int, order_id: int, currency: str
) -> tuple[str, ...]:
    """Keep an account in another currency from now on, if nothing stands in it beside one order.

    What does, once nobody else can write to it; then nothing was moved.
    """
    for statement in _LOCK:
        await uow.session.execute(statement, {"customer_id": customer_id})
    bonds = await account_bonds(uow, customer_id, order_id)
    if bonds:
        return bonds
    for statement in _MOVE:
        values = {"customer_id": customer_id, "currency": currency}
        await uow.session.execute(statement, values)
    return ()
