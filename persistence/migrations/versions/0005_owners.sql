-- The rows below are everybody's; row security would hide them from the check of a new key.
SELECT set_config('app.scope', 'all', true);

-- A child's customer is its parent's: the keys hold what row security trusts.
ALTER TABLE shipments ADD CONSTRAINT uq_shipments_id_customer_id UNIQUE (id, customer_id);
ALTER TABLE shipment_lines ADD CONSTRAINT fk_shipment_lines_shipment_id_customer_id FOREIGN KEY(shipment_id, customer_id) REFERENCES shipments (id, customer_id);
ALTER TABLE tracking_events ADD CONSTRAINT fk_tracking_events_shipment_id_customer_id FOREIGN KEY(shipment_id, customer_id) REFERENCES shipments (id, customer_id);
ALTER TABLE fund_holds DROP CONSTRAINT fk_fund_holds_customer_id, DROP CONSTRAINT fk_fund_holds_shipment_id, DROP CONSTRAINT fk_fund_holds_transaction_id,
    ADD CONSTRAINT fk_fund_holds_shipment_id_customer_id FOREIGN KEY(shipment_id, customer_id) REFERENCES shipments (id, customer_id),
    ADD CONSTRAINT fk_fund_holds_transaction_id_customer_id FOREIGN KEY(transaction_id, customer_id) REFERENCES ledger_transactions (id, customer_id);
ALTER TABLE guarantees DROP CONSTRAINT fk_guarantees_order_id,
    ADD CONSTRAINT fk_guarantees_order_id_customer_id FOREIGN KEY(order_id, customer_id) REFERENCES orders (id, customer_id);

-- A key belongs to who sent it; a job may be asked for by all and is seen by the relay.
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON idempotency_keys USING (current_setting('app.scope', true) = 'all' OR principal = nullif(current_setting('app.subject', true), '')) WITH CHECK (current_setting('app.scope', true) = 'all' OR principal = nullif(current_setting('app.subject', true), ''));
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON outbox USING (current_setting('app.scope', true) = 'all') WITH CHECK (current_setting('app.scope', true) = 'all');
CREATE POLICY adding ON outbox FOR INSERT WITH CHECK (true);
