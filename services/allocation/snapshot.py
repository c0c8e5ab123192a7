"""From business objects to the allocator's tables: one consistent reading of all that competes."""

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from allocator import Settings, Tables
from allocator.tables import COLUMNS
from domain.allocation import SEASON_CODES, ranks_by_funds
from domain.calendar import BusinessCalendar
from domain.funding import AvailableFunds, available_funds, stale_figures
from domain.messages import Message
from domain.money import from_minor, price_in_minor, to_minor
from domain.policy import Policy
from persistence.allocation import snapshot as reading
from persistence.allocation.funds import funds, open_order_values
from persistence.master_data.writing import versions
from persistence.unit_of_work import UnitOfWork
from services.allocation.funds import facts_of
from services.calendar.business_days import business_calendar, calendar_warnings


@dataclass(frozen=True)
class Snapshot:
    """The allocator's input, and the way back from its ids to rows of the database.

    line_keys: line_id -> order_line_id, order_id, customer_id. The other maps go from codes to
    keys. skus: the goods it was read for, by key; None for all.
    """

    tables: Tables
    policy_version: int
    policy: Policy
    versions: Mapping[str, int]
    skus: frozenset[int] | None
    line_keys: pl.DataFrame
    sku_keys: pl.DataFrame
    warehouse_keys: pl.DataFrame
    store_keys: pl.DataFrame
    region_keys: pl.DataFrame
    # store_id, region_id, sku_id, units: what every store and reserve looked at lacks, or nothing.
    gaps: pl.DataFrame
    # The oldest day on which FINANCE confirmed figures used here (A3); None where none is dated.
    funds_confirmed_on: dt.date | None
    warnings: tuple[Message, ...]


@dataclass(frozen=True)
class Rows:
    """All rows of one reading, and the policy that they were read under."""

    policy_version: int
    policy: Policy
    today: dt.date
    goods: frozenset[int] | None
    stock: pl.DataFrame
    lines: pl.DataFrame
    orders: pl.DataFrame
    values: Mapping[int, Decimal] | None
    funds: Sequence[Any]
    stores: Sequence[Any]
    store_stock: pl.DataFrame
    reserves: pl.DataFrame
    skus: Sequence[Any]
    products: Sequence[Any]
    regions: Sequence[Any]
    calendar: BusinessCalendar
    calendar_warnings: Sequence[Message]
    versions: Mapping[str, int]


# More lines than this, and all confirmed orders are read rather than theirs by name.
MOST_ORDERS_BY_KEY = 20_000


async def read_snapshot(
    uow: UnitOfWork, policy_version: int, policy: Policy, skus: frozenset[int] | None = None
) -> Snapshot:
    """Free stock of the central warehouses and the open claims on it; see `read_rows`."""
    return await assembled(await read_rows(uow, policy_version, policy, skus))


async def read_rows(
    uow: UnitOfWork, policy_version: int, policy: Policy, skus: frozenset[int] | None = None
) -> Rows:
    """Read free stock of the central warehouses and the open claims on it (`allocation.md` 11).

    skus: only these goods, and only the claims that they can reach: those on them, and the other
    lines of orders that ship as a whole or for a least value. All else would be given nothing, and
    takes nothing from anyone.
    The caller's transaction sees one instant, or holds the rows locked.
    """
    session = uow.session
    today = policy.local_date(uow.now)
    stock = await reading.free_stock(session, skus)
    lines, orders = await _competing(uow, skus)
    customers = orders["customer_id"].unique().sort().to_list()
    store_stock = await reading.store_stock(session, skus)
    reserves = await reading.region_reserves(session, skus)
    # For the ranks by funds, what a customer may spend must not depend on the goods looked at.
    values = (
        await open_order_values(session, customers)
        if skus is not None and policy.franchisee_order == "FUNDS"
        else None
    )
    referred = None if skus is None else sorted(skus | set(lines["sku_id"].to_list()))
    return Rows(
        policy_version=policy_version,
        policy=policy,
        today=today,
        goods=skus,
        stock=stock,
        lines=lines,
        orders=orders,
        values=values,
        funds=await funds(session, today, customers),
        stores=await reading.stores(session),
        store_stock=store_stock,
        reserves=reserves,
        # Last, so that what came in between the statements of a run that holds its rows is known.
        skus=await reading.skus_of(session, referred),
        products=await reading.products(session, policy.season),
        regions=await reading.regions(session),
        calendar=await business_calendar(uow, policy),
        calendar_warnings=await calendar_warnings(uow, policy),
        versions=await versions(session),
    )


async def assembled(read: Rows) -> Snapshot:
    """The allocator's tables of what was read.

    A million lines take a second to put together; who else asks is not kept waiting.
    """
    return await asyncio.to_thread(_assembled, read)


async def _competing(
    uow: UnitOfWork, skus: frozenset[int] | None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The open lines that compete, and their orders."""
    session = uow.session
    lines = await reading.open_lines(session, skus)
    asked = None
    if lines.height <= MOST_ORDERS_BY_KEY:
        asked = lines["order_id"].unique().sort().to_list()
    orders = await reading.claiming_orders(session, asked)
    orders = orders.join(lines.select("order_id").unique(), on="order_id", how="semi")
    if skus is not None:
        tied = orders.filter((pl.col("ship_complete") == 1) | (pl.col("min_ship_value_cents") > 0))[
            "order_id"
        ]
        if tied.len():
            whole = await reading.open_lines_of_orders(session, tied.to_list())
            lines = pl.concat([lines, whole]).unique("order_line_id", keep="first")
    lines = lines.join(
        orders.select("order_id", "order_number", *("ship_complete", "min_ship_value_cents")),
        on="order_id",
        how="inner",
    )
    return lines.sort("order_line_id"), orders


def _assembled(read: Rows) -> Snapshot:
    policy = read.policy
    skus = _keyed(
        "sku", read.skus, {"sku_id": "code", "product_id": "product_id", "own_pack": "pack"}
    )
    customers = _keyed("customer", read.funds, {"customer": "code"})
    stores = _keyed("store", read.stores, {"store_id": "code"})
    regions = _keyed("region", read.regions, {"region_id": "code"})
    lines = (
        read.lines.rename({"sku_id": "sku_key", "customer_id": "customer_key"})
        .join(skus, on="sku_key", how="left", maintain_order="left")
        .with_columns(
            line_id=pl.format(
                "{}/{}",
                pl.col("order_number"),
                pl.col("line_no").cast(pl.String).str.zfill(LINE_DIGITS),
            ),
            pack=pl.coalesce("pack", "own_pack"),
        )
    )
    dated = [row.confirmed_on for row in read.funds if row.confirmed_on is not None]
    confirmed_on = min(dated, default=None)
    used_products = {row.product_id for row in read.skus}
    products = [row for row in read.products if read.goods is None or row.id in used_products]
    product_codes = {row.id: row.code for row in read.products}
    store_stock = _gaps(read.store_stock, "store", stores, skus)
    reserves = _gaps(read.reserves, "region", regions, skus)
    used_stores = set(store_stock["store_id"].unique().to_list())
    stock = read.stock.rename({"warehouse_id": "warehouse_key", "sku_id": "sku_key"}).join(
        skus, on="sku_key", how="left", maintain_order="left"
    )
    orders = read.orders.rename({"customer_id": "customer_key"}).join(
        customers, on="customer_key", how="left", maintain_order="left"
    )
    tables = Tables(
        regions=_frame("regions", read.regions, region_id="code", name="name"),
        products=pl.DataFrame(
            {
                "product_id": [row.code for row in products],
                "launch_rank": [row.launch_rank for row in products],
                "season": [SEASON_CODES[row.season] for row in products],
            },
            schema=_schema("products"),
        ),
        skus=pl.DataFrame(
            {
                "sku_id": [row.code for row in read.skus],
                "product_id": [product_codes[row.product_id] for row in read.skus],
                "size": [row.size for row in read.skus],
                "price_cents": [price_in_minor(row.list_price, row.currency) for row in read.skus],
                "pack": [row.pack for row in read.skus],
            },
            schema=_schema("skus"),
        ),
        supply=_columns(stock.rename({"warehouse": "warehouse_id"}), "supply"),
        franchisees=_franchisees(read, lines, policy),
        orders=_columns(
            orders.drop("order_id").rename(
                {"order_number": "order_id", "customer": "franchisee_id"}
            ),
            "orders",
        ),
        order_lines=_columns(
            lines.drop("order_id").rename({"order_number": "order_id"}), "order_lines"
        ),
        stores=_frame(
            "stores",
            [row for row in read.stores if read.goods is None or row.code in used_stores],
            store_id="code",
            region_id="region",
            tier="tier",
        ),
        store_stock=store_stock,
        region_reserves=reserves,
        prepacks=pl.DataFrame(schema=_schema("prepacks")),
        settings=_settings(policy, {row.code for row in read.regions}),
    )
    return Snapshot(
        tables=tables,
        policy_version=read.policy_version,
        policy=policy,
        versions={"POLICY": read.policy_version, **read.versions},
        skus=read.goods,
        line_keys=lines.select("line_id", "order_line_id", "order_id", "customer_key", "sku_key"),
        sku_keys=skus.select("sku_id", "sku_key"),
        warehouse_keys=read.stock.select("warehouse", warehouse_key="warehouse_id").unique(),
        store_keys=stores,
        region_keys=regions,
        gaps=_lacking(read),
        funds_confirmed_on=confirmed_on,
        warnings=(
            *stale_figures(
                {row.code: row.confirmed_on for row in read.funds},
                read.today,
                policy,
                read.calendar,
            ),
            *read.calendar_warnings,
        ),
    )


# Line numbers are padded, so that lines of an order sort by number.
LINE_DIGITS = 4


def line_id(order_number: str, line_no: int) -> str:
    """The allocator's id of an order line."""
    return f"{order_number}/{line_no:0{LINE_DIGITS}d}"


def _keyed(name: str, rows: Sequence[Any], columns: Mapping[str, str]) -> pl.DataFrame:
    """A small table with its keys under `name`_key."""
    return pl.DataFrame(
        {
            f"{name}_key": pl.Series([row.id for row in rows], dtype=pl.Int64),
            **{
                column: pl.Series(
                    [getattr(row, source) for row in rows],
                    dtype=pl.String if source == "code" else pl.Int64,
                )
                for column, source in columns.items()
            },
        }
    )


def _lacking(read: Rows) -> pl.DataFrame:
    nobody = pl.lit(None, pl.Int64)
    of_stores = read.store_stock.select(
        "store_id", "sku_id", region_id=nobody, units=pl.col("safety") - pl.col("on_hand")
    )
    of_regions = read.reserves.select(
        "region_id", "sku_id", store_id=nobody, units=pl.col("target") - pl.col("current")
    )
    columns = ["store_id", "region_id", "sku_id", pl.col("units").clip(0)]
    return pl.concat([of_stores.select(columns), of_regions.select(columns)])


def _gaps(
    read: pl.DataFrame, outlet: str, outlets: pl.DataFrame, skus: pl.DataFrame
) -> pl.DataFrame:
    """The rows of stores or reserves, with codes for keys."""
    table = "store_stock" if outlet == "store" else "region_reserves"
    coded = (
        read.rename({f"{outlet}_id": f"{outlet}_key", "sku_id": "sku_key"})
        .join(outlets, on=f"{outlet}_key", how="left", maintain_order="left")
        .join(skus, on="sku_key", how="left", maintain_order="left")
        .with_columns(pack=pl.coalesce("pack", "own_pack"))
    )
    return _columns(coded, table)


def _columns(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    return frame.select(list(_schema(table)))


def _schema(table: str) -> dict[str, Any]:
    return dict(COLUMNS[table])


def _frame(table: str, rows: Sequence[Any], **columns: str) -> pl.DataFrame:
    return pl.DataFrame(
        {name: [getattr(row, source) for row in rows] for name, source in columns.items()},
        schema=_schema(table),
    )


def _franchisees(read: Rows, lines: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    cents = (pl.col("price_cents").cast(pl.Int128) * pl.col("qty")).sum()
    of_lines = lines.group_by("customer_key").agg(cents)
    in_minor: dict[int, int] = dict(of_lines.iter_rows())
    wanted: Mapping[int, Decimal] = read.values or {
        row.id: from_minor(in_minor.get(row.id, 0), row.currency) for row in read.funds
    }
    available: dict[str, AvailableFunds] = {
        row.code: available_funds(facts_of(row, wanted.get(row.id, Decimal(0))), policy)
        for row in read.funds
    }
    if policy.franchisee_order == "FUNDS":
        ranks = ranks_by_funds({code: parts.total for code, parts in available.items()})
    else:
        ranks = {row.code: row.rank for row in read.funds}
    parts = [available[row.code] for row in read.funds]
    return pl.DataFrame(
        {
            "franchisee_id": [row.code for row in read.funds],
            "rank": [ranks[row.code] for row in read.funds],
            "reserve_rank": [
                row.rank if row.reserve_rank is None else row.reserve_rank for row in read.funds
            ],
            # Signed extensions count with the balance.
            "balance_cents": [
                to_minor(part.balance + part.extensions, row.currency)
                for part, row in zip(parts, read.funds, strict=True)
            ],
            "credit_limit_cents": [
                to_minor(part.credit, row.currency)
                for part, row in zip(parts, read.funds, strict=True)
            ],
            "guarantee_cents": [
                to_minor(part.guarantees, row.currency)
                for part, row in zip(parts, read.funds, strict=True)
            ],
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
