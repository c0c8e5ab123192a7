"""What the database itself guards and tells: row security, history, balanced postings, NOTIFY.

`statements()` says it for the tables as they are now; the migrations hold what was released, and a
test holds the two against each other.
"""

# Tables whose rows belong to a customer, and the column that says to which. A customer's
# transaction sees its own rows; one with scope 'all' sees every row; one that set neither, none.
CUSTOMER_OWNED = {
    "customers": "id",
    "orders": "customer_id",
    "order_lines": "customer_id",
    "order_events": "customer_id",
    "milestones": "customer_id",
    "milestone_plans": "customer_id",
    "milestone_events": "customer_id",
    "quality_inspections": "customer_id",
    "shipments": "customer_id",
    "shipment_lines": "customer_id",
    "tracking_events": "customer_id",
    "customer_funds": "customer_id",
    "ledger_transactions": "customer_id",
    "ledger_postings": "customer_id",
    "fund_holds": "customer_id",
    "guarantees": "customer_id",
    "payment_extensions": "customer_id",
    "allocation_lines": "customer_id",
    "reservations": "customer_id",
    "people": "customer_id",
    "order_lives": "customer_id",
    "order_offers": "customer_id",
    "order_doubts": "customer_id",
    "order_reviews": "customer_id",
    "order_opinions": "customer_id",
    "order_signatures": "customer_id",
    "order_changes": "customer_id",
    "order_gate_entries": "customer_id",
    "order_pickups": "customer_id",
    "order_complaints": "customer_id",
    "customer_contacts": "customer_id",
}

# Prices: a customer sees those of the plan it is on, by the column that names the plan.
PLAN_OWNED = {"price_plans": "id", "price_plan_prices": "plan_id"}

# Tables that no customer's transaction may see at all.
STAFF_ONLY = (
    "allocation_runs",
    "allocation_levels",
    "scenarios",
    "audit_log",
    "imports",
    "goods_receipts",
    "goods_receipt_lines",
    "stock",
    "stock_movements",
    "store_stock",
    "region_reserves",
    "policies",
    "person_roles",
    "master_data_areas",
    "master_data_changes",
    "penalties",
    "milestone_vendor_dates",
    "tasks",
    "task_events",
    "clocks",
    "clock_events",
    "material_purchases",
    "production_stages",
    "production_reports",
)

# Rows that belong to the person who wrote them, by the column that holds the subject.
SUBJECT_OWNED = {"idempotency_keys": "principal"}

# Every transaction may ask for a job; only the relay's may see what was asked for.
ADDED_BY_ALL = ("outbox",)

# What every principal may read: no row of these says anything about one customer alone.
OPEN_TO_ALL = (
    "regions",
    "warehouses",
    "stores",
    "products",
    "skus",
    "milestone_templates",
    "milestone_steps",
    "installation",
    "business_days",
)

# History: rows are added, never changed or removed, not even by a bug in our own code.
APPEND_ONLY = (
    "order_events",
    "ledger_transactions",
    "ledger_postings",
    "stock_movements",
    "audit_log",
    "goods_receipts",
    "goods_receipt_lines",
    "milestone_events",
    "milestone_vendor_dates",
    "task_events",
    "clock_events",
    "production_reports",
)

_SEES_ALL = "current_setting('app.scope', true) = 'all'"
_OWN = "nullif(current_setting('app.customer', true), '')::bigint"
_SUBJECT = "nullif(current_setting('app.subject', true), '')"

_FUNCTIONS = (
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION USING
        MESSAGE = 'rows of ' || TG_TABLE_NAME || ' are history and cannot be changed',
        ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
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
    END $$
    """,
    """
    CREATE CONSTRAINT TRIGGER postings_balance AFTER INSERT ON ledger_postings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_postings_balance()
    """,
    """
    CREATE FUNCTION tell_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify('apportion_outbox', '');
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER tell_outbox AFTER INSERT ON outbox
    FOR EACH STATEMENT EXECUTE FUNCTION tell_outbox()
    """,
    """
    CREATE FUNCTION tell_order_events() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify('apportion_events',
        json_build_object('kind', 'order', 'id', order_id, 'customer', customer_id)::text)
      FROM (SELECT DISTINCT order_id, customer_id FROM added) AS changed;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER tell_order_events AFTER INSERT ON order_events
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION tell_order_events()
    """,
    """
    CREATE FUNCTION tell_run() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify('apportion_events',
        json_build_object('kind', 'allocationRun', 'id', NEW.id, 'status', NEW.status)::text);
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER tell_run AFTER INSERT OR UPDATE OF status ON allocation_runs
    FOR EACH ROW EXECUTE FUNCTION tell_run()
    """,
    """
    CREATE FUNCTION tell_milestone_events() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify('apportion_events',
        json_build_object('kind', 'order', 'id', order_id, 'customer', customer_id)::text)
      FROM (SELECT DISTINCT order_id, customer_id FROM added) AS changed;
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER tell_milestone_events AFTER INSERT ON milestone_events
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION tell_milestone_events()
    """,
    """
    CREATE FUNCTION tell_milestone_due() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify('apportion_events',
        json_build_object('kind', 'milestoneDue', 'id', NEW.id, 'customer', NEW.customer_id,
          'state', NEW.told_state, 'ownerRole', NEW.owner_role)::text);
      RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER tell_milestone_due AFTER UPDATE OF told_state ON milestones
    FOR EACH ROW
    WHEN (NEW.told_state IS NOT NULL AND NEW.told_state IS DISTINCT FROM OLD.told_state)
    EXECUTE FUNCTION tell_milestone_due()
    """,
)


def statements() -> list[str]:
    """The SQL of all these rules, in the order to execute it."""
    found = list(_FUNCTIONS)
    for table in APPEND_ONLY:
        found.append(
            f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    for table, column in CUSTOMER_OWNED.items():
        found += _secured(table, f"{_SEES_ALL} OR {column} = {_OWN}")
    for table, column in PLAN_OWNED.items():
        plan = f"(SELECT price_plan_id FROM customers WHERE id = {_OWN})"  # noqa: S608 - our own names
        found += _secured(table, f"{_SEES_ALL} OR {column} = {plan}")
    for table in STAFF_ONLY:
        found += _secured(table, _SEES_ALL)
    for table, column in SUBJECT_OWNED.items():
        found += _secured(table, f"{_SEES_ALL} OR {column} = {_SUBJECT}")
    for table in ADDED_BY_ALL:
        found += _secured(table, _SEES_ALL)
        found.append(f"CREATE POLICY adding ON {table} FOR INSERT WITH CHECK (true)")
    return found


def secured() -> tuple[str, ...]:
    """The names of all tables that row security guards."""
    return (*CUSTOMER_OWNED, *PLAN_OWNED, *STAFF_ONLY, *SUBJECT_OWNED, *ADDED_BY_ALL)


def _secured(table: str, condition: str) -> list[str]:
    return [
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        f"CREATE POLICY principal ON {table} USING ({condition}) WITH CHECK ({condition})",
    ]
