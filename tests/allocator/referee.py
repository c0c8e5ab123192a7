"""Judge a written plan by the rules alone: what a planner with pencil and paper would object to.

Reads the folder and the plan's CSV files by itself, so it also holds for plans too large for brute
force. It judges feasibility, the figures of every level and every reason, not optimality.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.allocator.folder import Claim, World

Level = tuple[tuple[Any, ...], int, int]


@dataclass
class Written:
    """A plan as its files say it."""

    parts: dict[str, dict[str, int]]  # claim id -> warehouse -> order units
    reasons: dict[str, set[str]]
    levels: list[Level]
    unproven: list[tuple[Any, ...]]
    order: list[tuple[int, str, str]]  # (stage, claim id, warehouse) as written

    @property
    def units(self) -> dict[str, int]:
        return {claim: sum(parts.values()) for claim, parts in self.parts.items()}

    @property
    def splits(self) -> int:
        return sum(len(parts) - 1 for parts in self.parts.values() if parts)


def read_written(folder: Path) -> Written:
    """The plan in a folder, as `apportion solve -o` leaves it."""
    plan = Written({}, {}, [], [], [])
    with (folder / "allocations.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            claim = row["claim_id"]
            parts = plan.parts.setdefault(claim, {})
            if row["warehouse_id"]:
                parts[row["warehouse_id"]] = int(row["units"])
            elif row["units"] != "0":
                raise ValueError(f"{claim}: {row['units']} units from no warehouse")
            plan.reasons.setdefault(claim, set()).add(row["reason"])
            plan.order.append((int(row["stage"]), claim, row["warehouse_id"]))
    with (folder / "levels.csv").open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file)
        next(lines)
        for key, pieces, fair, proven, *_ in lines:
            level = tuple(json.loads(key))
            plan.levels.append((level, int(pieces), int(fair)))
            if proven.lower() not in ("1", "true"):
                plan.unproven.append(level)
    return plan


class Referee:
    """One plan against one folder."""

    def __init__(self, world: World, plan: Written) -> None:
        self.world = world
        self.plan = plan
        self.claims = dict(world.claims)
        for line in [c for c in world.claims.values() if c.kind == "L"]:
            if rest := world.rest_of(line, plan.units.get(line.id, 0) // line.pack):
                self.claims[rest.id] = rest
        self.packs = {
            c: units // self.claims[c].pack for c, units in plan.units.items() if c in self.claims
        }

    def objections(self) -> Iterator[str]:
        """Everything wrong with the plan, in words; nothing when it stands."""
        if set(self.plan.parts) != set(self.claims):
            yield f"claims differ: {sorted(set(self.plan.parts) ^ set(self.claims))}"
            return
        if self.plan.order != sorted(self.plan.order):
            yield "rows are not sorted by stage, claim id, warehouse"
        yield from self._whole_packs()
        yield from self._within_supply_and_capacity()
        yield from self._within_funds_and_shares()
        yield from self._orders_hold()
        yield from self._sizes_shown()
        yield from self._figures()
        yield from self._reasons()

    def _whole_packs(self) -> Iterator[str]:
        for claim, parts in self.plan.parts.items():
            pack, most = self.claims[claim].pack, self.claims[claim].most
            if any(units % pack or units <= 0 for units in parts.values()):
                yield f"{claim}: {parts} is not in whole packs of {pack}"
            if sum(parts.values()) > most * pack:
                yield f"{claim}: {parts} is more than wanted"

    def _within_supply_and_capacity(self) -> Iterator[str]:
        left, picks = self._left(self.claims)
        yield from (f"supply of {place} is short by {-n}" for place, n in left.items() if n < 0)
        yield from (f"capacity of {w} is short by {-n}" for w, n in picks.items() if n < 0)

    def _within_funds_and_shares(self) -> Iterator[str]:
        for franchisee, funds in self.world.funds.items():
            spent = self._spent(franchisee, self.claims)
            if spent > funds:
                yield f"{franchisee} ships for {spent} with {funds} available"
        for claim in self.claims.values():
            blocked = claim.kind == "L" and claim.franchisee in self.world.blocked
            if blocked and self.packs[claim.id]:
                yield f"{claim.id} ships to a blocked franchisee"
            if claim.outlet and any(self._over_share(claim, self.claims, 0)):
                yield f"{claim.id}: {claim.outlet} has more than its share"

    def _orders_hold(self) -> Iterator[str]:
        for name, order in self.world.orders.items():
            lines = [self.claims[line] for line in order.lines]
            if not any(self.packs[c.id] for c in lines):
                continue
            if order.ship_complete and any(c.want != self.packs[c.id] * c.pack for c in lines):
                yield f"order {name} ships in part"
            value = sum(self.packs[c.id] * c.pack * c.price for c in lines)
            if value < order.minimum_cents:
                yield f"order {name} ships for {value}, below {order.minimum_cents}"

    def _sizes_shown(self) -> Iterator[str]:
        least = self.world.settings.get("size_run_min")
        for place, sizes in self.world.sizes.items() if least is not None else ():
            given = {c for c, *_ in sizes if self.packs.get(c)}
            shown = sum(on_hand > 0 or c in given for c, _, on_hand, _ in sizes)
            could = sum(on_hand > 0 or gap >= pack for _, gap, on_hand, pack in sizes)
            if given and shown < min(least or 0, could):
                yield f"{place} shows {shown} sizes"

    def _figures(self) -> Iterator[str]:
        levels: dict[tuple[Any, ...], tuple[int, int]] = {}
        for c in self.claims.values():
            pieces, fair = levels.get(c.key, (0, 0))
            k = self.packs[c.id]
            levels[c.key] = (pieces + k * c.pack_pieces, fair + c.fairness(k))
        if self.plan.levels != (stated := [(key, *levels[key]) for key in sorted(levels)]):
            odd = [
                pair for pair in zip(self.plan.levels, stated, strict=False) if pair[0] != pair[1]
            ]
            yield f"levels differ (written, recomputed): {odd[:3]}"

    # -- reasons -----------------------------------------------------------------------------

    def _reasons(self) -> Iterator[str]:
        for claim in self.claims:
            stated, right = self.plan.reasons[claim], self.reason(claim)
            if stated != {right}:
                yield f"{claim}: reason {sorted(stated)}, by the definition {right!r}"

    def reason(self, claim_id: str) -> str:
        """Why a claim is not filled, by the last part of section 4; empty when it is."""
        claim, k = self.claims[claim_id], self.packs[claim_id]
        if k * claim.pack == claim.want:
            return ""
        order = self.world.orders[claim.order] if claim.kind == "L" and claim.order else None
        if claim.kind == "L" and claim.franchisee in self.world.blocked:
            return "BLOCKED"
        if order and order.ship_complete:
            return "SHIP_COMPLETE"
        if k == claim.most:
            return "PACK"
        return "|".join(self._bounds_met(claim)) or self._fallback(claim, order)

    def _fallback(self, claim: Claim, order: Any) -> str:
        if order and order.minimum_cents > 0:
            return "MIN_VALUE"
        if claim.kind == "S" and self.world.settings.get("size_run_min") is not None:
            return "SIZE_RUN"
        return "COMMITTED"

    def _bounds_met(self, claim: Claim) -> list[str]:
        counted = self._counted(claim)
        left, picks = self._left(counted)
        warehouses = self.world.warehouses
        met = []
        if not any(
            all(left.get((w, sku), 0) >= claim.pack * n for sku, n in claim.content)
            for w in warehouses
        ):
            met.append("SUPPLY")
        if claim.kind == "L" and claim.franchisee:
            funds = self.world.funds[claim.franchisee] - self._spent(claim.franchisee, counted)
            if funds < claim.pack * claim.price:
                met.append("FUNDS")
        all_limited = bool(warehouses) and len(picks) == len(warehouses)
        if claim.kind != "R" and all_limited and max(picks.values()) < claim.pack_pieces:
            met.append("CAPACITY")
        if claim.outlet and any(self._over_share(claim, counted, 1)):
            met.append("SHARE_CAP")
        return met

    def _counted(self, claim: Claim) -> dict[str, Claim]:
        """Claims of the same and earlier levels, and all of a shipped whole order among them."""
        counted = {c.id for c in self.claims.values() if c.key <= claim.key}
        for order in self.world.orders.values():
            lines = order.lines
            shipped = order.ship_complete and any(self.packs[line] for line in lines)
            if shipped and counted.intersection(lines):
                counted.update(lines)
        return {c: self.claims[c] for c in counted}

    def _left(self, counted: dict[str, Claim]) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
        left = dict(self.world.supply)
        limits = {w: self.world.pick_limit(w) for w in self.world.warehouses}
        picks = {w: limit for w, limit in limits.items() if limit is not None}
        for claim in counted.values():
            for warehouse, units in self.plan.parts[claim.id].items():
                for sku, pieces in claim.content:
                    left[warehouse, sku] = left.get((warehouse, sku), 0) - units * pieces
                    if claim.kind != "R" and warehouse in picks:
                        picks[warehouse] -= units * pieces
        return left, picks

    def _spent(self, franchisee: str, counted: dict[str, Claim]) -> int:
        mine = [c for c in counted.values() if c.franchisee == franchisee and c.kind == "L"]
        return sum(self.packs[c.id] * c.pack * c.price for c in mine)

    def _over_share(self, claim: Claim, counted: dict[str, Claim], more: int) -> Iterator[bool]:
        for sku, pieces in claim.content:
            limit = self.world.share_limit(sku)
            if limit is None:
                continue
            taken = more * claim.pack * pieces
            for other in counted.values():
                if other.outlet == claim.outlet:
                    taken += self.packs[other.id] * other.pack * dict(other.content).get(sku, 0)
            yield taken > limit
