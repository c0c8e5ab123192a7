"""The rule loop as a program of its own, in Python without a library: read, sort, hand out, write.

`python benchmarks/command/plain_loop.py FOLDER OUT` gives the units that `peers.sort_and_hand_out`
gives. It knows only what the generator of instances writes: one warehouse, no prepacks, no
minimum value, no lapsed reservations; it checks nothing and explains nothing.
"""

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path

Key = tuple[object, ...]


def rows(folder: Path, table: str, *columns: str) -> Iterator[list[str]]:
    """The cells of these columns, row by row."""
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        header = next(reader)
        places = [header.index(column) for column in columns]
        for row in reader:
            yield [row[place] for place in places]


class Loop:
    """What there is to hand out, and the claims by the keys of their levels."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        settings = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
        self.season: str = settings["season"]
        self.tier = {tier: place for place, tier in enumerate(settings["tiers"])}
        self.region = {
            season: {region: place for place, region in enumerate(listed)}
            for season, listed in settings["region_order"].items()
        }
        shared = settings["launch_ties"] == "SHARED"
        products = {
            product: (int(launch), "" if shared else product, season)
            for product, launch, season in rows(
                folder, "products", "product_id", "launch_rank", "season"
            )
        }
        self.sku = {
            sku: products[product] for sku, product in rows(folder, "skus", "sku_id", "product_id")
        }
        self.supply = {sku: int(units) for sku, units in rows(folder, "supply", "sku_id", "units")}
        money = ("balance_cents", "credit_limit_cents", "guarantee_cents")
        self.funds: dict[str, int] = {}
        self.rank: dict[str, int] = {}
        for franchisee, rank, blocked, *cents in rows(
            folder, "franchisees", "franchisee_id", "rank", "blocked", *money
        ):
            self.rank[franchisee] = int(rank)
            self.funds[franchisee] = -1 if blocked == "1" else max(0, sum(map(int, cents)))
        self.given: list[tuple[str, int]] = []

    def ship(self) -> list[tuple[Key, str, str, int, int]]:
        """Serve the order lines; the rests of those that are not full, with their keys."""
        orders = {
            order: (franchisee, complete == "1")
            for order, franchisee, complete in rows(
                self.folder, "orders", "order_id", "franchisee_id", "ship_complete"
            )
        }
        lines = []
        whole: dict[str, list[tuple[str, int, int]]] = {}
        for line, order, sku, quantity, pack, price in rows(
            self.folder,
            "order_lines",
            "line_id",
            "order_id",
            "sku_id",
            "qty",
            "pack",
            "price_cents",
        ):
            franchisee, complete = orders[order]
            launch, product, _ = self.sku[sku]
            key = (self.rank[franchisee], launch, product)
            units, s, cents = int(quantity), int(pack), int(price)
            lines.append((key, line, order, franchisee, complete, sku, units, s, cents))
            if complete:
                wanted = units if units % s == 0 else 10**18
                whole.setdefault(order, []).append((sku, wanted, cents))
        lines.sort()
        ships: dict[str, bool] = {}
        rests = []
        for key, line, order, franchisee, complete, sku, quantity, pack, price in lines:
            if complete:
                if order not in ships:
                    ships[order] = self._take_whole(whole[order], franchisee)
                units = quantity if ships[order] else 0
            else:
                funds = self.funds[franchisee] // (price * pack)
                packs = max(0, min(quantity // pack, self.supply[sku] // pack, funds))
                units = pack * packs
                self.supply[sku] -= units
                self.funds[franchisee] -= units * price
            self.given.append(("L:" + line, units))
            if units < quantity:
                rests.append((key, line, sku, quantity - units, pack))
        return rests

    def _take_whole(self, lines: list[tuple[str, int, int]], franchisee: str) -> bool:
        needed: dict[str, int] = {}
        for sku, units, _ in lines:
            needed[sku] = needed.get(sku, 0) + units
        cost = sum(units * price for _, units, price in lines)
        if cost > self.funds[franchisee]:
            return False
        if any(self.supply[sku] < units for sku, units in needed.items()):
            return False
        for sku, units in needed.items():
            self.supply[sku] -= units
        self.funds[franchisee] -= cost
        return True

    def reserve(self, rests: list[tuple[Key, str, str, int, int]]) -> None:
        """Serve what shipping left of the lines."""
        rests.sort()
        for _, line, sku, quantity, pack in rests:
            self._hand_out("R:" + line, sku, quantity, pack)

    def fill_gaps(self) -> None:
        """Serve the gaps of stores and regions."""
        stores = {
            store: (region, self.tier[tier])
            for store, region, tier in rows(self.folder, "stores", "store_id", "region_id", "tier")
        }
        gaps = []
        for store, sku, safety, on_hand, pack in rows(
            self.folder, "store_stock", "store_id", "sku_id", "safety", "on_hand", "pack"
        ):
            gap = int(safety) - int(on_hand)
            if gap > 0:
                region, tier = stores[store]
                key = self._gap_key(sku, region, tier, reserve=0)
                gaps.append((key, f"S:{store}:{sku}", sku, gap, int(pack)))
        for region, sku, target, current, pack in rows(
            self.folder, "region_reserves", "region_id", "sku_id", "target", "current", "pack"
        ):
            gap = int(target) - int(current)
            if gap > 0:
                key = self._gap_key(sku, region, 0, reserve=1)
                gaps.append((key, f"G:{region}:{sku}", sku, gap, int(pack)))
        gaps.sort()
        for _, claim, sku, gap, pack in gaps:
            self._hand_out(claim, sku, gap, pack)

    def _gap_key(self, sku: str, region: str, tier: int, *, reserve: int) -> Key:
        launch, product, season = self.sku[sku]
        if season == "NS":
            return (1, 0, reserve, self.region[self.season][region], launch, product, tier)
        other = int(season != self.season)
        return (0, other, self.region[season][region], reserve, launch, product, tier)

    def _hand_out(self, claim: str, sku: str, wanted: int, pack: int) -> None:
        units = pack * min(wanted // pack, self.supply[sku] // pack)
        self.supply[sku] -= units
        self.given.append((claim, units))

    def write(self, path: Path) -> None:
        """Units per claim, in the order in which they were served."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("claim_id", "units"))
            writer.writerows(self.given)


def main(folder: Path, out: Path) -> None:
    """Read the folder, hand out, and write what each claim is given."""
    loop = Loop(folder)
    loop.reserve(loop.ship())
    loop.fill_gaps()
    loop.write(out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
