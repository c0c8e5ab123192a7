"""What the allocator is measured against: the limit, and the loop that order systems use."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

TABLES = [
    "regions",
    "products",
    "skus",
    "supply",
    "franchisees",
    "orders",
    "order_lines",
    "stores",
    "store_stock",
    "region_reserves",
]
LINE_COLUMNS = [
    "line_id",
    "order_id",
    "franchisee_id",
    "sku_id",
    "qty",
    "pack",
    "price_cents",
    "ship_complete",
    "rank",
    "launch_rank",
    "product",
]
GAP_KEY = ["k1", "k2", "k3", "k4", "launch_rank", "product", "tier"]


def read(folder: Path) -> dict[str, pl.DataFrame]:
    """The first half of the limit: every file through polars, nothing checked."""
    return {table: pl.read_csv(folder / f"{table}.csv") for table in TABLES}


def sort(keys: np.ndarray) -> np.ndarray:
    """The second half: one sort of one number per claim."""
    return np.argsort(keys, kind="stable")


class Claims:
    """Claims of a made-up instance in the order of their level keys, as the rule loop wants them.

    Knows only what the generator writes: one warehouse, no prepacks, no lapsed reservations.
    """

    def __init__(self, folder: Path) -> None:
        tables = read(folder)
        settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
        shared = settings["launch_ties"] == "SHARED"
        products = tables["products"].select("product_id", "launch_rank", "season")
        skus = tables["skus"].select("sku_id", "product_id").join(products, on="product_id")
        self.supply = dict(tables["supply"].select("sku_id", "units").iter_rows())
        purse = pl.sum_horizontal("balance_cents", "credit_limit_cents", "guarantee_cents")
        able = pl.when(pl.col("blocked") == 1).then(-1).otherwise(purse.clip(0))
        people = tables["franchisees"].select("franchisee_id", "rank", funds=able)
        self.funds = dict(people.select("franchisee_id", "funds").iter_rows())

        product = pl.lit("") if shared else pl.col("product_id")
        lines = (
            tables["order_lines"]
            .join(tables["orders"].select("order_id", "franchisee_id", "ship_complete"), "order_id")
            .join(people, "franchisee_id")
            .join(skus, "sku_id")
            .with_columns(product=product)
            .sort("rank", "launch_rank", "product", "line_id")
        )
        self.lines = lines
        self.gaps = self._gaps(tables, skus, settings, product)
        # One number per claim for the limit: where it stands in the order, back in file order.
        place = lines.with_row_index("place").sort("line_id")["place"].to_numpy()
        rest = np.random.default_rng(0).permutation(self.gaps.height) + lines.height
        self.keys = np.concatenate([place.astype(np.int64), rest])

    def _gaps(
        self,
        tables: dict[str, pl.DataFrame],
        skus: pl.DataFrame,
        settings: dict[str, Any],
        product: pl.Expr,
    ) -> pl.DataFrame:
        orders = settings["region_order"]
        stock = (
            tables["store_stock"]
            .join(tables["stores"], "store_id")
            .with_columns(
                claim="S:" + pl.col("store_id") + ":" + pl.col("sku_id"),
                gap=pl.col("safety") - pl.col("on_hand"),
                tier=pl.col("tier").replace_strict(
                    settings["tiers"], range(len(settings["tiers"]))
                ),
                reserve=pl.lit(0),
            )
        )
        reserves = tables["region_reserves"].with_columns(
            claim="G:" + pl.col("region_id") + ":" + pl.col("sku_id"),
            gap=pl.col("target") - pl.col("current"),
            tier=pl.lit(0, pl.Int64),
            reserve=pl.lit(1),
        )
        columns = ["claim", "region_id", "sku_id", "gap", "pack", "tier", "reserve"]
        both = pl.concat([stock.select(columns), reserves.select(columns)]).filter(
            pl.col("gap") > 0
        )
        places = {s: {r: n for n, r in enumerate(listed)} for s, listed in orders.items()}
        own = pl.when(pl.col("season") == "NS").then(pl.lit(settings["season"]))
        season = own.otherwise(pl.col("season"))
        region = (
            pl.when(season == "SS")
            .then(pl.col("region_id").replace_strict(places["SS"]))
            .otherwise(pl.col("region_id").replace_strict(places["AW"]))
        )
        plain = pl.col("season") == "NS"
        return (
            both.join(skus, "sku_id")
            .with_columns(
                product=product,
                k1=plain.cast(pl.Int64),
                k2=pl.when(plain).then(0).otherwise(pl.col("season") != settings["season"]),
                k3=pl.when(plain).then(pl.col("reserve")).otherwise(region),
                k4=pl.when(plain).then(region).otherwise(pl.col("reserve")),
            )
            .sort(*GAP_KEY, "claim")
        )


def sort_and_hand_out(claims: Claims) -> dict[str, int]:
    """Serve claims one after the other, each as much as there is: order units per claim.

    The plain loop, as short as it can be; an order to be shipped whole is tried at its first line.
    """
    supply, funds = dict(claims.supply), dict(claims.funds)
    given: dict[str, int] = {}
    rests: list[tuple[int, int, str, str, str, int, int]] = []
    lines = claims.lines.select(LINE_COLUMNS)
    whole: dict[str, list[tuple[str, int, int]]] = {}
    ships: dict[str, bool] = {}
    for row in lines.filter(pl.col("ship_complete") == 1).iter_rows():
        wanted = row[4] if row[4] % row[5] == 0 else 10**18
        whole.setdefault(row[1], []).append((row[3], wanted, row[6]))
    for line, order, person, sku, quantity, pack, price, complete, *key in lines.iter_rows():
        if complete:
            if order not in ships:
                ships[order] = _take_whole(whole[order], person, supply, funds)
            units = quantity if ships[order] else 0
        else:
            packs = min(quantity // pack, supply[sku] // pack, funds[person] // (price * pack))
            units = pack * packs if packs > 0 else 0
            supply[sku] -= units
            funds[person] -= units * price
        given["L:" + line] = units
        if units < quantity:
            rests.append((*key, line, sku, quantity - units, pack))
    rests.sort()
    for *_, line, sku, quantity, pack in rests:
        units = pack * min(quantity // pack, supply[sku] // pack)
        supply[sku] -= units
        given["R:" + line] = units
    for claim, sku, gap, pack in claims.gaps.select("claim", "sku_id", "gap", "pack").iter_rows():
        units = pack * min(gap // pack, supply[sku] // pack)
        supply[sku] -= units
        given[claim] = units
    return given


def _take_whole(
    lines: list[tuple[str, int, int]], person: str, supply: dict[str, int], funds: dict[str, int]
) -> bool:
    needed: dict[str, int] = {}
    for sku, units, _ in lines:
        needed[sku] = needed.get(sku, 0) + units
    cost = sum(units * price for _, units, price in lines)
    if cost > funds[person] or any(supply[sku] < units for sku, units in needed.items()):
        return False
    for sku, units in needed.items():
        supply[sku] -= units
    funds[person] -= cost
    return True
