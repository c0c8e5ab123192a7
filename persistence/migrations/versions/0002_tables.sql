-- The life of an order: its tables, further states, deposits in the ledger.
CREATE TABLE order_changes (
  kind VARCHAR(16) NOT NULL,
  reason VARCHAR(2000) NOT NULL,
  asked_by VARCHAR(200) NOT NULL,
  department VARCHAR(32) NOT NULL,
  asked_on DATE NOT NULL,
  lines JSONB NOT NULL,
  required_on DATE,
  loss NUMERIC(18, 2) NOT NULL,
  cost_effect NUMERIC(18, 2) NOT NULL,
  days_effect INTEGER NOT NULL,
  state VARCHAR(16) NOT NULL,
  agreement VARCHAR(2000),
  agreed_on DATE,
  order_id BIGINT NOT NULL,
  no INTEGER NOT NULL,
  customer_id BIGINT NOT NULL,
  CONSTRAINT pk_order_changes PRIMARY KEY (order_id, no),
  CONSTRAINT fk_order_changes_order_id_customer_id FOREIGN KEY(order_id, customer_id) REFERENCES orders (id, customer_id),
  CONSTRAINT ck_order_changes_kind CHECK (kind IN ('ORDER_CHANGE', 'CONFIGURATION')),
  CONSTRAINT ck_order_changes_state CHECK (state IN ('REQUESTED', 'AGREED', 'UNDER_REVIEW', 'APPLIED', 'REJECTED', 'WITHDRAWN')),
  CONSTRAINT ck_order_changes_loss CHECK (loss >= 0)
);
CREATE INDEX ix_order_changes_customer_id ON order_changes (customer_id);
CREATE TABLE order_complaints (
  text VARCHAR(2000) NOT NULL,
  owner_role VARCHAR(32) NOT NULL,
  opened_on DATE NOT NULL,
  due_on DATE NOT NULL,
  by VARCHAR(200) NOT NULL,
  closed_on DATE,
  closed_by VARCHAR(200),
  answer VARCHAR(2000),
  order_id BIGINT NOT NULL,
  no INTEGER NOT NULL,
  customer_id BIGINT NOT NULL,
  CONSTRAINT pk_order_complaints PRIMARY KEY (order_id, no),
  CONSTRAINT fk_order_complaints_order_id_customer_id FOREIGN KEY(order_id, customer_id) REFERENCES orders (id, customer_id)
);
CREATE INDEX ix_order_complaints_customer_id ON order_complaints (customer_id);
CREATE INDEX ix_order_complaints_open ON order_complaints (due_on, order_id) WHERE closed_on IS NULL;
CREATE TABLE order_doubts (
  line_no INTEGER NOT NULL,
  code VARCHAR(40) NOT NULL,
  message VARCHAR(2000) NOT NULL,
  level INTEGER NOT NULL,
  released_by VARCHAR(200),
  released_as VARCHAR(32),
  reason VARCHAR(2000),
  order_id BIGINT NOT NULL,
  no INTEGER NOT NULL,
  customer_id BIGINT NOT NULL,
  CONSTRAINT pk_order_doubts PRIMARY KEY (order_id, no),
  CONSTRAINT fk_order_doubts_order_id_customer_id FOREIGN KEY(order_id, customer_id) REFERENCES orders (id, customer_id)
);
CREATE INDEX ix_order_doubts_customer_id ON order_doubts (customer_id);
CREATE INDEX ix_order_doubts_open ON order_doubts (level, order_id) WHERE released_by IS NULL;
CREATE TABLE order_gate_entries (
  item VARCHAR(24) NOT NULL,
  role VARCHAR(32) NOT NULL,
  by VARCHAR(200) NOT NULL,
  "on" DATE NOT NULL,
  amount NUMERIC(18, 2),
  reference VARCHAR(200),
  note VARCHAR(2000),
  order_id BIGINT NOT NULL,
  no INTEGER NOT NULL,
  customer_id BIGINT NOT NULL,
  CONSTRAINT pk_order_gate_entries PRIMARY KEY (order_id, no),
  CONSTRAINT fk_order_gate_entries_order_id_customer_id FOREIGN KEY(order_id, customer_id) REFERENCES orders (id, customer_id),
  CONSTRAINT ck_order_gate_entries_item CHECK (item IN ('LC_RECEIVED', 'LC_CHECKED', 'LC_FAULT', 'LC_AMENDMENT_ASKED', 'CREDIT_APPROVED', 'COST_SHEET', 'CUSTOMER_ORDER', 'FACTORY_CONTRACT', 'EXPORT_SIGNED'))
);
CREATE INDEX ix_order_gate_entries_customer_id ON order_gate_entries (customer_id);
CREATE TABLE order_lives (
  order_id BIGINT NOT NULL,
  customer_id BIGINT NOT NULL,
  customer_kind VARCHAR(16) NOT NULL,
  payment_terms VARCHAR(16) NOT NULL,
  channel VARCHAR(16) NOT NULL,
  urgency VARCHAR(16) NOT NULL,
  fulfilment VARCHAR(16) NOT NULL,
  special BOOLEAN NOT NULL,
  spare_part BOOLEAN NOT NULL,
  irregularities JSONB NOT NULL,
  needs_logistics BOOLEAN NOT NULL,
  commission BOOLEAN NOT NULL,
  prepayment BOOLEAN NOT NULL,
  delivery_address VARCHAR(2000),
  stated_total NUMERIC(18, 2),
  stated_lines JSONB NOT NULL,
  acknowledged_on DATE,
  acknowledged_by VARCHAR(200),
  missing JSONB NOT NULL,
  checks_passed INTEGER NOT NULL,
  finance_approved_by VARCHAR(200),
  finance_approved_on DATE,
  approved_by VARCHAR(200),
  approved_on DATE,
  frozen BOOLEAN NOT NULL,
  production_promised_on DATE,
  first_promised_on DATE,
  confirmation_sent_on DATE,
  confirmation_defects JSONB NOT NULL,
  confirmation_returned_on DATE,
  confirmed_on DATE,
  gate_released_on DATE,
  production_ordered_on DATE,
  work_started_on DATE,
  stock_in_on DATE,
  picked_up_on DATE,
  deposit_paid NUMERIC(18, 2) NOT NULL,
  deposit_forfeited NUMERIC(18, 2) NOT NULL,
  deposit_settled_on DATE,
  receipt_signed_on DATE,
  settled_on DATE,
  CONSTRAINT pk_order_lives PRIMARY KEY (order_id),
  CONSTRAINT fk_order_lives_order_id_customer_id FOREIGN KEY(order_id, customer_id) REFERENCES orders (id, customer_id),
  CONSTRAINT ck_order_lives_channel CHECK (channel IN ('PHONE', 'EMAIL', 'LETTER', 'VISIT', 'WEB', 'FAX', 'SALESPERSON', 'ORDER_FAIR', 'WEEKLY_PLAN', 'TAKEN_OVER')),
  CONSTRAINT ck_order_lives_urgency CHECK (urgency IN ('NORMAL', 'URGENT', 'CRITICAL')),
  CONSTRAINT ck_order_lives_fulfilment CHECK (fulfilment IN ('MADE_TO_ORDER', 'FROM_STOCK')),
  CONSTRAINT ck_order_lives_deposit CHECK (deposit_forfeited >= 0 AND deposit_forfeited <= deposit_paid)
);
CREATE INDEX ix_order_lives_awaiting_pickup ON order_lives (stock_in_on, order_id) WHERE special AND deposit_settled_on IS NULL;
CREATE INDEX ix_order_lives_customer_id ON order_lives (customer_id);
CREATE TABLE order_offers (
  line_no INTEGER NOT NULL,
  kind VARCHAR(16) NOT NULL,
  units BIGINT NOT NULL,
  sku VARCHAR(64),
  warehouse VARCHAR(64),
  expected_on DATE,
  "of" INTEGER NOT NULL,
  chosen_by VARCHAR(200),
  order_id BIGINT NOT NULL,
  no INTEGER NOT NULL,
  customer_id BIGINT NOT NULL,
  CONSTRAINT pk_order_offers PRIMARY KEY (order_id, no),
  CONSTRAINT fk_order_offers_order_id_customer_id FOREIGN KEY(order_id, customer_id) REFERENCES orders (id, customer_id),
  CONSTRAINT ck_order_offers_kind CHECK (kind IN ('TRANSFER', 'SUBSTITUTE', 'BACKORDER'))
);
CREATE INDEX ix_order_offers_customer_id ON order_offers (customer_id);
CREATE TABLE order_opinions (
  review_no INTEGER NOT NULL,
  role VARCHAR(32) NOT NULL,
  verdict VARCHAR(16) NOT NULL,
  by VARCHAR(200) NOT NULL,
  "on" DATE NOT NULL,
  note VARCHAR(2000),
  order_id BIGINT NOT NULL,
  no INTEGER NOT NULL,
  customer_id BIGINT NOT NULL,
  CONSTRAINT pk_order_opinions PRIMARY KEY (order_id, no),
  CONSTRAINT fk_order_opinions_order_id_customer_id FOREIGN KEY(order_id, customer_id) REFERENCES orders (id, customer_id),
  CONSTRAINT ck_order_opinions_verdict CHECK (verdict IN ('FEASIBLE', 'CONDITIONAL', 'NOT_FEASIBLE'))
);
CREATE INDEX ix_order_opinions_customer_id ON order_opinions (customer_id);
CREATE TABLE order_pickups (
  units BIGINT NOT NULL,
  "on" DATE NOT NULL,
  by VARCHAR(200) NOT NULL,
  order_id BIGINT NOT NULL,
  no INTEGER NOT NULL,
  customer_id BIGINT NOT NULL,
  CONSTRAINT pk_order_pickups PRIMARY KEY (order_id, no),
  CONSTRAINT fk_order_pickups_order_id_customer_id FOREIGN KEY(order_id, customer_id) REFERENCES orders (id, customer_id),
  CONSTRAINT ck_order_pickups_units CHECK (units > 0)
);
CREATE INDEX ix_order_pickups_customer_id ON order_pickups (customer_id);
CREATE TABLE order_reviews (
  kind VARCHAR(16) NOT NULL,
  lead VARCHAR(32) NOT NULL,
  required JSONB NOT NULL,
  opened_on DATE NOT NULL,
  due_on DATE NOT NULL,
  change_no INTEGER,
  materials VARCHAR(2000),
  drawing VARCHAR(2000),
  customer_confirmation VARCHAR(2000),
  extension_answer VARCHAR(16),
  outcome VARCHAR(24),
  decided_by VARCHAR(200),
  decided_on DATE,
  new_date DATE,
  solution VARCHAR(2000),
  agreed BOOLEAN,
  agreement VARCHAR(2000),
  agreed_on DATE,
  order_id BIGINT NOT NULL,
  no INTEGER NOT NULL,
  customer_id BIGINT NOT NULL,
  CONSTRAINT pk_order_reviews PRIMARY KEY (order_id, no),
  CONSTRAINT fk_order_reviews_order_id_customer_id FOREIGN KEY(order_id, customer_id) REFERENCES orders (id, customer_id),
  CONSTRAINT ck_order_reviews_kind CHECK (kind IN ('REGULAR', 'NON_REGULAR', 'SPARE_PART', 'CHANGE')),
  CONSTRAINT ck_order_reviews_outcome CHECK (outcome IN ('ACCEPTED', 'ACCEPTED_WITH_CONDITIONS', 'REJECTED'))
);
CREATE INDEX ix_order_reviews_customer_id ON order_reviews (customer_id);
CREATE INDEX ix_order_reviews_open ON order_reviews (due_on, order_id) WHERE outcome IS NULL;
CREATE TABLE order_signatures (
  document VARCHAR(24) NOT NULL,
  role VARCHAR(32) NOT NULL,
  by VARCHAR(200) NOT NULL,
  "on" DATE NOT NULL,
  "of" INTEGER NOT NULL,
  order_id BIGINT NOT NULL,
  no INTEGER NOT NULL,
  customer_id BIGINT NOT NULL,
  CONSTRAINT pk_order_signatures PRIMARY KEY (order_id, no),
  CONSTRAINT fk_order_signatures_order_id_customer_id FOREIGN KEY(order_id, customer_id) REFERENCES orders (id, customer_id)
);
CREATE INDEX ix_order_signatures_customer_id ON order_signatures (customer_id);
ALTER TABLE orders ALTER COLUMN status TYPE varchar(24);
ALTER TABLE orders DROP CONSTRAINT ck_orders_status;
ALTER TABLE orders ADD CONSTRAINT ck_orders_status CHECK (status IN ('RECEIVED', 'NEEDS_INFO', 'UNDER_CHECK', 'UNDER_REVIEW', 'AWAITING_CONFIRMATION', 'CONFIRMED', 'SHIPPED', 'DELIVERED', 'CLOSED', 'CANCELLED', 'REJECTED'));
ALTER TABLE ledger_postings DROP CONSTRAINT ck_ledger_postings_account;
ALTER TABLE ledger_postings ADD CONSTRAINT ck_ledger_postings_account CHECK (account IN ('CUSTOMER_FUNDS', 'CUSTOMER_HOLDS', 'CUSTOMER_DEPOSITS', 'BANK', 'SALES', 'FORFEITS', 'OPENING_BALANCE'));
ALTER TABLE ledger_transactions DROP CONSTRAINT ck_ledger_transactions_kind;
ALTER TABLE ledger_transactions ADD CONSTRAINT ck_ledger_transactions_kind CHECK (kind IN ('OPENING', 'RECEIPT', 'DEPOSIT', 'DEPOSIT_RELEASE', 'HOLD', 'HOLD_RELEASE', 'GOODS_ISSUE', 'REFUND', 'FORFEIT'));
ALTER TABLE order_lines ADD COLUMN specification varchar(2000);
