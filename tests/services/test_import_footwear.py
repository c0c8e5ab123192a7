"""The made-up company in examples/footwear: reproducible, and with something of everything."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest

from domain.policy import AUTUMN_WINTER_REGIONS, SPRING_SUMMER_REGIONS
from services.imports import Dataset, dataset

FOLDER = Path(__file__).parents[2] / "examples" / "footwear"


@pytest.fixture(scope="module")
def company() -> Dataset:
    return dataset(FOLDER)


def test_the_generator_writes_the_same_bytes(tmp_path: Path) -> None:
    subprocess.run([sys.executable, FOLDER / "generate.py", tmp_path], check=True)
    written = {file.name: file.read_bytes() for file in tmp_path.glob("*.csv")}
    shipped = {file.name: file.read_bytes() for file in FOLDER.glob("*.csv")}
    assert written == shipped


def test_everything_says_that_it_is_made_up(company: Dataset) -> None:
    for table in ("regions", "warehouses", "products", "customers", "stores", "people"):
        assert company.frames[table]["name"].str.starts_with("Example").all()
    # Regions and products are named after places and things.
    for table in ("warehouses", "customers", "stores"):
        assert company.frames[table]["name_zh"].str.starts_with("示例").all()
    assert "made up" in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_regions_and_their_order_are_those_of_the_rules(company: Dataset) -> None:
    """P5: ten regions in spring/summer; autumn/winter does not list Nanning."""
    assert company.policy is not None
    assert tuple(company.policy.region_order["SPRING_SUMMER"]) == SPRING_SUMMER_REGIONS
    assert tuple(company.policy.region_order["AUTUMN_WINTER"]) == AUTUMN_WINTER_REGIONS
    assert company.frames["regions"]["name_zh"].to_list()[:2] == ["机场", "深圳"]


def test_it_is_small_and_has_something_of_everything(company: Dataset) -> None:
    """A3-A6 P2 P4: all kinds, terms and tiers that decide an allocation."""
    counts = company.counts
    assert 55 <= counts["orders"] <= 70
    assert 250 <= counts["order_lines"] <= 350
    customers = company.frames["customers"]
    assert set(customers["kind"]) == {"FRANCHISEE", "DISTRIBUTOR", "EXPORT"}
    assert {"PREPAID", "MONTHLY", "LC", "OPEN_ACCOUNT"} <= set(customers["payment_terms"])
    assert customers["rank"].is_duplicated().any()
    assert customers.filter(customers["blocked"])["customer_id"].to_list() == ["F10"]
    assert set(company.frames["stores"]["tier"]) == {"A", "B", "C"}
    assert set(company.frames["stores"]["kind"]) == {"DIRECT", "JOINT"}
    assert set(company.frames["products"]["season"]) == {
        "SPRING_SUMMER",
        "AUTUMN_WINTER",
        "NON_SEASONAL",
    }
    assert set(company.frames["orders"]["status"]) == {
        "OPEN",
        "HELD",
        "CANCELLED",
        "SHIPPED",
        "DELIVERED",
        "CLOSED",
    }
    assert [arrival.receipt_id for arrival in company.arrivals] == ["EX-GR-001"]


def test_nothing_is_dated_after_the_day_the_story_stands_at(company: Dataset) -> None:
    """M4: a milestone is never closed in the future."""
    assert company.frames["milestones"]["closed_on"].max() <= dt.date(2026, 11, 20)
    assert company.frames["shipments"]["delivered_on"].max() <= dt.date(2026, 11, 20)
