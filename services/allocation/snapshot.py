"""From business objects to the allocator's tables: one consistent reading of all that competes."""

import asyncio
import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from allocator import Settings, Tables
from allocator.tables import COLUMNS
from domain.allocation import SEASON_CODES, ranks_by_funds
from domain.calendar import BusinessCalendar
from domain.funding import AvailableFunds, FundsFacts, available_funds
from domain.money import from_cents, price_cents, to_cents
from domain.policy import Policy
from persistence.allocation import snapshot as reading
from persistence.master_data import versions
from persistence.unit_of_work import UnitOfWork
from services.business_days import business_calendar


@dataclass(frozen=True)
class LineKeys:
    """Where an order line of the snapshot lives in the database."""

    order_line_id: int
    customer_id: int
    sku_id: int


@dataclass(frozen=True)
class Snapshot:
    """The allocator's input, and the way back from its ids to rows of the database."""

    tables: Tables
    policy_version: int
    policy: Policy
    versions: Mapping[str, int]
    lines: Mapping[str, LineKeys]
    skus: Mapping[str, int]
    warehouses: Mapping[str, int]
    stores: Mapping[str, int]
    regions: Mapping[str, int]
    # The oldest day on which FINANCE confirmed figures used here (A3); None where none is dated.
    funds_confirmed_on: dt.date | None
    warnings: tuple[str, ...]


async def read_snapshot(uow: UnitOfWork, policy_version: int, policy: Policy) -> Snapshot:
    """All free stock of the central warehouses and all open claims (`allocation.md` 11).

    The caller's transaction sees one instant, or holds the rows locked.
    """
    session = uow.session
    read = _Read(
        today=policy.local_date(uow.now),
        stock=await reading.free_stock(session),
        lines=await reading.open_lines(session),
        funds=await reading.funds(session, policy.local_date(uow.now)),
        stores=await reading.stores(session),
        store_stock=await reading.store_stock(session),
        reserves=await reading.region_reserves(session),
        # Last, so that what came in between the statements of a run that holds its rows is known.
        skus=await reading.skus(session),
        products=await reading.products(session, policy.season),
        regions=await reading.regions(session),
        calendar=await business_calendar(uow, policy),
        versions=await versions(session),
    )
    # A hundred thousand lines take seconds to put together; who else asks is not kept waiting.
    return await asyncio.to_thread(_assembled, read, policy_version, policy)


@dataclass(frozen=True)
class _Read:
    """All rows of one reading."""

    today: dt.date
    stock: Sequence[Any]
    lines: Sequence[Any]
    funds: Sequence[Any]
    stores: Sequence[Any]
    store_stock: Sequence[Any]
    reserves: Sequence[Any]
    skus: Sequence[Any]
    products: Sequence[Any]
    regions: Sequence[Any]
    calendar: BusinessCalendar
    versions: Mapping[str, int]


def _assembled(read: _Read, policy_version: int, policy: Policy) -> Snapshot:
    lines = read.lines
    claiming = {line.customer for line in lines}
    funds = [row for row in read.funds if row.code in claiming]
    dated = [row.confirmed_on for row in funds if row.confirmed_on is not None]
    confirmed_on = min(dated, default=None)
    line_ids = [line_id(line.order_number, line.line_no) for line in lines]
    prices = [price_cents(line.unit_price) for line in lines]
    orders = {line.order_number: line for line in lines}
    tables = Tables(
        regions=_frame("regions", read.regions, region_id="code", name="name"),
        products=pl.DataFrame(
            {
                "product_id": [row.code for row in read.products],
                "launch_rank": [row.launch_rank for row in read.products],
                "season": [SEASON_CODES[row.season] for row in read.products],
            },
            schema=_schema("products"),
        ),
        skus=pl.DataFrame(
            {
                "sku_id": [row.code for row in read.skus],
                "product_id": [row.product for row in read.skus],
                "size": [row.size for row in read.skus],
                "price_cents": [price_cents(row.list_price) for row in read.skus],
                "pack": [row.pack for row in read.skus],
            },
            schema=_schema("skus"),
        ),
        supply=_frame("supply", read.stock, warehouse_id="warehouse", sku_id="sku", units="units"),
        franchisees=_franchisees(funds, lines, prices, policy),
        orders=pl.DataFrame(
            {
                "order_id": list(orders),
                "franchisee_id": [row.customer for row in orders.values()],
                "ship_complete": [int(row.ship_complete) for row in orders.values()],
                "min_ship_value_cents": [to_cents(row.min_ship_value) for row in orders.values()],
            },
            schema=_schema("orders"),
        ),
        order_lines=pl.DataFrame(
            {
                "line_id": line_ids,
                "order_id": [row.order_number for row in lines],
                "sku_id": [row.sku for row in lines],
                "qty": [row.units for row in lines],
                "pack": [row.pack for row in lines],
                "price_cents": prices,
                "reserve": [int(row.may_reserve) for row in lines],
            },
            schema=_schema("order_lines"),
        ),
        stores=_frame("stores", read.stores, store_id="code", region_id="region", tier="tier"),
        store_stock=_frame(
            "store_stock",
            read.store_stock,
            store_id="store",
            sku_id="sku",
            safety="safety",
            on_hand="on_hand",
            pack="pack",
        ),
        region_reserves=_frame(
            "region_reserves",
            read.reserves,
            region_id="region",
            sku_id="sku",
            target="target",
            current="current",
            pack="pack",
        ),
        prepacks=pl.DataFrame(schema=_schema("prepacks")),
        settings=_settings(policy, {row.code for row in read.regions}),
    )
    return Snapshot(
        tables=tables,
        policy_version=policy_version,
        policy=policy,
        versions={"POLICY": policy_version, **read.versions},
        lines={
            key: LineKeys(row.id, row.customer_id, row.sku_id)
            for key, row in zip(line_ids, lines, strict=True)
        },
        skus={row.code: row.id for row in read.skus},
        warehouses={row.warehouse: row.warehouse_id for row in read.stock},
        stores={row.code: row.id for row in read.stores},
        regions={row.code: row.id for row in read.regions},
        funds_confirmed_on=confirmed_on,
        warnings=tuple(_stale_figures(confirmed_on, read.today, policy, read.calendar)),
    )


def line_id(order_number: str, line_no: int) -> str:
    """The allocator's id of an order line; padded, so that lines of an order sort by number."""
    return f"{order_number}/{line_no:04d}"


def facts_of(row: Any, open_order_value: Decimal) -> FundsFacts:
    """What the rules of funding need to know, from a row of the funds query."""
    return FundsFacts(
        payment_terms=row.payment_terms,
        balance=row.balance,
        credit_limit=row.credit_limit,
        guarantees=row.guarantees,
        extensions=row.extensions,
        last_month_unpaid=row.blocked,
        open_order_value=open_order_value,
    )


def _schema(table: str) -> dict[str, Any]:
    return dict(COLUMNS[table])


def _frame(table: str, rows: Sequence[Any], **columns: str) -> pl.DataFrame:
    return pl.DataFrame(
        {name: [getattr(row, source) for row in rows] for name, source in columns.items()},
        schema=_schema(table),
    )


def _franchisees(
    funds: Sequence[Any], lines: Sequence[Any], prices: Sequence[int], policy: Policy
) -> pl.DataFrame:
    wanted_cents: dict[str, int] = defaultdict(int)
    for line, price in zip(lines, prices, strict=True):
        wanted_cents[line.customer] += price * line.units
    available: dict[str, AvailableFunds] = {
        row.code: available_funds(facts_of(row, from_cents(wanted_cents[row.code])), policy)
        for row in funds
    }
    if policy.franchisee_order == "FUNDS":
        ranks = ranks_by_funds({code: parts.total for code, parts in available.items()})
    else:
        ranks = {row.code: row.rank for row in funds}
    parts = [available[row.code] for row in funds]
    return pl.DataFrame(
        {
            "franchisee_id": [row.code for row in funds],
            "rank": [ranks[row.code] for row in funds],
            "reserve_rank": [
                row.rank if row.reserve_rank is None else row.reserve_rank for row in funds
            ],
            # Signed extensions count with the balance.
            "balance_cents": [to_cents(part.balance + part.extensions) for part in parts],
            "credit_limit_cents": [to_cents(part.credit) for part in parts],
            "guarantee_cents": [to_cents(part.guarantees) for part in parts],
            "blocked": [int(part.blocked) for part in parts],
        },
        schema=_schema("franchisees"),
    )


def _settings(policy: Policy, known_regions: set[str]) -> Settings:
    # A region that the policy lists but the company does not have has nothing to be given.
    order = {
        SEASON_CODES[season]: tuple(code for code in codes if code in known_regions)
        for season, codes in policy.region_order.items()
    }
    return Settings(
        season=SEASON_CODES[policy.season],
        region_order=order,
        tiers=policy.tiers,
        launch_ties=policy.launch_ties,
    )


def _stale_figures(
    confirmed_on: dt.date | None, today: dt.date, policy: Policy, calendar: BusinessCalendar
) -> list[str]:
    """FINANCE confirms funds daily; a run on older figures says so (A3)."""
    if confirmed_on is None:
        return []
    age = calendar.working_days_after(confirmed_on, today)
    if age <= policy.stale_figures_after_working_days:
        return []
    return [f"Funds were last confirmed on {confirmed_on.isoformat()}, {age} working days ago."]
