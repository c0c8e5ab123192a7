"""What rows say together: lines against orders, currencies, shipments, milestones, roles.

What a value must be by itself or beside others is said once, in `domain`, for the API as well; here
it is asked of rows and answered in the words of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import polars as pl

from domain.currencies import object_to_currency
from domain.limits import MOST_MONEY
from domain.messages import msg
from domain.milestones import ORDER_MILESTONE_STEPS
from domain.parties.vocabularies import CustomerKind, WarehouseKind
from domain.roles import object_to_roles, object_to_subject
from domain.shipments import ShipmentStatus
from domain.supply import object_to_receipt_lines, object_to_units_received
from services.imports.cells import what_is_allowed
from services.imports.drafts import Draft
from services.imports.faults import Fault, did_you_mean
from services.imports.judging import Drafts, Frames, judged
from services.imports.tables import TABLES

# Customers who compete for goods by rank; own regions and stores come by season order (A3, A6).
RANKED = (CustomerKind.FRANCHISEE, CustomerKind.DISTRIBUTOR, CustomerKind.EXPORT)


def check_together(
    frames: Frames, drafts: Drafts, *, tiers: Collection[str], roles: Collection[str]
) -> list[Fault]:
    """Every fault that shows only when cells, rows or tables are held against each other."""
    rules: Iterable[Callable[[], Iterable[Fault]]] = (
        lambda: currencies_are_known(frames, drafts),
        lambda: orders_are_in_their_customers_currency(frames, drafts),
        lambda: orders_cost_what_accounts_hold(frames, drafts),
        lambda: no_line_ships_more_than_was_ordered(frames, drafts),
        lambda: shipped_orders_are_shipped(frames, drafts),
        lambda: ranked_customers_have_a_rank(frames, drafts),
        lambda: regional_warehouses_have_a_region(frames, drafts),
        lambda: store_tiers_are_the_policys(frames, drafts, tiers),
        lambda: a_receipt_is_of_one_warehouse(frames, drafts),
        lambda: receipts_can_be_recorded(frames, drafts),
        lambda: shipments_have_their_dates(frames, drafts),
        lambda: milestones_take_the_dates_of_their_step(frames, drafts),
        lambda: people_hold_known_roles(frames, drafts, roles),
    )
    return [fault for rule in rules for fault in rule()]


def currencies_are_known(frames: Frames, drafts: Drafts) -> Iterable[Fault]:
    for table in ("skus", "customers", "orders"):
        yield from judged(frames[table], drafts, table, "currency", object_to_currency)


def orders_are_in_their_customers_currency(frames: Frames, drafts: Drafts) -> Iterable[Fault]:
    theirs = frames["customers"].select("customer_id", customers=pl.col("currency"))
    orders = frames["orders"].with_row_index("position").join(theirs, "customer_id", how="left")
    for row in orders.filter(pl.col("currency") != pl.col("customers")).iter_rows(named=True):
        yield drafts["orders"].fault(
            row["position"],
            "currency",
            msg(
                "imports.NOT_CUSTOMERS_CURRENCY",
                currency=row["customers"],
                customer=row["customer_id"],
            ),
            msg("imports.ONE_CURRENCY"),
        )


# An order that was taken in and still lacks something, or that was called off.
MAY_LACK_LINES = ("HELD", "CANCELLED")


def orders_have_lines(frames: Frames, drafts: Drafts) -> Iterable[Fault]:
    """An order that stands is one for something (O1)."""
    lines = drafts.get("order_lines")
    orders = frames["orders"]
    named = frames["order_lines"]["order_id"]
    required = {column.name for column in TABLES["order_lines"].columns if column.required}
    if lines is not None and not required <= set(lines.columns):
        # Reported of the file as a whole.
        return
    lacking = ~orders["order_id"].is_in(named.drop_nulls().implode()) & ~orders["status"].is_in(
        MAY_LACK_LINES
    )
    for position in (lacking & orders["order_id"].is_not_null()).arg_true():
        yield drafts["orders"].fault(
            position,
            "order_id",
            msg("imports.NO_LINE", status=orders["status"][position]),
            msg("imports.GIVE_LINES"),
        )


def orders_cost_what_accounts_hold(frames: Frames, drafts: Drafts) -> Iterable[Fault]:
    """An order's total stays inside what sums of money hold, as the API has it (O1)."""
    lines = frames["order_lines"].with_row_index("position")
    if lines.is_empty():
        return
    # Whole numbers are near enough to refuse by, and never overflow.
    cost = pl.col("unit_price").cast(pl.Float64) * pl.col("quantity").cast(pl.Float64)
    dear = (
        lines.group_by("order_id")
        .agg(cost.sum().alias("total"), pl.col("position").min())
        .filter(pl.col("total") > MOST_MONEY)
        .sort("position")
    )
    for row in dear.iter_rows(named=True):
        yield drafts["order_lines"].fault(
            row["position"],
            "unit_price",
            msg("imports.COST_TOO_MUCH", order=row["order_id"], most=MOST_MONEY),
            msg("imports.CORRECT_OR_SPLIT"),
        )


def no_line_ships_more_than_was_ordered(frames: Frames, drafts: Drafts) -> Iterable[Fault]:
    lines = frames["order_lines"]
    for position in (lines["shipped_quantity"] > lines["quantity"]).arg_true():
        yield drafts["order_lines"].fault(
            position,
            "shipped_quantity",
            msg("imports.MORE_THAN_ORDERED", ordered=lines["quantity"][position]),
            msg("values.CORRECT_ONE_OF_TWO"),
        )


def shipped_orders_are_shipped(frames: Frames, drafts: Drafts) -> Iterable[Fault]:
    status = frames["orders"].select("order_id", "status")
    lines = frames["order_lines"].with_row_index("position").join(status, "order_id", how="left")
    open_lines = lines.filter(
        pl.col("status").is_in(["SHIPPED", "DELIVERED"])
        & (pl.col("shipped_quantity") < pl.col("quantity"))
    )
    for row in open_lines.iter_rows(named=True):
        yield drafts["order_lines"].fault(
            row["position"],
            "shipped_quantity",
            msg("imports.LESS_THAN_ORDERED", ordered=row["quantity"], status=row["status"]),
            msg("imports.GIVE_SHIPPED"),
        )


def ranked_customers_have_a_rank(frames: Frames, drafts: Drafts) -> Iterable[Fault]:
    customers = frames["customers"]
    lacking = customers["kind"].is_in(RANKED) & customers["rank"].is_null()
    # A refused rank is null as well; its own fault has been reported.
    given = "customers" in drafts and "rank" in drafts["customers"].columns
    for position in lacking.arg_true():
        if given and drafts["customers"].frame["rank"][position] is not None:
            continue
        yield drafts["customers"].fault(
            position,
            "rank",
            msg("imports.NO_RANK"),
            msg("imports.GIVE_RANK"),
        )


def regional_warehouses_have_a_region(frames: Frames, drafts: Drafts) -> Iterable[Fault]:
    warehouses = frames["warehouses"]
    lacking = (warehouses["kind"] == WarehouseKind.REGION) & warehouses["region_id"].is_null()
    for position in lacking.arg_true():
        yield drafts["warehouses"].fault(
            position, "region_id", msg("imports.NO_REGION_OF_WAREHOUSE"), msg("imports.NAME_REGION")
        )


def store_tiers_are_the_policys(
    frames: Frames, drafts: Drafts, tiers: Collection[str]
) -> Iterable[Fault]:
    found = frames["stores"]["tier"]
    for position in (found.is_not_null() & ~found.is_in(list(tiers))).arg_true():
        yield drafts["stores"].fault(
            position,
            "tier",
            msg("imports.NO_TIER"),
            msg("imports.TIERS_ARE", tiers=tiers),
        )


def a_receipt_is_of_one_warehouse(frames: Frames, drafts: Drafts) -> Iterable[Fault]:
    arrivals = frames["arrivals"].with_row_index("position")
    first = pl.col("warehouse_id").first().over("receipt_id")
    for row in (
        arrivals.with_columns(first=first)
        .filter(pl.col("warehouse_id") != pl.col("first"))
        .iter_rows(named=True)
    ):
        yield drafts["arrivals"].fault(
            row["position"],
            "warehouse_id",
            msg("imports.OTHER_RECEIPT_WAREHOUSE", first=row["first"], receipt=row["receipt_id"]),
            msg("imports.TWO_RECEIPTS"),
        )


def receipts_can_be_recorded(frames: Frames, drafts: Drafts) -> Iterable[Fault]:
    """What `goodsReceive` would refuse later (A2); a SKU of which nothing came is left out."""
    if frames["arrivals"].is_empty():
        return
    came = frames["arrivals"].with_row_index("position").filter(pl.col("units") > 0)
    for position, units in came.select("position", "units").iter_rows():
        objection = object_to_units_received(units)
        if objection is not None:
            yield drafts["arrivals"].fault(position, "units", objection.problem, objection.remedy)
    for _, lines, position in (
        came.group_by("receipt_id", maintain_order=True)
        .agg(pl.len(), pl.col("position").min())
        .iter_rows()
    ):
        objection = object_to_receipt_lines(lines)
        if objection is not None:
            yield drafts["arrivals"].fault(
                position, "receipt_id", objection.problem, objection.remedy
            )


def shipments_have_their_dates(frames: Frames, drafts: Drafts) -> Iterable[Fault]:
    shipments = frames["shipments"]
    draft = drafts.get("shipments")
    if draft is None:
        return
    for position in shipments["shipped_on"].is_null().arg_true():
        if not _given(draft, position, "shipped_on"):
            yield draft.fault(
                position, "shipped_on", msg("imports.MISSING_FOR_LEFT"), msg("imports.GIVE_DAY")
            )
    delivered = shipments["status"] == ShipmentStatus.DELIVERED
    for position in (delivered & shipments["delivered_on"].is_null()).arg_true():
        if not _given(draft, position, "delivered_on"):
            yield draft.fault(
                position,
                "delivered_on",
                msg("imports.MISSING_FOR_DELIVERED"),
                msg("imports.GIVE_DAY"),
            )


def milestones_take_the_dates_of_their_step(frames: Frames, drafts: Drafts) -> Iterable[Fault]:
    takes_day = [step.number for step in ORDER_MILESTONE_STEPS if _takes_day(step.number)]
    takes_closed = [step.number for step in ORDER_MILESTONE_STEPS if step.takes_closed]
    milestones = frames["milestones"]
    for column, numbers, kind in (
        ("estimated_on", takes_day, "estimate"),
        ("closed_on", takes_closed, msg("imports.CLOSED_DATE")),
    ):
        wrong = milestones[column].is_not_null() & ~milestones["number"].is_in(numbers)
        for position in wrong.arg_true():
            number = milestones["number"][position]
            problem = msg("imports.GIVEN_BUT", number=number, kind=kind)
            yield drafts["milestones"].fault(position, column, problem, msg("imports.LEAVE_EMPTY"))


def _takes_day(number: int) -> bool:
    step = ORDER_MILESTONE_STEPS[number - 1]
    return step.takes_estimate or step.takes_event


def people_hold_known_roles(
    frames: Frames, drafts: Drafts, roles: Collection[str]
) -> Iterable[Fault]:
    people, column = frames["people"], TABLES["people"].column("roles")
    for position, (held, customer) in enumerate(people.select("roles", "customer_id").iter_rows()):
        words = [word.strip() for word in (held or "").split(";") if word.strip()]
        for word in words:
            if word not in roles:
                yield drafts["people"].fault(
                    position,
                    "roles",
                    msg("imports.NAMES_NO_ROLE", word=word),
                    did_you_mean(word, (*roles, *column.codes)) or what_is_allowed(column),
                )
        objection = object_to_roles(words, of_customer=customer is not None)
        if objection is not None:
            unfit = ("CUSTOMER" in words) != (customer is not None)
            where = "customer_id" if unfit else "roles"
            yield drafts["people"].fault(position, where, objection.problem, objection.remedy)
    yield from judged(frames["people"], drafts, "people", "user", object_to_subject)


def _given(draft: Draft, position: int, column: str) -> bool:
    """Whether the source had something in this cell, whatever became of it."""
    return column in draft.columns and draft.frame[column][position] is not None
