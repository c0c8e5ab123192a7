"""The canonical tables: what `apportion import` reads, column by column.

A company's own files are brought into this form by a mapping file; `docs/reference/mapping.md`
describes both. All tables are optional except where rows of others refer to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from domain.currencies import MOST_DECIMALS
from domain.limits import MOST_MONEY, MOST_PRICE, MOST_UNITS, PLACES
from domain.master_data.values import HIGHEST_RANK
from domain.parties.vocabularies import (
    CustomerClass,
    CustomerKind,
    PaymentTerms,
    StoreKind,
    WarehouseKind,
)
from domain.seasons import Season


class Kind(Enum):
    """What a cell must be."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    FLAG = "flag"


# The allocator's own limit of a supply row (docs/reference/allocation-files.md).
MOST_STOCK = 1_000_000_000_000


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a canonical table and the limits of its cells.

    code: what people call things by; as it is shown, never as a number of the same value.
    per_cent: in hundredths, so that a cell of 15 % is 15.
    """

    name: str
    kind: Kind = Kind.TEXT
    required: bool = False
    choices: tuple[str, ...] = ()
    default: str | None = None
    longest: int = 200
    least: int | None = None
    most: int | None = None
    places: int = 0
    refers_to: str | None = None
    code: bool = False
    per_cent: bool = False

    @property
    def is_code(self) -> bool:
        return self.code or bool(self.choices)


@dataclass(frozen=True, slots=True)
class Table:
    """One canonical table: its key and its columns, in the order of the documentation."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def references(self) -> Iterator[tuple[Column, str]]:
        """Columns that must name a row of another table, with that table's name."""
        for column in self.columns:
            if column.refers_to is not None:
                yield column, column.refers_to


def _id(name: str, refers_to: str | None = None, *, required: bool = True) -> Column:
    return Column(name, required=required, longest=64, refers_to=refers_to, code=True)


def _name(name: str, *, required: bool = True) -> Column:
    return Column(name, required=required)


def _choice(name: str, *choices: str, default: str | None = None) -> Column:
    return Column(name, choices=choices, required=default is None, default=default)


def _units(
    name: str, *, default: str | None = None, required: bool = True, least: int = 0
) -> Column:
    return Column(
        name,
        Kind.INTEGER,
        required=required and default is None,
        default=default,
        least=least,
        most=MOST_UNITS,
    )


def _pack(default: str | None = None) -> Column:
    return Column("pack", Kind.INTEGER, default=default, least=1, most=MOST_UNITS)


def _stock(name: str) -> Column:
    return Column(name, Kind.INTEGER, required=True, least=0, most=MOST_STOCK)


def _rank(name: str, *, required: bool = False) -> Column:
    return Column(name, Kind.INTEGER, required=required, least=1, most=HIGHEST_RANK)


def _money(name: str, *, least: int = 0) -> Column:
    """An amount; how many decimals its currency has is looked at with the currency."""
    return Column(name, Kind.DECIMAL, least=least, most=MOST_MONEY, places=MOST_DECIMALS)


def _price(name: str) -> Column:
    return Column(name, Kind.DECIMAL, required=True, least=0, most=MOST_PRICE, places=PLACES)


def _date(name: str, *, required: bool = False) -> Column:
    return Column(name, Kind.DATE, required=required)


def _currency() -> Column:
    return Column("currency", longest=3, code=True)


ORDER_STATUSES = ("OPEN", "HELD", "SHIPPED", "DELIVERED", "CLOSED", "CANCELLED")
# Orders that still want goods.
OPEN_STATUSES = ("OPEN", "HELD")
# Picks are made by allocation, which holds stock and funds for them; they are not imported.
SHIPMENT_STATUSES = ("DISPATCHED", "DELIVERED")

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table("regions", ("region_id",), (_id("region_id"), _name("name"), Column("name_zh"))),
        Table(
            "warehouses",
            ("warehouse_id",),
            (
                _id("warehouse_id"),
                _name("name"),
                Column("name_zh"),
                _choice("kind", *WarehouseKind, default=WarehouseKind.CENTRAL),
                _id("region_id", "regions", required=False),
            ),
        ),
        Table(
            "products",
            ("product_id",),
            (
                _id("product_id"),
                _name("name"),
                Column("name_zh"),
                _choice("season", *Season),
                _rank("launch_rank", required=True),
            ),
        ),
        Table(
            "skus",
            ("sku_id",),
            (
                _id("sku_id"),
                _id("product_id", "products"),
                Column("size", longest=32, code=True),
                Column("colour", longest=64, code=True),
                _pack("1"),
                _price("list_price"),
                _currency(),
            ),
        ),
        Table(
            "customers",
            ("customer_id",),
            (
                _id("customer_id"),
                _name("name"),
                Column("name_zh"),
                _choice("kind", *CustomerKind),
                Column("class", choices=tuple(CustomerClass)),
                _id("region_id", "regions", required=False),
                _choice("payment_terms", *PaymentTerms, default=PaymentTerms.PREPAID),
                _currency(),
                _rank("rank"),
                _rank("reserve_rank"),
                _money("credit_limit"),
                _money("balance", least=-MOST_MONEY),
                _money("guarantee"),
                Column("blocked", Kind.FLAG, default="0"),
                _date("confirmed_on"),
            ),
        ),
        Table(
            "stores",
            ("store_id",),
            (
                _id("store_id"),
                _name("name"),
                Column("name_zh"),
                _id("region_id", "regions"),
                Column("tier", required=True, longest=16, code=True),
                _choice("kind", *StoreKind, default=StoreKind.DIRECT),
            ),
        ),
        Table(
            "store_stock",
            ("store_id", "sku_id"),
            (
                _id("store_id", "stores"),
                _id("sku_id", "skus"),
                _units("safety_stock"),
                _units("on_hand"),
                _units("in_transit", required=False),
                _pack(),
            ),
        ),
        Table(
            "region_reserves",
            ("region_id", "sku_id"),
            (
                _id("region_id", "regions"),
                _id("sku_id", "skus"),
                _units("target"),
                _units("current", default="0"),
                _pack(),
            ),
        ),
        Table(
            "orders",
            ("order_id",),
            (
                _id("order_id"),
                _id("customer_id", "customers"),
                _date("placed_on", required=True),
                _date("required_on"),
                _date("promised_on"),
                _choice("status", *ORDER_STATUSES, default="OPEN"),
                _currency(),
                Column("ship_complete", Kind.FLAG, default="0"),
                _money("min_ship_value"),
                Column("customer_po", longest=64, code=True),
                Column("note", longest=2000),
            ),
        ),
        Table(
            "order_lines",
            ("order_id", "line_no"),
            (
                _id("order_id", "orders"),
                Column("line_no", Kind.INTEGER, required=True, least=1, most=1_000_000),
                _id("sku_id", "skus"),
                _units("quantity", least=1),
                _price("unit_price"),
                Column(
                    "discount_pct",
                    Kind.DECIMAL,
                    least=0,
                    most=100,
                    places=4,
                    default="0",
                    per_cent=True,
                ),
                _units("shipped_quantity", default="0"),
                Column("reserve", Kind.FLAG, default="1"),
                _pack(),
            ),
        ),
        Table(
            "stock",
            ("warehouse_id", "sku_id"),
            (_id("warehouse_id", "warehouses"), _id("sku_id", "skus"), _stock("on_hand")),
        ),
        Table(
            "arrivals",
            ("receipt_id", "warehouse_id", "sku_id"),
            (
                _id("receipt_id"),
                _id("warehouse_id", "warehouses"),
                _id("sku_id", "skus"),
                _stock("units"),
            ),
        ),
        Table(
            "milestones",
            ("order_id", "number"),
            (
                _id("order_id", "orders"),
                Column("number", Kind.INTEGER, required=True, least=1, most=17),
                _date("estimated_on"),
                _date("closed_on"),
                Column("closed_by", longest=100),
            ),
        ),
        Table(
            "shipments",
            ("shipment_id",),
            (
                _id("shipment_id"),
                _id("order_id", "orders"),
                _choice("status", *SHIPMENT_STATUSES),
                Column("carrier", longest=100),
                Column("tracking_number", longest=100, code=True),
                _date("shipped_on"),
                _date("expected_on"),
                _date("delivered_on"),
            ),
        ),
        Table(
            "people",
            ("user",),
            (
                Column("user", required=True, longest=100, code=True),
                _name("name"),
                Column("roles", required=True, longest=1000),
                _id("customer_id", "customers", required=False),
            ),
        ),
    )
}
