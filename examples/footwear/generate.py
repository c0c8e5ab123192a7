"""Make the example company: `python examples/footwear/generate.py [FOLDER]`.

Everything is made up: no company, person or figure here is real. The same seed gives the same
bytes, and a test holds the files in this folder against what this script writes.
"""

from __future__ import annotations

import csv
import datetime as dt
import random
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from company import CUSTOMERS, MEN, PEOPLE, REGIONS, STEPS, STORE_TIERS, STYLES, Customer, Style

SEED = 20261121
# The day the story stands at: the spring/summer goods of the autumn's order fair are arriving.
TODAY = dt.date(2026, 11, 20)
FAIR = dt.date(2026, 9, 18)

Row = Sequence[object]


@dataclass
class Order:
    id: str
    customer: Customer
    placed: dt.date
    status: str
    note: str = ""
    ship_complete: bool = False
    min_ship_value: int | None = None
    lines: list[tuple[str, int, int, Style]] = field(default_factory=list)
    shipped_on: dt.date | None = None
    delivered_on: dt.date | None = None


class Company:
    """Draws the made-up company, table by table, from one seeded source of chance."""

    def __init__(self) -> None:
        self.chance = random.Random(SEED)
        self.orders = [*self._past_orders(), *self._fair_orders()]

    def _lines(self, order: Order, styles: Iterable[Style], most: int) -> None:
        for style in styles:
            middle = list(style.sizes)[1:-1]
            for size in sorted(self.chance.sample(middle, k=min(most, len(middle)))):
                packs = self.chance.randint(1, 3)
                order.lines.append((f"{style.id}-{size}", packs * style.pack, 0, style))

    def _past_orders(self) -> list[Order]:
        """Autumn/winter orders of the spring fair: shipped, most delivered, some closed."""
        found = []
        winter = [style for style in STYLES if style.season != "SPRING_SUMMER"]
        for number in range(1, 37):
            placed = dt.date(2026, 4, 6) + dt.timedelta(days=3 * number + self.chance.randint(0, 2))
            customer = CUSTOMERS[self.chance.randrange(len(CUSTOMERS))]
            shipped = placed + dt.timedelta(days=60 + self.chance.choice((-4, -2, 0, 0, 1, 3, 9)))
            delivered = shipped + dt.timedelta(days=self.chance.randint(2, 6))
            status = "CLOSED" if number <= 24 else "DELIVERED"
            order = Order(f"EX-26A-{number:03}", customer, placed, status)
            order.shipped_on, order.delivered_on = shipped, delivered
            if number > 33:
                order.status, order.delivered_on = "SHIPPED", None
                order.shipped_on = TODAY - dt.timedelta(days=37 - number)
            styles = self.chance.sample(winter, k=2)
            self._lines(order, sorted(styles, key=lambda style: style.id), 2)
            order.lines = [(sku, units, units, style) for sku, units, _, style in order.lines]
            found.append(order)
        return found

    def _fair_orders(self) -> list[Order]:
        """Spring/summer orders of the autumn fair: they compete for the goods to come."""
        found = []
        wanted = [style for style in STYLES if style.supply > 0]
        for number in range(1, 27):
            customer = CUSTOMERS[(number - 1) % len(CUSTOMERS)]
            placed = FAIR + dt.timedelta(days=self.chance.randint(0, 3))
            order = Order(f"EX-27S-{number:03}", customer, placed, "OPEN", "order fair 订货会")
            styles = self.chance.sample(wanted, k=3)
            self._lines(order, sorted(styles, key=lambda style: style.launch_rank), 2)
            found.append(order)
        found[2].ship_complete = True
        found[5].min_ship_value = 3000
        found[20].status, found[20].note = "HELD", "order fair 订货会; bank slip missing 缺银行水单"
        found[23].status, found[23].note = (
            "CANCELLED",
            "order fair 订货会; cancelled by customer 客户取消",
        )
        # Less than a pack is left of this line: it cannot be given.
        sku, _, _, style = found[4].lines[0]
        found[4].lines[0] = (sku, style.pack - 1, 0, style)
        # Partly shipped ahead of the season.
        sku, units, _, style = found[0].lines[-1]
        found[0].lines[-1] = (sku, units + style.pack, style.pack, style)
        found[0].shipped_on = TODAY - dt.timedelta(days=9)
        found[0].delivered_on = TODAY - dt.timedelta(days=6)
        return found

    def tables(self) -> dict[str, tuple[Sequence[str], list[Row]]]:
        """Every table of the company: heading and rows."""
        return {
            "regions": (
                ("region_id", "name", "name_zh"),
                [(r, f"Example {r}", zh) for r, zh in REGIONS],
            ),
            "warehouses": self._warehouses(),
            "products": (
                ("product_id", "name", "name_zh", "season", "launch_rank"),
                [
                    (s.id, f"Example {s.name}", f"示例{s.name_zh}", s.season, s.launch_rank)
                    for s in STYLES
                ],
            ),
            "skus": (
                ("sku_id", "product_id", "size", "colour", "pack", "list_price", "currency"),
                [
                    (f"{s.id}-{size}", s.id, size, s.colour, s.pack, f"{s.price}.00", "CNY")
                    for s in STYLES
                    for size in s.sizes
                ],
            ),
            "customers": self._customers(),
            "stores": self._stores(),
            "store_stock": self._store_stock(),
            "region_reserves": self._region_reserves(),
            "orders": self._orders(),
            "order_lines": self._order_lines(),
            "stock": (
                ("warehouse_id", "sku_id", "on_hand"),
                [("CENTRAL", f"A03-{size}", 8) for size in MEN],
            ),
            "arrivals": self._arrivals(),
            "milestones": self._milestones(),
            "shipments": self._shipments(),
            "people": (("user", "name", "roles", "customer_id"), list(PEOPLE)),
        }

    def _warehouses(self) -> tuple[Sequence[str], list[Row]]:
        rows: list[Row] = [("CENTRAL", "Example central warehouse", "示例总仓", "CENTRAL", "")]
        rows += [
            (f"W-{r}", f"Example warehouse {r}", f"示例{zh}区域仓库", "REGION", r)
            for r, zh in REGIONS
        ]
        return ("warehouse_id", "name", "name_zh", "kind", "region_id"), rows

    def _customers(self) -> tuple[Sequence[str], list[Row]]:
        heading = (
            "customer_id",
            "name",
            "name_zh",
            "kind",
            "class",
            "region_id",
            "payment_terms",
            "currency",
            "rank",
            "reserve_rank",
            "credit_limit",
            "balance",
            "guarantee",
            "blocked",
            "confirmed_on",
        )
        rows: list[Row] = [
            (
                c.id,
                f"Example {c.kind.capitalize()} {c.name}",
                f"示例{c.name_zh}",
                c.kind,
                c.class_,
                c.region,
                c.terms,
                "CNY",
                c.rank,
                "" if c.reserve_rank is None else c.reserve_rank,
                "" if c.credit is None else f"{c.credit}.00",
                f"{c.balance}.00",
                f"{c.guarantee}.00",
                int(c.blocked),
                TODAY,
            )
            for c in CUSTOMERS
        ]
        return heading, rows

    def _stores(self) -> tuple[Sequence[str], list[Row]]:
        rows: list[Row] = []
        for region, region_zh in REGIONS:
            for number, tier in enumerate(STORE_TIERS[region], start=1):
                kind = "JOINT" if number == 2 else "DIRECT"
                name = f"Example {kind.lower()} store {region} {number}"
                name_zh = f"示例{region_zh}{'联营' if kind == 'JOINT' else '直营'}店{number}"
                rows.append((f"ST-{region}-{number}", name, name_zh, region, tier, kind))
        return ("store_id", "name", "name_zh", "region_id", "tier", "kind"), rows

    def _store_stock(self) -> tuple[Sequence[str], list[Row]]:
        rows: list[Row] = []
        carried = [style for style in STYLES if style.id in ("S02", "S03", "S04", "N01", "A03")]
        for store, _, _, _, tier, _ in self._stores()[1]:
            for style in self.chance.sample(carried, k=3):
                for size in list(style.sizes)[1:5]:
                    safety = {"A": 6, "B": 4, "C": 2}[str(tier)] + self.chance.randint(0, 1)
                    on_hand = self.chance.randint(0, safety)
                    if store.startswith("ST-Nanning") and style.season == "AUTUMN_WINTER":
                        # Winter's order does not list Nanning, and it wants nothing of winter.
                        on_hand = safety
                    transit = self.chance.choice((0, 0, 0, 1))
                    rows.append((store, f"{style.id}-{size}", safety, on_hand, transit, 1))
        rows.sort(key=lambda row: (str(row[0]), str(row[1])))
        return ("store_id", "sku_id", "safety_stock", "on_hand", "in_transit", "pack"), rows

    def _region_reserves(self) -> tuple[Sequence[str], list[Row]]:
        rows: list[Row] = []
        for region, _ in REGIONS:
            for style in (STYLES[2], STYLES[3], STYLES[8]):
                for size in list(style.sizes)[2:4]:
                    target = self.chance.randint(4, 10)
                    rows.append(
                        (region, f"{style.id}-{size}", target, self.chance.randint(0, 3), 2)
                    )
        return ("region_id", "sku_id", "target", "current", "pack"), rows

    def _orders(self) -> tuple[Sequence[str], list[Row]]:
        heading = (
            "order_id",
            "customer_id",
            "placed_on",
            "required_on",
            "promised_on",
            "status",
            "currency",
            "ship_complete",
            "min_ship_value",
            "customer_po",
            "note",
        )
        rows: list[Row] = []
        for number, order in enumerate(self.orders, start=1):
            required = order.placed + dt.timedelta(days=75)
            promised = order.placed + dt.timedelta(days=70)
            least = "" if order.min_ship_value is None else f"{order.min_ship_value}.00"
            rows.append(
                (
                    order.id,
                    order.customer.id,
                    order.placed,
                    required,
                    promised,
                    order.status,
                    "CNY",
                    int(order.ship_complete),
                    least,
                    f"PO-{number:04}",
                    order.note,
                )
            )
        return heading, rows

    def _order_lines(self) -> tuple[Sequence[str], list[Row]]:
        heading = (
            "order_id",
            "line_no",
            "sku_id",
            "quantity",
            "unit_price",
            "discount_pct",
            "shipped_quantity",
        )
        rows: list[Row] = [
            (order.id, number, sku, units, f"{style.price}.00", order.customer.discount, shipped)
            for order in self.orders
            for number, (sku, units, shipped, style) in enumerate(order.lines, start=1)
        ]
        return heading, rows

    def _arrivals(self) -> tuple[Sequence[str], list[Row]]:
        """One receipt: per style more or less than franchisees still want."""
        wanted: dict[str, int] = {}
        for order in self.orders:
            if order.status == "OPEN":
                for sku, units, shipped, _ in order.lines:
                    wanted[sku] = wanted.get(sku, 0) + units - shipped
        rows: list[Row] = []
        for style in STYLES:
            for size in style.sizes:
                sku = f"{style.id}-{size}"
                units = round(style.supply * wanted.get(sku, 0))
                if units:
                    rows.append(("EX-GR-001", "CENTRAL", sku, units))
        return ("receipt_id", "warehouse_id", "sku_id", "units"), rows

    def _milestones(self) -> tuple[Sequence[str], list[Row]]:
        rows: list[Row] = []
        for order in self.orders:
            if order.status in ("HELD", "CANCELLED"):
                continue
            rows += self._milestones_of(order)
        return ("order_id", "number", "estimated_on", "closed_on", "closed_by"), rows

    def _milestones_of(self, order: Order) -> list[Row]:
        past = order.status != "OPEN"
        found: dict[int, Row] = {1: (order.id, 1, "", order.placed, "chen")}
        for number, days, person in STEPS:
            estimated = order.placed + dt.timedelta(days=days)
            slip = self.chance.choice((-1, 0, 0, 0, 0, 1, 2, 5))
            closed: object = max(order.placed, estimated + dt.timedelta(days=slip))
            if number == 14 and past:
                closed = order.shipped_on
            if number == 15 and past and order.shipped_on is not None:
                closed = order.shipped_on + dt.timedelta(days=1)
            # Of the fair's orders only the first steps are done; payment waits for the goods.
            if not past and (number in (3, 7) or number > 8):
                closed = ""
            found[number] = (order.id, number, estimated, closed, person if closed else "")
        found[8] = (order.id, 8, order.placed + dt.timedelta(days=44), "", "")
        arrival = order.placed + dt.timedelta(days=64)
        found[17] = (order.id, 17, arrival, "", "")
        if past:
            asked = order.placed + dt.timedelta(days=50)
            found[10] = (order.id, 10, "", asked, "lin")
        if order.status == "CLOSED" and order.delivered_on is not None:
            closed_on = order.delivered_on + dt.timedelta(days=self.chance.randint(1, 8))
            found[16] = (order.id, 16, "", closed_on, "huang")
        return [found[number] for number in sorted(found)]

    def _shipments(self) -> tuple[Sequence[str], list[Row]]:
        heading = (
            "shipment_id",
            "order_id",
            "status",
            "carrier",
            "tracking_number",
            "shipped_on",
            "expected_on",
            "delivered_on",
        )
        rows: list[Row] = []
        for number, order in enumerate(self.orders, start=1):
            if order.shipped_on is None:
                continue
            rows.append(
                (
                    f"EX-SH-{number:03}",
                    order.id,
                    "DISPATCHED" if order.delivered_on is None else "DELIVERED",
                    "Example Express",
                    f"EXP{SEED % 1000}{number:05}",
                    order.shipped_on,
                    order.shipped_on + dt.timedelta(days=4),
                    "" if order.delivered_on is None else order.delivered_on,
                )
            )
        return heading, rows


def write(folder: Path) -> None:
    """Write every table of the company as CSV into the folder."""
    for name, (heading, rows) in Company().tables().items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(heading)
            writer.writerows(rows)


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
