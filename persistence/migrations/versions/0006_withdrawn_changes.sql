ALTER TABLE master_data_changes
  ADD COLUMN withdrawn_at timestamptz,
  ADD COLUMN withdrawn_by varchar(200),
  ADD COLUMN withdraw_reason varchar(2000),
  ADD CONSTRAINT ck_master_data_changes_withdrawn CHECK (
    num_nonnulls(withdrawn_at, withdrawn_by, withdraw_reason) IN (0, 3)
    AND (withdrawn_at IS NULL OR applied_at IS NULL)
  );

DROP INDEX ix_master_data_changes_planned;
CREATE INDEX ix_master_data_changes_planned ON master_data_changes (effective_from, id)
  WHERE applied_at IS NULL AND withdrawn_at IS NULL;
