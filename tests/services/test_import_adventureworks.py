"""The mapping for AdventureWorks: real input, what is derived held against the source."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import text

from domain.principals import SYSTEM
from persistence.invariants import check_invariants
from services.bootstrap import Dependencies
from services.imports import Dataset, Reader, import_data
from tests.statements import counting

REPOSITORY = Path(__file__).parents[2]
DATA = REPOSITORY.parent / "shared" / "data" / "adventureworks"
MAPPING = REPOSITORY / "examples" / "adventureworks" / "mapping.toml"
LAST_WAVE, FIRST_WAVE = dt.date(2013, 11, 29), dt.date(2010, 12, 29)

pytestmark = pytest.mark.skipif(
    not DATA.exists(), reason=f"the AdventureWorks data set is not at {DATA}"
)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.open(DATA, MAPPING)


@pytest.fixture(scope="module")
def last(reader: Reader) -> Dataset:
    return reader.examine().alone()


def source(name: str) -> pl.DataFrame:
    return pl.read_csv(DATA / f"{name}.csv", infer_schema=False)


def test_every_row_of_the_source_is_there(last: Dataset) -> None:
    assert last.title == "AdventureWorks, wave of 2013-11-29"
    assert last.counts == {
        "regions": 10,
        "warehouses": 1,
        "products": 107,
        "skus": 266,
        "customers": 701,
        "stores": 53,
        "store_stock": 1787,
        "region_reserves": 1320,
        "orders": 3796,
        "order_lines": 60855,
        "arrivals": 256,
        "milestones": 11208,
        "shipments": 3616,
    }
    assert last.policy is not None
    assert last.policy.region_order["SPRING_SUMMER"] == tuple(map(str, range(1, 11)))


def test_the_last_wave_is_open_and_all_before_it_is_shipped(last: Dataset) -> None:
    orders, lines = last.frames["orders"], last.frames["order_lines"]
    status = dict(orders["status"].value_counts().iter_rows())
    assert status == {"OPEN": 180, "SHIPPED": 3616}
    open_lines = lines.join(orders.filter(pl.col("status") == "OPEN"), "order_id", how="semi")
    assert (open_lines["quantity"].sum(), open_lines["shipped_quantity"].sum()) == (10264, 0)
    assert set(orders["currency"]) == {"USD"}


def test_outstanding_is_what_the_source_derived_for_the_last_wave(last: Dataset) -> None:
    """The rule that serves every wave gives the source's own figures for its snapshot day."""
    theirs = source("franchisees").select(
        customer_id="franchisee_id",
        owed=pl.col("d_outstanding_at_snapshot").str.to_decimal(scale=6).round(2),
    )
    both = last.frames["customers"].join(theirs, "customer_id")
    difference = (both["balance"].cast(pl.Decimal(38, 6)) + both["owed"]).abs()
    assert both.height == 701
    # The source rounded binary fractions; a cent is all that may be between us.
    assert difference.max() <= Decimal("0.01")


def test_ranks_tiers_and_launch_ranks_are_derived_as_said(last: Dataset) -> None:
    ranks = last.frames["customers"].group_by("class", "rank").len().sort("class")
    assert list(ranks.iter_rows()) == [("A", 1, 396), ("B", 2, 218), ("C", 3, 87)]
    tiers = dict(last.frames["stores"]["tier"].value_counts().iter_rows())
    assert tiers == {"A": 18, "B": 18, "C": 17}
    best = source("stores").sort(pl.col("sales_amount").cast(pl.Float64))["store_id"][-1]
    tier_of = dict(last.frames["stores"].select("store_id", "tier").iter_rows())
    assert tier_of[best] == "A"
    sold = (
        source("order_lines")
        .join(source("orders").filter(pl.col("d_wave_date") < "2013-11-29"), "order_id")
        .join(source("skus").select("sku_id", "product_id"), "sku_id")
        .group_by("product_id")
        .agg(pl.col("quantity").cast(pl.Int64).sum())
    )
    first = last.frames["products"].sort("launch_rank")["product_id"][0]
    assert first == sold.sort("quantity")["product_id"][-1]


def test_prices_keep_the_sources_discounts(last: Dataset) -> None:
    """Price less discount times quantity is the source's own amount of the line."""
    theirs = source("order_lines").select(
        "order_id", line_no=pl.col("line_no").cast(pl.Int64), amount=pl.col("line_amount")
    )
    net = pl.col("unit_price") * (100 - pl.col("discount_pct")) / 100 * pl.col("quantity")
    both = last.frames["order_lines"].with_columns(net=net).join(theirs, ["order_id", "line_no"])
    difference = (both["net"].cast(pl.Float64) - both["amount"].cast(pl.Float64)).abs()
    assert both.height == 60855
    assert difference.max() < 0.0051


def test_the_evenings_stock_arrives_and_negative_books_are_reported(last: Dataset) -> None:
    arrival = last.arrivals[0]
    assert (arrival.receipt_id, arrival.warehouse_id) == ("WAVE-2013-11-29", "CENTRAL")
    assert (len(arrival.units_by_sku), len(last.arrivals)) == (256, 1)
    assert min(arrival.units_by_sku.values()) > 0
    assert any(
        said == "note: 9 SKUs had negative stock in that evening's books; they are taken as 0."
        for said in map(str, last.said)
    )
    assert any("all prices are taken as US dollars" in str(said) for said in last.said)


def test_another_wave_knows_nothing_of_what_came_later(reader: Reader) -> None:
    data = reader.examine({"wave": FIRST_WAVE}).alone()
    assert data.counts["orders"] == 38
    assert "shipments" not in data.counts
    assert "store_stock" not in data.counts
    assert data.frames["customers"]["balance"].sum() == 0


def test_every_wave_of_a_replay_is_sound(reader: Reader) -> None:
    """36 waves from one reading; what they want and get adds up to the source's totals."""
    waves = reader.choices("wave")
    assert (len(waves), waves[0], waves[-1]) == (36, FIRST_WAVE, LAST_WAVE)
    wanted = 0
    for wave in waves:
        data = reader.examine({"wave": wave}, only_open=True).alone()
        assert set(data.frames["orders"]["status"]) == {"OPEN"}
        wanted += data.frames["order_lines"]["quantity"].sum()
    assert wanted == 214_378


def test_a_day_without_a_wave_is_refused(reader: Reader) -> None:
    fault = reader.examine({"wave": dt.date(2013, 11, 28)}).faults()[0]
    assert (fault.column, fault.value) == ("parameters.wave", "2013-11-28")


async def test_sixty_thousand_lines_are_loaded_as_sets(deps: Dependencies, reader: Reader) -> None:
    """Written by COPY as the application's role, not row by row; again, it is no news."""
    examined = reader.examine()
    with counting(deps.engine) as statements:
        async with deps.unit_of_work(SYSTEM) as uow:
            report = await import_data(examined, uow)
    assert len(statements) < 200
    assert report.changes["order_lines"].added == 60855
    async with deps.unit_of_work(SYSTEM) as uow:
        again = await import_data(examined, uow)
    assert not again.changed_anything
    async with deps.unit_of_work(SYSTEM) as uow:
        shipped = await uow.session.scalar(text("SELECT sum(units) FROM shipment_lines"))
        assert shipped == 214_378 - 10_264
        assert [i.name for i in await check_invariants(uow.session) if i.broken] == []
