"""Large instances from a seed: the same size, profile and seed write the same files."""

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

PIECES_PER_SKU_FACTOR = (0.4, 1.1)  # supply of a SKU as part of what is wanted of it
REGIONS = ["airport", "Shenzhen", "Dongguan", "Guangzhou", "Foshan"]
PRICES = np.array([2_950, 7_900, 12_900, 19_900, 29_900])


@dataclass(frozen=True)
class Profile:
    """What makes an instance; shares are parts of one.

    picked: what each warehouse can pick as part of its stock; empty = no limit."""

    about: str
    short_of_money: float
    tied_per_rank: int
    discounts: bool = False
    mixed_packs: bool = False
    ship_complete: float = 0.0
    launch_ties: str = "STRICT"
    size_run_min: int | None = None
    warehouses: int = 1
    picked: tuple[float, ...] = ()


PROFILES = {
    "ordinary": Profile("few are short of money, few ranks tie", 0.10, 5),
    "hard": Profile(
        "95 % short of money, 15 tied per rank, discounts, mixed packs, ship-complete",
        0.95,
        15,
        discounts=True,
        mixed_packs=True,
        ship_complete=0.2,
    ),
    "tied": Profile(
        "as hard, and products of one launch rank compete as equals",
        0.95,
        15,
        discounts=True,
        mixed_packs=True,
        ship_complete=0.2,
        launch_ties="SHARED",
    ),
    "warehouses": Profile(
        "as ordinary, from three warehouses, each of which can pick so much of its stock",
        0.10,
        5,
        warehouses=3,
        picked=(0.9, 0.8, 0.6),
    ),
    "size-run": Profile(
        "as ordinary, and stores show three sizes or none", 0.10, 5, size_run_min=3
    ),
}


def write_instance(folder: Path, claims: int, profile: Profile, seed: int) -> Path:
    """Write about this many claims (lines and gaps; the rests of lines come on top)."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([seed, claims])
    root = claims**0.5
    sku_count, store_count = int(4 * root), int(0.5 * root) + 5
    franchisee_count = max(16, int(0.3 * root))
    reserve_count = min(claims // 8, len(REGIONS) * sku_count)
    line_count = claims * 2 // 5
    stock_count = claims - line_count - reserve_count

    product = np.arange(sku_count) // 8
    products = _ids("P", int(product[-1]) + 1, 4)
    skus = _ids("K", sku_count, 5)
    price = rng.choice(PRICES, len(products))[product]
    sku_pack = rng.choice([1, 1, 1, 1, 2, 3], sku_count)

    franchisees = _ids("F", franchisee_count, 4)
    order_count = max(1, line_count // 8)
    owner = rng.integers(0, franchisee_count, order_count)
    order = np.sort(rng.integers(0, order_count, line_count))
    sku = rng.integers(0, sku_count, line_count)
    packs = rng.choice([1, 1, 2, 3, 4, 6], line_count) if profile.mixed_packs else sku_pack[sku]
    quantity = rng.integers(1, 13, line_count) * packs + (rng.random(line_count) < 0.1)
    paid = price[sku]
    if profile.discounts:
        paid = paid * rng.choice([100, 97, 95, 90, 85], line_count) // 100

    pairs = rng.choice(store_count * sku_count, stock_count, replace=False)
    on_hand = rng.integers(0, 4, stock_count)
    gap = rng.integers(1, 11, stock_count)
    places = np.sort(rng.choice(len(REGIONS) * sku_count, reserve_count, replace=False))
    target = rng.integers(2, 30, reserve_count)

    wanted = np.bincount(sku, quantity, sku_count) + np.bincount(pairs % sku_count, gap, sku_count)
    wanted += np.bincount(places % sku_count, target, sku_count)
    supply = (wanted * rng.uniform(*PIECES_PER_SKU_FACTOR, sku_count)).astype(np.int64)
    due = np.bincount(owner[order], quantity * paid, franchisee_count)
    short = rng.random(franchisee_count) < profile.short_of_money
    part = np.where(
        short, rng.uniform(0.2, 0.7, franchisee_count), rng.uniform(1.1, 2.0, franchisee_count)
    )
    funds = (due * part).astype(np.int64)
    rank = rng.permutation(franchisee_count) // profile.tied_per_rank + 1

    _write(folder, "regions", {"region_id": REGIONS, "name": REGIONS})
    launch, season = (
        rng.integers(1, 21, len(products)),
        rng.choice(["SS", "AW", "NS"], len(products)),
    )
    _write(folder, "products", {"product_id": products, "launch_rank": launch, "season": season})
    _write(
        folder,
        "skus",
        {
            "sku_id": skus,
            "product_id": products[product],
            "size": np.arange(sku_count) % 8,
            "price_cents": price,
            "pack": sku_pack,
        },
    )
    # Drawn last, so that the other profiles write what they always wrote.
    share = np.random.default_rng([seed, claims, 1]).dirichlet(
        np.ones(profile.warehouses), sku_count
    )
    stock = (share * supply[:, None]).astype(np.int64)
    stock[:, 0] += supply - stock.sum(axis=1)
    names = [f"W{n}" for n in range(profile.warehouses)]
    _write(
        folder,
        "supply",
        {
            "warehouse_id": np.repeat(names, sku_count),
            "sku_id": np.tile(skus, profile.warehouses),
            "units": stock.T.ravel(),
        },
    )
    _write(
        folder,
        "franchisees",
        {
            "franchisee_id": franchisees,
            "rank": rank,
            "balance_cents": funds - funds // 3,
            "credit_limit_cents": funds // 3,
            "guarantee_cents": np.zeros(franchisee_count, np.int64),
            "blocked": (rng.random(franchisee_count) < 0.02).astype(np.int64),
        },
    )
    orders = _ids("O", order_count, 6)
    whole = (rng.random(order_count) < profile.ship_complete).astype(np.int64)
    _write(
        folder,
        "orders",
        {
            "order_id": orders,
            "franchisee_id": franchisees[owner],
            "ship_complete": whole,
            "min_ship_value_cents": np.zeros(order_count, np.int64),
        },
    )
    _write(
        folder,
        "order_lines",
        {
            "line_id": _ids("L", line_count, 7),
            "order_id": orders[order],
            "sku_id": skus[sku],
            "qty": quantity,
            "pack": packs,
            "price_cents": paid,
        },
    )
    stores = _ids("S", store_count, 4)
    _write(
        folder,
        "stores",
        {
            "store_id": stores,
            "region_id": rng.choice(REGIONS, store_count),
            "tier": rng.choice(["A", "B", "C"], store_count),
        },
    )
    _write(
        folder,
        "store_stock",
        {
            "store_id": stores[pairs // sku_count],
            "sku_id": skus[pairs % sku_count],
            "safety": on_hand + gap,
            "on_hand": on_hand,
            "pack": sku_pack[pairs % sku_count],
        },
    )
    _write(
        folder,
        "region_reserves",
        {
            "region_id": np.array(REGIONS)[places // sku_count],
            "sku_id": skus[places % sku_count],
            "target": target,
            "current": np.zeros(reserve_count, np.int64),
            "pack": sku_pack[places % sku_count],
        },
    )
    settings = {
        "season": "SS",
        "region_order": {"SS": REGIONS, "AW": REGIONS[:1] + REGIONS[:0:-1]},
        "tiers": ["A", "B", "C"],
        "launch_ties": profile.launch_ties,
        "pick_capacity": None
        if not profile.picked
        else {
            w: int(pieces * part)
            for w, pieces, part in zip(names, stock.sum(axis=0), profile.picked, strict=True)
        },
        "share_cap_ppm": None,
        "size_run_min": profile.size_run_min,
    }
    (folder / "settings.json").write_text(json.dumps(settings, indent=1), encoding="utf-8")
    return folder


def _ids(letter: str, count: int, width: int) -> np.ndarray:
    return np.array([f"{letter}{n:0{width}d}" for n in range(count)])


def _write(folder: Path, table: str, columns: dict[str, object]) -> None:
    pl.DataFrame(columns).write_csv(folder / f"{table}.csv")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--claims", type=int, default=10_000)
    parser.add_argument("--profile", choices=sorted(PROFILES), default="ordinary")
    parser.add_argument("--ship-complete", type=float, help="part of the orders, if not as usual")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    wanted = PROFILES[chosen.profile]
    if chosen.ship_complete is not None:
        wanted = replace(wanted, ship_complete=chosen.ship_complete)
    write_instance(chosen.folder, chosen.claims, wanted, chosen.seed)
