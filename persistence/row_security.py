"""Whose the rows of every table are, which the database itself guards by row security.

The migrations hold the policies; a test holds that every table is named here, and guarded so.
"""

# Tables whose rows belong to a customer, as their customer_id (or id) says. A customer's
# transaction sees its own rows; one with scope 'all' sees every row; one that set neither, none.
CUSTOMER_OWNED = (
    "customers",
    "orders",
    "order_lines",
    "order_events",
    "milestones",
    "milestone_plans",
    "milestone_events",
    "quality_inspections",
    "shipments",
    "shipment_lines",
    "tracking_events",
    "customer_funds",
    "ledger_transactions",
    "ledger_postings",
    "fund_holds",
    "guarantees",
    "payment_extensions",
    "allocation_lines",
    "reservations",
    "people",
    "order_lives",
    "order_offers",
    "order_doubts",
    "order_reviews",
    "order_opinions",
    "order_signatures",
    "order_changes",
    "order_gate_entries",
    "order_pickups",
    "order_complaints",
    "customer_contacts",
)

# Prices: a customer sees those of the plan it is on.
PLAN_OWNED = (
    "price_plans",
    "price_plan_prices",
)

# Tables that no customer's transaction may see at all.
STAFF_ONLY = (
    "allocation_runs",
    "allocation_run_receipts",
    "allocation_run_goods",
    "allocation_plan_parts",
    "gap_wishes",
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

# Rows that belong to the person who wrote them.
SUBJECT_OWNED = ("idempotency_keys",)

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


def secured() -> tuple[str, ...]:
    """The names of all tables that row security guards."""
    return (*CUSTOMER_OWNED, *PLAN_OWNED, *STAFF_ONLY, *SUBJECT_OWNED, *ADDED_BY_ALL)
