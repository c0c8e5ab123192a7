-- What the database itself holds to: row security, history, balanced postings, NOTIFY.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING
    MESSAGE = 'rows of ' || TG_TABLE_NAME || ' are history and cannot be changed',
    ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE FUNCTION check_postings_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM ledger_postings
    WHERE transaction_id = NEW.transaction_id
    GROUP BY currency HAVING sum(amount) <> 0
  ) THEN
    RAISE EXCEPTION USING
      MESSAGE = 'postings of ledger transaction ' || NEW.transaction_id
        || ' do not add up to nothing',
      ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER postings_balance AFTER INSERT ON ledger_postings
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_postings_balance();
CREATE FUNCTION tell_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('apportion_outbox', '');
  RETURN NULL;
END $$;
CREATE TRIGGER tell_outbox AFTER INSERT ON outbox
FOR EACH STATEMENT EXECUTE FUNCTION tell_outbox();
CREATE FUNCTION tell_order_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('apportion_events',
    json_build_object('kind', 'order', 'id', order_id, 'customer', customer_id)::text)
  FROM (SELECT DISTINCT order_id, customer_id FROM added) AS changed;
  RETURN NULL;
END $$;
CREATE TRIGGER tell_order_events AFTER INSERT ON order_events
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION tell_order_events();
CREATE FUNCTION tell_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('apportion_events',
    json_build_object('kind', 'allocationRun', 'id', NEW.id, 'status', NEW.status)::text);
  RETURN NULL;
END $$;
CREATE TRIGGER tell_run AFTER INSERT OR UPDATE OF status ON allocation_runs
FOR EACH ROW EXECUTE FUNCTION tell_run();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON order_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON ledger_transactions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON ledger_postings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON stock_movements FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON goods_receipts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON goods_receipt_lines FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE customers ENABLE ROW LEVEL SECURITY;
ALTER TABLE customers FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON customers USING (current_setting('app.scope', true) = 'all' OR id = nullif(current_setting('app.customer', true), '')::bigint) WITH CHECK (current_setting('app.scope', true) = 'all' OR id = nullif(current_setting('app.customer', true), '')::bigint);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
ALTER TABLE orders FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON orders USING (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint) WITH CHECK (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint);
ALTER TABLE order_lines ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_lines FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON order_lines USING (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint) WITH CHECK (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint);
ALTER TABLE order_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE order_events FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON order_events USING (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint) WITH CHECK (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint);
ALTER TABLE milestones ENABLE ROW LEVEL SECURITY;
ALTER TABLE milestones FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON milestones USING (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint) WITH CHECK (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint);
ALTER TABLE shipments ENABLE ROW LEVEL SECURITY;
ALTER TABLE shipments FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON shipments USING (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint) WITH CHECK (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint);
ALTER TABLE shipment_lines ENABLE ROW LEVEL SECURITY;
ALTER TABLE shipment_lines FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON shipment_lines USING (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint) WITH CHECK (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint);
ALTER TABLE tracking_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE tracking_events FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON tracking_events USING (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint) WITH CHECK (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint);
ALTER TABLE customer_funds ENABLE ROW LEVEL SECURITY;
ALTER TABLE customer_funds FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON customer_funds USING (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint) WITH CHECK (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint);
ALTER TABLE ledger_transactions ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_transactions FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON ledger_transactions USING (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint) WITH CHECK (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint);
ALTER TABLE ledger_postings ENABLE ROW LEVEL SECURITY;
ALTER TABLE ledger_postings FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON ledger_postings USING (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint) WITH CHECK (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint);
ALTER TABLE fund_holds ENABLE ROW LEVEL SECURITY;
ALTER TABLE fund_holds FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON fund_holds USING (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint) WITH CHECK (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint);
ALTER TABLE guarantees ENABLE ROW LEVEL SECURITY;
ALTER TABLE guarantees FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON guarantees USING (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint) WITH CHECK (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint);
ALTER TABLE payment_extensions ENABLE ROW LEVEL SECURITY;
ALTER TABLE payment_extensions FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON payment_extensions USING (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint) WITH CHECK (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint);
ALTER TABLE allocation_lines ENABLE ROW LEVEL SECURITY;
ALTER TABLE allocation_lines FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON allocation_lines USING (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint) WITH CHECK (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint);
ALTER TABLE reservations ENABLE ROW LEVEL SECURITY;
ALTER TABLE reservations FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON reservations USING (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint) WITH CHECK (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint);
ALTER TABLE people ENABLE ROW LEVEL SECURITY;
ALTER TABLE people FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON people USING (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint) WITH CHECK (current_setting('app.scope', true) = 'all' OR customer_id = nullif(current_setting('app.customer', true), '')::bigint);
ALTER TABLE allocation_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE allocation_runs FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON allocation_runs USING (current_setting('app.scope', true) = 'all') WITH CHECK (current_setting('app.scope', true) = 'all');
ALTER TABLE allocation_levels ENABLE ROW LEVEL SECURITY;
ALTER TABLE allocation_levels FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON allocation_levels USING (current_setting('app.scope', true) = 'all') WITH CHECK (current_setting('app.scope', true) = 'all');
ALTER TABLE scenarios ENABLE ROW LEVEL SECURITY;
ALTER TABLE scenarios FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON scenarios USING (current_setting('app.scope', true) = 'all') WITH CHECK (current_setting('app.scope', true) = 'all');
ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_log FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON audit_log USING (current_setting('app.scope', true) = 'all') WITH CHECK (current_setting('app.scope', true) = 'all');
ALTER TABLE imports ENABLE ROW LEVEL SECURITY;
ALTER TABLE imports FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON imports USING (current_setting('app.scope', true) = 'all') WITH CHECK (current_setting('app.scope', true) = 'all');
ALTER TABLE goods_receipts ENABLE ROW LEVEL SECURITY;
ALTER TABLE goods_receipts FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON goods_receipts USING (current_setting('app.scope', true) = 'all') WITH CHECK (current_setting('app.scope', true) = 'all');
ALTER TABLE goods_receipt_lines ENABLE ROW LEVEL SECURITY;
ALTER TABLE goods_receipt_lines FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON goods_receipt_lines USING (current_setting('app.scope', true) = 'all') WITH CHECK (current_setting('app.scope', true) = 'all');
ALTER TABLE stock ENABLE ROW LEVEL SECURITY;
ALTER TABLE stock FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON stock USING (current_setting('app.scope', true) = 'all') WITH CHECK (current_setting('app.scope', true) = 'all');
ALTER TABLE stock_movements ENABLE ROW LEVEL SECURITY;
ALTER TABLE stock_movements FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON stock_movements USING (current_setting('app.scope', true) = 'all') WITH CHECK (current_setting('app.scope', true) = 'all');
ALTER TABLE store_stock ENABLE ROW LEVEL SECURITY;
ALTER TABLE store_stock FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON store_stock USING (current_setting('app.scope', true) = 'all') WITH CHECK (current_setting('app.scope', true) = 'all');
ALTER TABLE region_reserves ENABLE ROW LEVEL SECURITY;
ALTER TABLE region_reserves FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON region_reserves USING (current_setting('app.scope', true) = 'all') WITH CHECK (current_setting('app.scope', true) = 'all');
ALTER TABLE policies ENABLE ROW LEVEL SECURITY;
ALTER TABLE policies FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON policies USING (current_setting('app.scope', true) = 'all') WITH CHECK (current_setting('app.scope', true) = 'all');
ALTER TABLE person_roles ENABLE ROW LEVEL SECURITY;
ALTER TABLE person_roles FORCE ROW LEVEL SECURITY;
CREATE POLICY principal ON person_roles USING (current_setting('app.scope', true) = 'all') WITH CHECK (current_setting('app.scope', true) = 'all');
