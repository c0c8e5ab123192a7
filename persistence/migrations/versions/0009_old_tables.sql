-- What is packed now goes; what names a line of a plan may outlive it.

ALTER TABLE reservations DROP CONSTRAINT fk_reservations_allocation_line_id;
ALTER TABLE shipment_lines DROP CONSTRAINT fk_shipment_lines_allocation_line_id;
DELETE FROM allocation_lines WHERE units = 0;
ALTER TABLE allocation_lines DROP CONSTRAINT ck_allocation_lines_units;
ALTER TABLE allocation_lines DROP CONSTRAINT ck_allocation_lines_warehouse;
ALTER TABLE allocation_lines ADD CONSTRAINT ck_allocation_lines_units
  CHECK (units > 0 AND units <= units_wanted);
ALTER TABLE allocation_lines ALTER COLUMN warehouse_id SET NOT NULL;
DROP TABLE allocation_levels;
-- The rows that these looked up are locked while a plan is written.
ALTER TABLE allocation_lines DROP CONSTRAINT fk_allocation_lines_store_id;
ALTER TABLE allocation_lines DROP CONSTRAINT fk_allocation_lines_region_id;
ALTER TABLE allocation_lines DROP CONSTRAINT fk_allocation_lines_sku_id;
ALTER TABLE allocation_lines DROP CONSTRAINT fk_allocation_lines_warehouse_id;
DROP INDEX ix_allocation_lines_customer_id;

-- Of several runs that wait, the oldest shares out for all of them.
ALTER TABLE allocation_runs ADD COLUMN asks_for_all BOOLEAN DEFAULT false NOT NULL;
UPDATE allocation_run_receipts SET run_id = waiting.id
FROM (SELECT min(id) AS id FROM allocation_runs WHERE status = 'QUEUED') AS waiting,
  allocation_runs AS other
WHERE other.id = allocation_run_receipts.run_id AND other.status = 'QUEUED';
UPDATE allocation_runs SET status = 'DISCARDED'
WHERE status = 'QUEUED' AND id > (SELECT min(id) FROM allocation_runs WHERE status = 'QUEUED');
UPDATE allocation_runs SET asks_for_all = true WHERE status IN ('QUEUED', 'CLAIMED', 'SOLVING');
DROP INDEX ix_allocation_runs_goods_receipt_id;
ALTER TABLE allocation_runs DROP CONSTRAINT fk_allocation_runs_goods_receipt_id;
ALTER TABLE allocation_runs DROP COLUMN goods_receipt_id;
CREATE UNIQUE INDEX uq_allocation_runs_waiting ON allocation_runs (status)
  WHERE status = 'QUEUED';

-- The audit log ages out by policy, through this one door, and is changed by nobody else.
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit_log'
    AND current_setting('app.pruning', true) = 'audit_log'
    AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID)
  THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION USING
    MESSAGE = 'rows of ' || TG_TABLE_NAME || ' are history and cannot be changed',
    ERRCODE = 'integrity_constraint_violation';
END $$;
-- As the owner, whom the trigger above lets pass; never what is younger than a year.
CREATE FUNCTION prune_audit_log(older_than timestamptz, most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  removed bigint;
BEGIN
  PERFORM set_config('app.pruning', 'audit_log', true);
  WITH old AS (
    SELECT id FROM audit_log
    WHERE at < least(older_than, now() - interval '365 days')
    ORDER BY at LIMIT most)
  DELETE FROM audit_log USING old WHERE audit_log.id = old.id;
  GET DIAGNOSTICS removed = ROW_COUNT;
  PERFORM set_config('app.pruning', '', true);
  RETURN removed;
END $$;
REVOKE ALL ON FUNCTION prune_audit_log FROM PUBLIC;
GRANT EXECUTE ON FUNCTION prune_audit_log TO apportion_app;
