-- The rows below are everybody's; row security would hide them even from the owner.
SELECT set_config('app.scope', 'all', true);

ALTER TABLE order_lines
    ALTER COLUMN sku_id DROP NOT NULL,
    ALTER COLUMN units_ordered DROP NOT NULL,
    ALTER COLUMN unit_price DROP NOT NULL,
    ALTER COLUMN amount DROP NOT NULL,
    ADD COLUMN stated_sku VARCHAR(64),
    ADD COLUMN dropped_by INTEGER,
    ADD CONSTRAINT ck_order_lines_one_sku CHECK (num_nonnulls(sku_id, stated_sku) <= 1),
    ADD CONSTRAINT ck_order_lines_amount CHECK ((amount IS NULL) = (units_ordered IS NULL OR unit_price IS NULL)),
    ADD CONSTRAINT ck_order_lines_complete CHECK (num_nulls(sku_id, units_ordered, unit_price) = 0 OR units_shipped + units_held + units_reserved = 0);

-- Orders that wait for their check: what the customer last said takes the place of what was checked
-- before. Nothing was ever given for these lines.
CREATE TEMP TABLE stated ON COMMIT DROP AS
SELECT orders.id AS order_id, orders.customer_id, orders.currency, (line ->> 'no')::integer AS line_no,
  sku.id AS sku_id, CASE WHEN sku.id IS NULL THEN line ->> 'sku' END AS stated_sku,
  (line ->> 'units')::bigint AS units, (line ->> 'unit_price')::numeric(18, 6) AS price,
  line ->> 'specification' AS specification
FROM orders
JOIN order_lives AS life ON life.order_id = orders.id
CROSS JOIN LATERAL jsonb_array_elements(life.stated_lines) AS line
LEFT JOIN skus AS sku ON sku.code = line ->> 'sku'
WHERE orders.status IN ('RECEIVED', 'NEEDS_INFO');
DELETE FROM order_lines AS line USING orders, order_lives AS life
WHERE orders.id = line.order_id AND life.order_id = orders.id
  AND orders.status IN ('RECEIVED', 'NEEDS_INFO')
  AND NOT EXISTS (SELECT FROM stated
    WHERE stated.order_id = line.order_id AND stated.line_no = line.line_no);
INSERT INTO order_lines (order_id, customer_id, line_no, sku_id, stated_sku, units_ordered,
  unit_price, amount, specification)
SELECT order_id, customer_id, line_no, sku_id, stated_sku, units, price,
  rounded_amount(units * price, currency),
  specification
FROM stated ORDER BY order_id, line_no
ON CONFLICT (order_id, line_no) DO UPDATE SET sku_id = excluded.sku_id,
  stated_sku = excluded.stated_sku, units_ordered = excluded.units_ordered,
  unit_price = excluded.unit_price, amount = excluded.amount,
  specification = excluded.specification;

ALTER TABLE order_lives DROP COLUMN stated_lines;

ALTER TABLE order_offers ADD COLUMN lapsed BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE order_offers ALTER COLUMN lapsed DROP DEFAULT;
ALTER TABLE order_doubts ADD COLUMN change_no INTEGER;
ALTER TABLE order_changes
    ADD COLUMN added JSONB NOT NULL DEFAULT '[]',
    ADD COLUMN delivery_address VARCHAR(2000),
    ADD COLUMN payment_terms VARCHAR(16),
    ADD COLUMN currency VARCHAR(3),
    ADD COLUMN min_ship_value NUMERIC(19, 3),
    ADD COLUMN new_total NUMERIC(19, 3),
    ALTER COLUMN cost_effect DROP NOT NULL;
ALTER TABLE order_changes ALTER COLUMN added DROP DEFAULT;
