-- A run changes units held and reserved. No index hangs on them, and each page has room for a second
-- version of its lines, so that a line is rewritten beside itself and no index is touched.
DROP INDEX ix_order_lines_open;
CREATE INDEX ix_order_lines_open ON order_lines (sku_id, id) WHERE units_shipped < units_ordered;
ALTER TABLE order_lines SET (fillfactor = 50);
-- Shipment lines are read by their shipment or order line; nothing looked for them by customer.
DROP INDEX ix_shipment_lines_customer_id;
