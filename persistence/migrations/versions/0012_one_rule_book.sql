-- The rows below are everybody's; row security would hide them even from the owner.
SELECT set_config('app.scope', 'all', true);

-- Room for the three decimals that some currencies have.
ALTER TABLE customer_funds
    ALTER COLUMN balance TYPE NUMERIC(19, 3),
    ALTER COLUMN held TYPE NUMERIC(19, 3);
ALTER TABLE customers
    ALTER COLUMN credit_limit TYPE NUMERIC(19, 3);
ALTER TABLE fund_holds
    ALTER COLUMN amount TYPE NUMERIC(19, 3);
ALTER TABLE guarantees
    ALTER COLUMN amount TYPE NUMERIC(19, 3);
ALTER TABLE ledger_postings
    ALTER COLUMN amount TYPE NUMERIC(19, 3);
ALTER TABLE order_changes
    ALTER COLUMN loss TYPE NUMERIC(19, 3),
    ALTER COLUMN cost_effect TYPE NUMERIC(19, 3);
ALTER TABLE order_gate_entries
    ALTER COLUMN amount TYPE NUMERIC(19, 3);
ALTER TABLE order_lines
    ALTER COLUMN amount TYPE NUMERIC(19, 3);
ALTER TABLE order_lives
    ALTER COLUMN stated_total TYPE NUMERIC(19, 3),
    ALTER COLUMN deposit_paid TYPE NUMERIC(19, 3),
    ALTER COLUMN deposit_forfeited TYPE NUMERIC(19, 3);
ALTER TABLE orders
    ALTER COLUMN total TYPE NUMERIC(19, 3),
    ALTER COLUMN min_ship_value TYPE NUMERIC(19, 3);
ALTER TABLE payment_extensions
    ALTER COLUMN amount TYPE NUMERIC(19, 3);
ALTER TABLE penalties
    ALTER COLUMN amount TYPE NUMERIC(19, 3);
ALTER TABLE people
    ALTER COLUMN guarantee_quota TYPE NUMERIC(19, 3);

-- What was kept in hundredths of a currency that has none. Amounts that rules made are made again.
UPDATE order_lines AS line
   SET amount = rounded_amount(line.unit_price * line.units_ordered, orders.currency)
  FROM orders
 WHERE orders.id = line.order_id AND NOT amount_fits(line.amount, orders.currency);
UPDATE orders
   SET total = (SELECT coalesce(sum(line.amount), 0) FROM order_lines AS line
                 WHERE line.order_id = orders.id)
 WHERE NOT amount_fits(total, currency);
UPDATE orders SET min_ship_value = rounded_amount(min_ship_value, currency)
 WHERE NOT amount_fits(min_ship_value, currency);
UPDATE customers SET credit_limit = trunc(credit_limit) WHERE NOT amount_fits(credit_limit, currency);
UPDATE penalties SET amount = rounded_amount(amount, currency) WHERE NOT amount_fits(amount, currency);
-- Money that has moved is nobody's to round.
DO $$
DECLARE
  found text;
BEGIN
  SELECT string_agg(format('%s %s of customer %s', trim_scale(amount), currency, code), ', ')
    INTO found FROM (
      SELECT DISTINCT posting.amount, posting.currency, customer.code
        FROM ledger_postings AS posting JOIN customers AS customer ON customer.id = posting.customer_id
       WHERE NOT amount_fits(posting.amount, posting.currency) AND posting.amount > 0
       ORDER BY customer.code, posting.amount LIMIT 20) AS postings;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'Movements of money are finer than their currency: %. Correct them first, as '
      'docs/reference/amounts.md says; nothing was changed.', found;
  END IF;
END $$;
ALTER TABLE customers ADD CONSTRAINT ck_customers_minor_unit
    CHECK (amount_fits(credit_limit, currency));
ALTER TABLE orders ADD CONSTRAINT ck_orders_minor_unit
    CHECK (amount_fits(total, currency) AND amount_fits(min_ship_value, currency));
ALTER TABLE ledger_postings ADD CONSTRAINT ck_ledger_postings_minor_unit
    CHECK (amount_fits(amount, currency));
ALTER TABLE fund_holds ADD CONSTRAINT ck_fund_holds_minor_unit
    CHECK (amount_fits(amount, currency));
ALTER TABLE penalties ADD CONSTRAINT ck_penalties_minor_unit
    CHECK (amount_fits(amount, currency));

-- Of two spellings of one number, the second is the first.
DO $$
DECLARE
  found text;
BEGIN
  SELECT string_agg(format('%s %s', what, numbers), '; ') INTO found FROM (
    SELECT what, string_agg(quote_literal(number), ' and ' ORDER BY id) AS numbers FROM (
      SELECT 'orders' AS what, id, 0::bigint AS owner, order_number AS number FROM orders
      UNION ALL SELECT 'goods receipts', id, 0, receipt_number FROM goods_receipts
      UNION ALL SELECT 'shipments', id, 0, shipment_number FROM shipments
      UNION ALL SELECT 'bank slips', id, customer_id, reference FROM ledger_transactions
       WHERE kind = 'RECEIPT'
      UNION ALL SELECT 'bank slips of deposits', id, customer_id, reference FROM ledger_transactions
       WHERE kind = 'DEPOSIT') AS documents
    GROUP BY what, owner, document_key(number) HAVING count(*) > 1
    ORDER BY what, min(id) LIMIT 20) AS same;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION 'Some numbers differ only by spaces, case or signs that nobody sees, and are one '
      'number from now on: %. Give all but one of each another number first, as '
      'docs/reference/document-numbers.md says; nothing was changed.', found;
  END IF;
END $$;
-- Kept in a column: row security lets no index over a function of ours be used for a look-up.
ALTER TABLE orders ADD COLUMN order_number_key TEXT
    GENERATED ALWAYS AS (document_key(order_number)) STORED NOT NULL;
ALTER TABLE orders ADD CONSTRAINT uq_orders_order_number_key UNIQUE (order_number_key);
ALTER TABLE goods_receipts ADD COLUMN receipt_number_key TEXT
    GENERATED ALWAYS AS (document_key(receipt_number)) STORED NOT NULL;
ALTER TABLE goods_receipts
    ADD CONSTRAINT uq_goods_receipts_receipt_number_key UNIQUE (receipt_number_key);
ALTER TABLE shipments ADD COLUMN shipment_number_key TEXT
    GENERATED ALWAYS AS (document_key(shipment_number)) STORED NOT NULL;
ALTER TABLE shipments ADD CONSTRAINT uq_shipments_shipment_number_key UNIQUE (shipment_number_key);
CREATE UNIQUE INDEX uq_ledger_transactions_slip ON ledger_transactions (customer_id, kind, document_key(reference))
    WHERE kind IN ('RECEIPT', 'DEPOSIT');
