-- The confirmation as its customer sent it back, before we look at it; runs for new orders.

ALTER TABLE order_lives ADD COLUMN confirmation_sent_back_on DATE;
ALTER TABLE order_lives ADD COLUMN confirmation_sent_back_by VARCHAR(200);
ALTER TABLE order_lives ADD COLUMN confirmation_remarks VARCHAR(2000);

ALTER TABLE allocation_runs DROP CONSTRAINT ck_allocation_runs_trigger;
ALTER TABLE allocation_runs ADD CONSTRAINT ck_allocation_runs_trigger CHECK (trigger IN ('GOODS_RECEIPT', 'REQUEST', 'ORDER', 'PAYMENT', 'RELEASE', 'EXPIRY'));
