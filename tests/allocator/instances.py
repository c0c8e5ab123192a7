"""Random small instances with every feature mixed, each made again from its seed alone.

The corners are drawn on purpose: packs larger than the wish, no supply, debts, equal ranks, goods
for nothing, identifiers whose order by code point differs from the order one would expect.
"""

import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.allocator.tables import write_folder

Rows = list[dict[str, Any]]

# By code point "L10" < "L9", "S:S1:" > "S:S10:", "Z" < "a" < "é" < "店", and U+FF21 < U+1F455
# although its UTF-16 form is larger.
TRAPS = {
    "order_lines": ["L9", "L10", "L1", "l2", "L\u00e9", "L\uff21", "L\U0001f455", "L 3", "L,4"],
    "stores": ["S1", "S10", "S1-", "s1", "S\u5e97", "S1!", "S\U0001f455", "S\uff21"],
    "skus": ["K1", "K10", "K1-b", "k1", "K\u00fc", "K;2", 'K"3', "K\U0001f455", "K\uff21"],
    "products": ["P2", "P10", "P1", "p0", "P\u978b", "P\U0001f455", "P\uff21"],
    "franchisees": ["F9", "F10", "F1", "f", "F\u5f20"],
    "orders": ["O9", "O10", "O1", "o", "O\u5355", "O-1"],
    "warehouses": ["W2", "W10", "w", "W\u4ed3"],
    "regions": ["R2", "R10", "r", "\u5e7f\u5dde", "R\u00e9"],
}


@dataclass(frozen=True)
class Size:
    lines: tuple[int, int]
    gaps: tuple[int, int]
    reserves: tuple[int, int]
    products: tuple[int, int]
    franchisees: tuple[int, int]
    stores: tuple[int, int]


SIZES = {
    "tiny": Size((0, 9), (0, 5), (0, 2), (1, 3), (1, 4), (1, 4)),
    "started": Size((7, 12), (0, 1), (0, 1), (3, 4), (3, 4), (1, 1)),
    "medium": Size((12, 26), (6, 14), (1, 5), (2, 5), (2, 6), (2, 6)),
    "small": Size((40, 80), (40, 70), (5, 20), (3, 8), (4, 12), (4, 12)),
}


def write_instance(folder: Path, size: str, seed: str) -> Path:
    """Write the instance that belongs to a seed."""
    maker = _Maker(random.Random(f"{size}:{seed}"), SIZES[size])
    tables, settings = maker.make()
    return write_folder(folder, tables, settings)


class _Maker:
    def __init__(self, rng: random.Random, size: Size) -> None:
        self.rng = rng
        self.size = size
        self.trapped = rng.random() < 0.5
        # Large numbers in few packs: overflow shows, and brute force stays possible.
        self.scale = rng.choice([1] * 12 + [1000, 40_000])
        everything = rng.random() < 0.3

        def on(chance: float) -> bool:
            return everything or rng.random() < chance

        self.with_packs = on(0.5)
        self.with_prepacks = on(0.3)
        self.with_orders = on(0.4)
        self.with_blocked = on(0.3)
        self.with_lapsed = on(0.3)
        self.with_discounts = on(0.5)
        self.with_share = on(0.2)
        self.with_capacity = on(0.25)
        self.with_sizes = on(0.3)
        self.warehouses = self.ids("warehouses", rng.choice([1, 1, 1, 2, 2, 3]))
        self.ranks = rng.choice([[1], [1, 2], [0, 1, 2, 3]])
        self.launches = rng.choice([[1], [0, 1], [1, 2, 3, 4]])
        self.thrift = rng.choice([0.0, 0.4, 0.7, 1.0, 3.0])
        self.scarcity = rng.choice([0.2, 0.5, 0.5, 0.8, 1.2, 3.0])
        # Everyone equal, goods and money both short: levels that no shortcut decides.
        self.contested = rng.random() < 0.25
        # Few claims of many packs each.
        self.deep = size is SIZES["tiny"] and rng.random() < 0.1
        if self.deep:
            self.size = replace(size, lines=(1, 3), gaps=(0, 3), products=(1, 1))
        if self.contested:
            self.ranks, self.launches, self.with_discounts = [1], [1], True
            self.thrift, self.scarcity = rng.choice([0.5, 0.7]), rng.choice([0.5, 0.8])
        # An order over all levels that ships complete for a minimum. It begins where there is
        # plenty; at a level between, goods and the budgets of others are short.
        self.rich = ""
        self.started = size is SIZES["started"]
        if self.started:
            self.ranks, self.launches, self.contested = [1], [0, 1, 2], False
            self.with_discounts, self.with_share, self.with_sizes = True, False, False
            self.thrift, self.scarcity, self.scale = rng.choice([0.5, 0.7]), 1.5, 1

    def ids(self, table: str, count: int) -> list[str]:
        if self.trapped and count <= len(TRAPS[table]):
            return self.rng.sample(TRAPS[table], count)
        letter = table[0].upper() if table != "skus" else "K"
        return [f"{letter}{n:03d}" for n in range(count)]

    def between(self, bounds: tuple[int, int]) -> int:
        return self.rng.randint(*bounds)

    def pack(self) -> int:
        rng = self.rng
        plain = 1 if not self.with_packs else rng.choice([1, 1, 1, 2, 2, 3, 4, 7])
        return plain * self.scale

    def units(self, most: int) -> int:
        whole = self.rng.randint(1, most * 9 if self.deep else most) * self.scale
        if self.scale > 1 and self.rng.random() < 0.5:
            whole += self.rng.randint(0, self.scale - 1)
        return whole

    def make(self) -> tuple[dict[str, Rows], dict[str, Any]]:
        rng = self.rng
        tables: dict[str, Rows] = {}
        regions = self.ids("regions", rng.randint(1, 4))
        tables["regions"] = [{"region_id": r, "name": r} for r in regions]
        self.catalog(tables)
        self.trade(tables)
        self.shops(tables, regions)
        self.goods(tables)
        settings = self.settings(tables, regions)
        for name, rows in list(tables.items()):
            if name != "regions":  # the order of its rows carries meaning
                rng.shuffle(rows)
            if not rows and rng.random() < 0.5:
                del tables[name]
        return tables, settings

    def catalog(self, tables: dict[str, Rows]) -> None:
        rng = self.rng
        products = self.ids("products", self.between(self.size.products))
        tables["products"] = [
            {
                "product_id": p,
                "launch_rank": n % 3 if self.started else rng.choice(self.launches),
                "season": rng.choice(["SS", "AW", "NS"]),
            }
            for n, p in enumerate(products)
        ]
        colours = [(p, s) for p in products for s in range(rng.randint(1, 4))]
        names = self.ids("skus", len(colours))
        prices = [100, 200, 300, 500, 700] + ([0] if rng.random() < 0.3 else [])
        tables["skus"] = [
            {
                "sku_id": sku,
                "product_id": product,
                "size": size // 2,
                "price_cents": rng.choice(prices),
                "pack": self.pack(),
            }
            for sku, (product, size) in zip(names, colours, strict=True)
        ]
        tables["prepacks"] = []
        for number in range(rng.randint(1, 2) if self.with_prepacks else 0):
            product = rng.choice(products)
            inside = [r["sku_id"] for r in tables["skus"] if r["product_id"] == product]
            for sku in rng.sample(inside, rng.randint(1, min(3, len(inside)))):
                row = {"prepack_id": f"X{number}", "sku_id": sku, "qty": rng.choice([1, 1, 2, 3])}
                tables["prepacks"].append(row)

    def trade(self, tables: dict[str, Rows]) -> None:
        rng = self.rng
        people = self.ids("franchisees", self.between(self.size.franchisees))
        tables["franchisees"] = []
        reserve_ranks = rng.random() < 0.4
        tables["orders"] = [
            {
                "order_id": order,
                "franchisee_id": rng.choice(people),
                "ship_complete": int(self.with_orders and rng.random() < 0.4),
                "min_ship_value_cents": 0,
            }
            for order in self.ids("orders", max(1, self.between(self.size.lines) * 2 // 5))
        ]
        prices = {r["sku_id"]: r["price_cents"] for r in tables["skus"]}
        worth: dict[str, int] = {}
        tables["order_lines"] = []
        for line in self.ids("order_lines", self.between(self.size.lines)):
            row, value = self.line(line, rng.choice(tables["orders"])["order_id"], tables, prices)
            tables["order_lines"].append(row)
            worth[row["order_id"]] = worth.get(row["order_id"], 0) + value
        for order in tables["orders"]:
            if self.with_orders and rng.random() < 0.4:
                part = rng.choice([0.2, 0.5, 0.8, 1.0, 1.2])
                order["min_ship_value_cents"] = int(worth.get(order["order_id"], 0) * part)
        if self.started:
            self.begin_early(tables, people, worth)
        for person in people:
            mine = [o["order_id"] for o in tables["orders"] if o["franchisee_id"] == person]
            debt = rng.choice([0, 0, 0, 143, 1000])
            due = int(sum(worth.get(o, 0) for o in mine) * self.thrift * rng.choice([0.5, 1, 1.5]))
            if person == self.rich:
                due = sum(worth.get(o, 0) for o in mine) + debt
            credit, guarantee = rng.randint(0, due // 2), rng.randint(0, due // 2)
            row = {
                "franchisee_id": person,
                "rank": rng.choice(self.ranks),
                "balance_cents": due - credit - guarantee - debt,
                "credit_limit_cents": credit,
                "guarantee_cents": guarantee,
                "blocked": int(self.with_blocked and rng.random() < 0.3),
            }
            if reserve_ranks:
                row["reserve_rank"] = rng.choice([1, 2, ""])
            tables["franchisees"].append(row)

    def begin_early(
        self, tables: dict[str, Rows], people: list[str], worth: dict[str, int]
    ) -> None:
        """The first customer's order takes a line of every level; the other lines are of the level
        between, for two customers without rules."""
        rng = self.rng
        launch = {r["product_id"]: r["launch_rank"] for r in tables["products"]}
        skus = {n: [r for r in tables["skus"] if launch[r["product_id"]] == n] for n in range(3)}
        first = tables["orders"][0]
        orders = [first, *({"order_id": f"Z{n}"} for n in range(2))]
        for person, order in zip(people, orders, strict=False):
            order |= {"franchisee_id": person, "ship_complete": 0, "min_ship_value_cents": 0}
        tables["orders"] = orders
        worth.clear()
        for at, row in enumerate(tables["order_lines"]):
            order = first if at < 3 else rng.choice(orders[1:])
            sku = rng.choice(skus[at if at < 3 else 1])
            pack = rng.choice([1, 1, 2])
            row |= {"order_id": order["order_id"], "sku_id": sku["sku_id"], "pack": pack}
            row["qty"] = pack if at < 3 else self.units(5)
            row["price_cents"] = sku["price_cents"] + rng.randint(0, 9)
            value = row["qty"] * row["price_cents"]
            worth[order["order_id"]] = worth.get(order["order_id"], 0) + value
        first["ship_complete"] = 1
        first["min_ship_value_cents"] = int(worth[first["order_id"]] * rng.choice([0.8, 1.0]))
        # It can pay; the others cannot pay for all.
        self.rich = people[0]

    def line(
        self, line: str, order: str, tables: dict[str, Rows], prices: dict[str, int]
    ) -> tuple[dict[str, Any], int]:
        rng = self.rng
        prepacks = sorted({r["prepack_id"] for r in tables["prepacks"]})
        item = rng.choice(prepacks if prepacks and rng.random() < 0.4 else sorted(prices))
        row: dict[str, Any] = {"line_id": line, "order_id": order, "sku_id": item}
        row["qty"] = 0 if rng.random() < 0.02 else self.units(5)
        if item in prices:
            price = prices[item]
            if self.with_discounts and rng.random() < 0.5:
                price = price * rng.choice([0, 33, 90, 95]) // 100
            row["price_cents"] = "" if price == prices[item] and rng.random() < 0.5 else price
            row["pack"] = "" if rng.random() < 0.4 else self.pack()
        else:
            price = row["price_cents"] = rng.choice([100, 600, 1400])
            row["pack"] = rng.choice([1, 1, 2]) * self.scale
        if self.with_lapsed:
            row["reserve"] = int(rng.random() < 0.7)
        return row, price * row["qty"]

    def shops(self, tables: dict[str, Rows], regions: list[str]) -> None:
        rng = self.rng
        stores = self.ids("stores", self.between(self.size.stores))
        tables["stores"] = [
            {"store_id": s, "region_id": rng.choice(regions), "tier": rng.choice("ABC")}
            for s in stores
        ]
        skus = [r["sku_id"] for r in tables["skus"]]
        pairs = [(s, k) for s in stores for k in skus]
        chosen = rng.sample(pairs, min(len(pairs), self.between(self.size.gaps)))
        tables["store_stock"] = [
            {
                "store_id": store,
                "sku_id": sku,
                "on_hand": (on_hand := rng.choice([0, 0, 1, 2])),
                "safety": max(0, on_hand + (0 if rng.random() < 0.15 else self.units(4))),
                "pack": "" if rng.random() < 0.4 else self.pack(),
            }
            for store, sku in chosen
        ]
        places = [(r, k) for r in regions for k in skus]
        chosen = rng.sample(places, min(len(places), self.between(self.size.reserves)))
        tables["region_reserves"] = [
            {
                "region_id": region,
                "sku_id": sku,
                "current": (current := rng.choice([0, 0, 1, 3])),
                "target": max(0, current + self.units(4) - rng.choice([0, 0, 2])),
                "pack": "" if rng.random() < 0.4 else self.pack(),
            }
            for region, sku in chosen
        ]

    def goods(self, tables: dict[str, Rows]) -> None:
        """Supply in proportion to what is wanted, in one or several rows and warehouses."""
        rng = self.rng
        wanted = dict.fromkeys((r["sku_id"] for r in tables["skus"]), 0)
        for row in tables["order_lines"]:
            content = {row["sku_id"]: 1}
            if row["sku_id"] not in wanted:
                rows = [r for r in tables["prepacks"] if r["prepack_id"] == row["sku_id"]]
                content = {r["sku_id"]: r["qty"] for r in rows}
            for sku, pieces in content.items():
                wanted[sku] += row["qty"] * pieces
        for row in tables["store_stock"]:
            wanted[row["sku_id"]] += max(0, row["safety"] - row["on_hand"])
        for row in tables["region_reserves"]:
            wanted[row["sku_id"]] += max(0, row["target"] - row["current"])
        tables["supply"] = []
        product = {r["sku_id"]: r["product_id"] for r in tables["skus"]}
        middle = {r["product_id"] for r in tables["products"] if r["launch_rank"] == 1}
        for sku, units in wanted.items():
            if not self.started and rng.random() < 0.08:
                continue
            if self.started:
                there = int(units * (0.6 if product[sku] in middle else self.scarcity)) + 1
            else:
                there = int(units * self.scarcity * rng.choice([0.0, 0.5, 1.0, 1.0, 1.5]))
            for warehouse in self.warehouses:
                part = there if warehouse == self.warehouses[-1] else rng.randint(0, there)
                there -= part
                heaps = [part] if rng.random() < 0.9 else [part // 2, 0, part - part // 2]
                tables["supply"] += [
                    {"warehouse_id": warehouse, "sku_id": sku, "units": n} for n in heaps
                ]

    def settings(self, tables: dict[str, Rows], regions: list[str]) -> dict[str, Any]:
        rng = self.rng
        order = {}
        for season in ("SS", "AW"):
            listed = rng.sample(regions, len(regions))
            order[season] = listed[: rng.randint(0, len(listed))] if rng.random() < 0.2 else listed
        settings: dict[str, Any] = {
            "season": rng.choice(["SS", "AW"]),
            "region_order": order,
            "tiers": rng.sample("ABC", 3),
        }
        if self.contested:
            settings["launch_ties"] = "SHARED"
        elif rng.random() < 0.8:
            settings["launch_ties"] = rng.choice(["STRICT", "STRICT", "SHARED"])
        if self.with_share:
            ppm = [1, 100_000, 250_000, 300_000, 333_333, 500_000, 700_000, 1_000_000]
            settings["share_cap_ppm"] = rng.choice(ppm)
        if self.with_sizes:
            settings["size_run_min"] = rng.randint(1, 4)
        there = {row["warehouse_id"]: 0 for row in tables["supply"]}
        for row in tables["supply"]:
            there[row["warehouse_id"]] += row["units"]
        if self.with_capacity and there:
            named = rng.sample(sorted(there), rng.choice([len(there), rng.randint(1, len(there))]))
            part = rng.choice([0.0, 0.2, 0.5, 0.5, 0.9])
            settings["pick_capacity"] = {w: int(there[w] * part) for w in named}
        for option in ("pick_capacity", "share_cap_ppm", "size_run_min"):
            if rng.random() < 0.5:
                settings.setdefault(option, None)
        return settings
