"""A folder of CSV files read a second time, by the csv module alone.

The second opinion shares no code with the allocator, so it reads the files itself and builds its
own claims from them. It trusts the folder: faults are the allocator's business to find.
"""

import csv
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Claim:
    """One wish for goods: who wants how much of what, and at which level it is served."""

    id: str
    key: tuple[Any, ...]
    want: int  # order units
    pack: int  # order units per pack
    content: tuple[tuple[str, int], ...]  # (SKU, pieces in one order unit)
    price: int = 0
    franchisee: str | None = None
    order: str | None = None
    line: str | None = None
    store: str | None = None
    product: str = ""

    @property
    def kind(self) -> str:
        return self.id[0]

    @property
    def most(self) -> int:
        """Whole packs in the wish; the last incomplete pack is never given."""
        return self.want // self.pack

    @property
    def pack_pieces(self) -> int:
        return self.pack * sum(pieces for _, pieces in self.content)

    @property
    def outlet(self) -> tuple[str, str] | None:
        """Whose share of a SKU is capped; a region's reserve is not."""
        if self.franchisee is not None:
            return ("franchisee", self.franchisee)
        return ("store", self.store) if self.store is not None else None

    def fairness(self, packs: int) -> int:
        """Sum of g(1..packs), every term floored by itself (section 3)."""
        s, q = self.pack_pieces, self.want * sum(pieces for _, pieces in self.content)
        return sum(10000 * s * (2 * q - (2 * j - 1) * s) // q for j in range(1, packs + 1))


@dataclass(frozen=True)
class Order:
    ship_complete: bool
    minimum_cents: int
    lines: tuple[str, ...]  # claim ids


@dataclass
class World:
    """Everything a folder says that bounds a plan."""

    settings: dict[str, Any]
    supply: dict[tuple[str, str], int]  # (warehouse, SKU) -> pieces
    funds: dict[str, int]
    blocked: frozenset[str]
    orders: dict[str, Order]
    claims: dict[str, Claim]  # L, S and G; the rest of a line is known only after it has shipped
    rests: dict[str, Claim]  # R, as if nothing were shipped; those that may be reserved
    sizes: dict[tuple[str, str], list[tuple[str, int, int, int]]]
    """(store, product) -> (claim id, gap, on hand, pack) of every row of store_stock."""

    @cached_property
    def warehouses(self) -> list[str]:
        return sorted({warehouse for warehouse, _ in self.supply})

    def pick_limit(self, warehouse: str) -> int | None:
        limits = self.settings.get("pick_capacity") or {}
        return limits.get(warehouse)

    @cached_property
    def total_supply(self) -> dict[str, int]:
        totals: dict[str, int] = {}
        for (_, sku), units in self.supply.items():
            totals[sku] = totals.get(sku, 0) + units
        return totals

    def share_limit(self, sku: str) -> int | None:
        ppm = self.settings.get("share_cap_ppm")
        return None if ppm is None else self.total_supply.get(sku, 0) * ppm // 1_000_000

    def rest_of(self, line: Claim, packs: int) -> Claim | None:
        """The part of a line that may be reserved, once its shipment is known."""
        rest = self.rests.get("R:" + line.id[2:])
        unshipped = line.want - packs * line.pack
        if rest is None or unshipped == 0:
            return None
        return Claim(**{**vars(rest), "want": unshipped})


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    path = folder / f"{table}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_world(folder: Path) -> World:
    """The claims and bounds of a folder, by the words of sections 1, 2 and 4."""
    settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
    products = {r["product_id"]: r for r in rows(folder, "products")}
    skus = {r["sku_id"]: r for r in rows(folder, "skus")}
    contents: dict[str, list[tuple[str, int]]] = {sku: [(sku, 1)] for sku in skus}
    for row in rows(folder, "prepacks"):
        contents.setdefault(row["prepack_id"], []).append((row["sku_id"], int(row["qty"])))
    key = _Keys(folder, settings, products)

    world = World(settings, {}, {}, frozenset(), {}, {}, {}, {})
    for row in rows(folder, "supply"):
        place = (row["warehouse_id"], row["sku_id"])
        world.supply[place] = world.supply.get(place, 0) + int(row["units"])
    franchisees = {r["franchisee_id"]: r for r in rows(folder, "franchisees")}
    purse = ("balance_cents", "credit_limit_cents", "guarantee_cents")
    world.funds = {f: max(0, sum(int(r[c]) for c in purse)) for f, r in franchisees.items()}
    world.blocked = frozenset(f for f, r in franchisees.items() if r["blocked"] == "1")

    orders = {r["order_id"]: r for r in rows(folder, "orders")}
    lines_of: dict[str, list[str]] = {order: [] for order in orders}
    for row in rows(folder, "order_lines"):
        item, order = row["sku_id"], row["order_id"]
        product = skus[contents[item][0][0]]["product_id"]
        owner = franchisees[orders[order]["franchisee_id"]]
        common: dict[str, Any] = {
            "want": int(row["qty"]),
            "pack": int(row["pack"] or skus[item]["pack"]),
            "content": tuple(contents[item]),
            "price": int(row["price_cents"] or skus[item]["price_cents"]),
            "franchisee": owner["franchisee_id"],
            "order": order,
            "line": row["line_id"],
            "product": product,
        }
        line, rank = row["line_id"], int(owner["rank"])
        lines_of[order].append(f"L:{line}")
        world.claims[f"L:{line}"] = Claim(id=f"L:{line}", key=key.line(1, rank, product), **common)
        if row.get("reserve") != "0":
            later = int(owner.get("reserve_rank") or rank)
            world.rests[f"R:{line}"] = Claim(
                id=f"R:{line}", key=key.line(2, later, product), **common
            )
    world.orders = {
        o: Order(r["ship_complete"] == "1", int(r["min_ship_value_cents"]), tuple(lines_of[o]))
        for o, r in orders.items()
    }

    stores = {r["store_id"]: r for r in rows(folder, "stores")}
    for row in rows(folder, "store_stock"):
        store, sku = row["store_id"], row["sku_id"]
        product, on_hand = skus[sku]["product_id"], int(row["on_hand"])
        gap, pack = int(row["safety"]) - on_hand, int(row["pack"] or skus[sku]["pack"])
        claim_id = f"S:{store}:{sku}"
        world.sizes.setdefault((store, product), []).append((claim_id, gap, on_hand, pack))
        if gap > 0:
            place = key.store(stores[store]["region_id"], product, stores[store]["tier"])
            world.claims[claim_id] = Claim(
                claim_id, place, gap, pack, ((sku, 1),), store=store, product=product
            )
    for row in rows(folder, "region_reserves"):
        region, sku = row["region_id"], row["sku_id"]
        gap, pack = int(row["target"]) - int(row["current"]), int(row["pack"] or skus[sku]["pack"])
        product = skus[sku]["product_id"]
        claim_id = f"G:{region}:{sku}"
        if gap > 0:
            place = key.reserve(region, product)
            world.claims[claim_id] = Claim(claim_id, place, gap, pack, ((sku, 1),), product=product)
    return world


class _Keys:
    """Level keys as the table in section 1 writes them."""

    def __init__(
        self, folder: Path, settings: dict[str, Any], products: dict[str, dict[str, str]]
    ) -> None:
        self.products = products
        self.season = settings["season"]
        self.tiers = settings["tiers"]
        self.shared = settings.get("launch_ties") == "SHARED"
        listed = settings["region_order"]
        all_regions = [r["region_id"] for r in rows(folder, "regions")]
        self.order = {
            season: listed[season] + [r for r in all_regions if r not in listed[season]]
            for season in ("SS", "AW")
        }

    def _launch(self, product: str) -> tuple[Any, ...]:
        launch = int(self.products[product]["launch_rank"])
        return (launch,) if self.shared else (launch, product)

    def line(self, stage: int, rank: int, product: str) -> tuple[Any, ...]:
        return (stage, rank, *self._launch(product))

    def store(self, region: str, product: str, tier: str) -> tuple[Any, ...]:
        return self._gap(region, product, 0, self.tiers.index(tier))

    def reserve(self, region: str, product: str) -> tuple[Any, ...]:
        return self._gap(region, product, 1, 0)

    def _gap(self, region: str, product: str, reserve: int, tier: int) -> tuple[Any, ...]:
        season = self.products[product]["season"]
        tail = (*self._launch(product), tier)
        if season == "NS":
            place = self.order[self.season].index(region)
            return (3, 1, 0, reserve, place, *tail)
        place = self.order[season].index(region)
        return (3, 0, int(season != self.season), place, reserve, *tail)
