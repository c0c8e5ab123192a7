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

SEED = 20261121
# The day the story stands at: the spring/summer goods of the autumn's order fair are arriving.
TODAY = dt.date(2026, 11, 20)
FAIR = dt.date(2026, 9, 18)

REGIONS = (
    ("airport", "机场"),
    ("Shenzhen", "深圳"),
    ("Dongguan", "东莞"),
    ("Guangzhou", "广州"),
    ("Shanghai", "上海"),
    ("Beijing", "北京"),
    ("Chengdu", "成都"),
    ("Shenyang", "沈阳"),
    ("Guiyang", "贵阳"),
    ("Nanning", "南宁"),
)
STORE_TIERS = {
    "airport": "ABC",
    "Shenzhen": "ABC",
    "Dongguan": "AB",
    "Guangzhou": "ABC",
    "Shanghai": "ABC",
    "Beijing": "ABC",
    "Chengdu": "AB",
    "Shenyang": "BC",
    "Guiyang": "BC",
    "Nanning": "C",
}
WOMEN, MEN = range(35, 41), range(39, 45)


@dataclass(frozen=True)
class Style:
    """A style of the launch plan. `supply` is what arrives per unit that franchisees still want."""

    id: str
    name: str
    name_zh: str
    season: str
    launch_rank: int
    sizes: range
    colour: str
    pack: int
    price: int
    supply: float


STYLES = (
    Style("S01", "Breeze sandal", "清风凉鞋", "SPRING_SUMMER", 1, WOMEN, "white", 6, 259, 0.6),
    Style("S02", "Ripple sandal", "涟漪凉鞋", "SPRING_SUMMER", 2, WOMEN, "black", 6, 289, 1.0),
    Style("S03", "Drift loafer", "轻舟乐福鞋", "SPRING_SUMMER", 3, MEN, "tan", 4, 399, 1.25),
    Style("S04", "Palm slipper", "棕榈拖鞋", "SPRING_SUMMER", 4, WOMEN, "green", 12, 99, 1.5),
    Style("S05", "Kite sneaker", "纸鸢运动鞋", "SPRING_SUMMER", 4, MEN, "blue", 4, 359, 0.8),
    Style("A01", "Ember boot", "炉火短靴", "AUTUMN_WINTER", 5, WOMEN, "brown", 4, 499, 0.0),
    Style("A02", "Frost boot", "霜降长靴", "AUTUMN_WINTER", 6, WOMEN, "black", 4, 629, 0.0),
    Style("A03", "Cedar boot", "雪松马丁靴", "AUTUMN_WINTER", 7, MEN, "black", 4, 559, 0.5),
    Style("N01", "Daily trainer", "日常运动鞋", "NON_SEASONAL", 8, MEN, "white", 4, 329, 1.6),
    Style("N02", "Plain pump", "简约单鞋", "NON_SEASONAL", 9, WOMEN, "black", 6, 239, 1.1),
)


@dataclass(frozen=True)
class Customer:
    """A made-up customer; credit None leaves it to the policy's default."""

    id: str
    name: str
    name_zh: str
    kind: str
    class_: str
    region: str
    terms: str
    rank: int
    credit: int | None
    balance: int
    guarantee: int = 0
    blocked: bool = False
    reserve_rank: int | None = None
    discount: int = field(default=45)


CUSTOMERS = (
    Customer(
        "F01", "Luohu", "罗湖加盟商", "FRANCHISEE", "A", "Shenzhen", "PREPAID", 1, 20000, 42000
    ),
    Customer(
        "F02", "Foshan", "佛山加盟商", "FRANCHISEE", "A", "Guangzhou", "PREPAID", 1, 20000, 26000
    ),
    Customer(
        "F03", "Pudong", "浦东加盟商", "FRANCHISEE", "A", "Shanghai", "TT_DEPOSIT", 2, 15000, 30000
    ),
    Customer(
        "F04",
        "Haidian",
        "海淀加盟商",
        "FRANCHISEE",
        "B",
        "Beijing",
        "PREPAID",
        3,
        10000,
        6000,
        12000,
    ),
    Customer(
        "F05", "Humen", "虎门加盟商", "FRANCHISEE", "B", "Dongguan", "PREPAID", 3, 10000, 18500
    ),
    Customer("F06", "Jinjiang", "锦江加盟商", "FRANCHISEE", "B", "Chengdu", "COD", 4, None, 21000),
    # Unfunded: nothing paid, no credit. Its lines are reserved, not shipped.
    Customer("F07", "Heping", "和平加盟商", "FRANCHISEE", "B", "Shenyang", "PREPAID", 5, 0, 0),
    Customer(
        "F08", "Nanming", "南明加盟商", "FRANCHISEE", "C", "Guiyang", "PREPAID", 6, None, 7400
    ),
    Customer("F09", "Qingxiu", "青秀加盟商", "FRANCHISEE", "C", "Nanning", "MONTHLY", 6, 25000, 0),
    # Last month is unpaid: blocked until settled, though its credit would do.
    Customer(
        "F10",
        "Bantian",
        "坂田加盟商",
        "FRANCHISEE",
        "C",
        "Shenzhen",
        "MONTHLY",
        7,
        30000,
        -4200,
        0,
        True,
    ),
    Customer(
        "F11",
        "Panyu",
        "番禺加盟商",
        "FRANCHISEE",
        "C",
        "Guangzhou",
        "PREPAID",
        8,
        None,
        300,
        0,
        False,
        2,
    ),
    Customer(
        "F12", "Songjiang", "松江加盟商", "FRANCHISEE", "C", "Shanghai", "OPEN_ACCOUNT", 9, None, 0
    ),
    Customer(
        "D01",
        "South Trading",
        "南方商贸",
        "DISTRIBUTOR",
        "B",
        "Guangzhou",
        "PREPAID",
        4,
        5000,
        24000,
    ),
    Customer(
        "E01",
        "Overseas Shoes",
        "海外鞋业",
        "EXPORT",
        "B",
        "airport",
        "LC",
        5,
        60000,
        0,
        discount=50,
    ),
)

PEOPLE = (
    ("admin", "Example Administrator", "ADMIN", ""),
    ("chen", "Example Chen", "SALES", ""),
    ("lin", "Example Lin", "SALES", ""),
    ("huang", "Example Huang", "SALES_MANAGER", ""),
    ("guo", "Example Guo", "SALES_DIRECTOR", ""),
    ("wu", "Example Wu", "SALES_ADMIN;ORDER_CLERK", ""),
    ("zhao", "Example Zhao", "PURCHASING", ""),
    ("qian", "Example Qian", "PURCHASING_MANAGER", ""),
    ("sun", "Example Sun", "LOGISTICS;DISPATCHER", ""),
    ("li", "Example Li", "WAREHOUSE", ""),
    ("zhou", "Example Zhou", "FINANCE", ""),
    ("zheng", "Example Zheng", "ACCOUNTING_MANAGER", ""),
    ("wang", "Example Wang", "PRODUCT;PLANNING", ""),
    ("feng", "Example Feng", "CHANNEL", ""),
    ("jiang", "Example Jiang", "ANALYST", ""),
    ("luohu", "Example Franchisee Luohu", "CUSTOMER", "F01"),
    ("heping", "Example Franchisee Heping", "CUSTOMER", "F07"),
)

# Steps that take an estimate and a closed date: days after the order, who closes them.
STEPS = (
    (2, 2, "chen"),
    (3, 9, "chen"),
    (4, 12, "lin"),
    (5, 5, "zhao"),
    (6, 14, "zhao"),
    (7, 20, "zhao"),
    (9, 45, "zhao"),
    (11, 56, "lin"),
    (12, 57, "zhao"),
    (13, 58, "sun"),
    (14, 60, "sun"),
    (15, 61, "sun"),
)

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
